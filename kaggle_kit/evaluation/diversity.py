"""Score and diversity of the networks of a committee, each alone and together.

All functions take logits of shape (members, n, classes). The logits of a row come from networks
that did not train on it: member i of a row is the ith network of that row's fold.
"""

from collections.abc import Callable
from itertools import combinations, islice

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.evaluation.metrics import Labels, Logits, accuracy

Judge = Callable[[Logits, Labels], float]  # the score of logits (n, classes), labels (n,)
SUBSETS = 64  # maximum number for each size; up to 7 members these are all


def network_scores(
    members: Logits, labels: Labels, folds: NDArray[np.integer], judge: Judge = accuracy
) -> NDArray[np.float64]:
    """The score of each network on its own held-out fold, shape (members, folds)."""
    held_out = [folds == fold for fold in np.unique(folds)]
    return np.array([[judge(m[rows], labels[rows]) for rows in held_out] for m in members])


def disagreements(members: Logits) -> NDArray[np.float64]:
    """The share of rows to which two members give different labels, shape (members, members).

    The disagreement measure of Kuncheva and Whitaker, "Measures of diversity in classifier
    ensembles and their relationship with the ensemble accuracy", 2003.
    """
    given = members.argmax(axis=2)
    return np.array([[np.mean(one != other) for other in given] for one in given])


def learning_curve(
    members: Logits, labels: Labels, judge: Judge = accuracy
) -> list[NDArray[np.float64]]:
    """Scores of committees of one member, of two, and so on, as one array for each size.

    An array has one value for each choice of members, and at most SUBSETS values.
    """
    count = len(members)
    return [
        np.array(
            [
                judge(members[list(chosen)].mean(axis=0), labels)
                for chosen in islice(combinations(range(count), size), SUBSETS)
            ]
        )
        for size in range(1, count + 1)
    ]
