"""Stratified folds: made once per run, shared by search and ensemble."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from kaggle_kit.errors import InputError, RunError
from kaggle_kit.workspace.storage import read_arrays, write_arrays

Folds = NDArray[np.int8]


def make_folds(labels: NDArray[np.integer], count: int, seed: int) -> Folds:
    """Assign each row to the fold that holds it out.

    Parameters
    ----------
    labels : integer array of shape (n,)
    count : int
        Number of folds, at least 2.
    seed : int

    Returns
    -------
    int8 array of shape (n,), values 0..count-1, each class spread evenly over the folds.

    Raises
    ------
    InputError
        A class has fewer rows than there are folds.
    """
    classes, sizes = np.unique(labels, return_counts=True)
    if sizes.min() < count:
        smallest, rows = classes[sizes.argmin()], int(sizes.min())
        raise InputError(
            f"class {smallest} has {rows} row{'s'[: rows != 1]}, too few for {count} folds",
            hint=f"use --folds {rows} or fewer, or more rows"
            if rows > 1
            else f"add rows of class {smallest}, or remove it: each fold needs one",
        )
    folds = np.empty(len(labels), dtype=np.int8)
    splitter = StratifiedKFold(n_splits=count, shuffle=True, random_state=seed)
    for fold, (_, held_out) in enumerate(splitter.split(labels, labels)):
        folds[held_out] = fold
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
