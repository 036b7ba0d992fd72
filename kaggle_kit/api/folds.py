"""The folds of a run: stratified, with images that belong together in one fold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kaggle_kit.evaluation.images.near_duplicates import group_numbers, near_duplicates
from kaggle_kit.training.folds import make_folds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kaggle_kit.api.reporter import Reporter
    from kaggle_kit.data.dataset import ImageSet
    from kaggle_kit.training.folds import Folds

FEWEST = 64  # pixels; smaller images resemble each other by chance


def folds_for(train: ImageSet, count: int, seed: int, reporter: Reporter) -> Folds:
    """Assign each training image to the fold that holds it out.

    The groups of the competition stay in one fold, and so do images that are nearly the same.

    Raises
    ------
    InputError
        There are too few rows or groups for so many folds.
    """
    pixels = math.prod(train.images.shape[1:])
    alike = near_duplicates(train.images) if pixels >= FEWEST else []
    if alike:
        rows = sum(map(len, alike))
        reporter.note(
            f"{rows:,} training images are nearly the same as others, in {len(alike):,} "
            f"group{'s'[: len(alike) != 1]}; a group is kept in one fold"
        )
    labels = train.known_labels
    numbers = group_numbers(alike, len(labels))  # the first row of each group
    if train.groups is not None:
        return make_folds(labels, count, seed, _joined(train.groups, numbers))
    first = numbers == np.arange(len(labels))
    # The few other rows follow the first one of their group: with groups, scikit-learn takes
    # seconds for tens of thousands of rows.
    folds = np.empty(len(labels), dtype=np.int8)
    folds[first] = make_folds(labels[first], count, seed)
    return folds[numbers]


def _joined(groups: NDArray[np.integer], others: NDArray[np.integer]) -> NDArray[np.integer]:
    """Groups in which all rows are together that are together in either."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, first = np.unique(groups, return_inverse=True)
    _, second = np.unique(others, return_inverse=True)
    size = first.max() + 1 + second.max() + 1
    links = coo_array((np.ones(len(first), bool), (first, first.max() + 1 + second)), (size, size))
    joined: NDArray[np.integer] = connected_components(links, directed=False)[1][first]
    return joined
