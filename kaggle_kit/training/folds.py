"""Stratified folds: made once per run, shared by search and ensemble."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from kaggle_kit.errors import InputError, RunError
from kaggle_kit.workspace.storage import read_arrays, write_arrays

Folds = NDArray[np.int8]


def make_folds(
    labels: NDArray[np.integer],
    count: int,
    seed: int,
    groups: NDArray[np.integer] | None = None,
) -> Folds:
    """Assign each row to the fold that holds it out.

    Parameters
    ----------
    labels : integer array of shape (n,)
    count : int
        Number of folds, at least 2.
    seed : int
    groups : integer array of shape (n,), optional
        The rows of a group stay in one fold.

    Returns
    -------
    int8 array of shape (n,), values 0..count-1, each class spread as evenly over the folds as its
    rows and groups allow.

    Raises
    ------
    InputError
        There are fewer groups than folds, or no class has a row for each fold.
    """
    classes, sizes = np.unique(labels, return_counts=True)
    if sizes.max() < count:
        largest, rows = classes[sizes.argmax()], int(sizes.max())
        raise InputError(
            f"class {largest} has {rows} row{'s'[: rows != 1]}, and no other has more: too few for "
            f"{count} folds",
            hint=f"use --folds {rows} or fewer, or more rows" if rows > 1 else "use more rows",
        )
    if groups is not None:
        there = len(np.unique(groups))
        if there < count:
            raise InputError(
                f"there are {there} groups, too few for {count} folds",
                hint=f"use --folds {there} or fewer" if there > 1 else "use rows of more groups",
            )
    folds = np.empty(len(labels), dtype=np.int8)
    kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    splitter = kind(n_splits=count, shuffle=True, random_state=seed)
    with warnings.catch_warnings():  # of classes with fewer rows than folds
        warnings.simplefilter("ignore", UserWarning)
        for fold, (_, held_out) in enumerate(splitter.split(labels, labels, groups)):
            folds[held_out] = fold
    if len(np.unique(folds)) < count:
        raise InputError(
            f"the rows of the largest group leave none for one of {count} folds",
            hint=f"use --folds {count - 1} or fewer" if count > 2 else "use rows of more groups",
        )
    return folds


def save_folds(path: Path, folds: Folds) -> None:
    write_arrays(path, fold=folds)


def load_folds(path: Path, rows: int, count: int) -> Folds:
    """Load folds from `path`; RunError unless they are `count` folds of `rows` rows."""
    folds: Folds = read_arrays(path, "fold")["fold"]
    found = np.unique(folds)
    if folds.shape != (rows,) or not np.array_equal(found, np.arange(count)):
        raise RunError(
            f"{path} holds {len(found)} folds of {len(folds)} rows, not {count} of {rows}",
            hint="run `kaggle-kit tune --restart`, or name another run with --run",
        )
    return folds
