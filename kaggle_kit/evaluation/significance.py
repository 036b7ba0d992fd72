"""Paired significance tests, over rows and over folds: is one network better, or was it luck?

`is_clearly_worse` decides whether a trial is pruned before all its folds are trained (racing). A
trial and the best trial so far predicted the same held-out rows after the same number of epochs.
Rows that both classified correctly, or both wrongly, carry no information. If the two were equally
good, each of the other rows would be the mistake of either one with probability one half (McNemar's
test, exact: McNemar, "Note on the sampling error of the difference between correlated proportions
or percentages", 1947). A trial is clearly worse if chance alone would give it at least this excess
of mistakes in less than `RACING_SIGNIFICANCE` of all cases. The test is repeated after every fold.
Therefore it prunes slightly more equally good trials than the level says. The cost is a lost trial;
the scores stay honest.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom
from scipy.stats import t as student

from kaggle_kit.evaluation.intervals import CONFIDENCE

SIGNIFICANCE = 0.05  # level of a difference that is reported
RACING_SIGNIFICANCE = 0.1  # level of a difference that prunes a trial


def is_clearly_worse(mistakes: Iterable[int], best_mistakes: Iterable[int]) -> bool:
    """Whether the excess of mistakes over the best trial is too large to be chance.

    Parameters
    ----------
    mistakes, best_mistakes : rows
        Held-out rows that each of the two classified wrongly, among the rows that both predicted.
    """
    mine, others = set(mistakes), set(best_mistakes)
    return _at_least_as_many(len(mine - others), len(others - mine)) < RACING_SIGNIFICANCE


def mcnemar(only_mine: int, only_others: int) -> float:
    """The two-sided p-value of McNemar's exact test, from the mistakes that only one of two made.

    It is the probability that two equally good networks differ at least this much, either way.
    """
    more, fewer = max(only_mine, only_others), min(only_mine, only_others)
    return min(1.0, 2 * _at_least_as_many(more, fewer))


def _at_least_as_many(only_mine: int, only_others: int) -> float:
    return float(binom.sf(only_mine - 1, only_mine + only_others, 0.5))


@dataclass(frozen=True)
class FoldDifference:
    """Mean difference of scores over folds, its confidence interval, and its p-value.

    `p` is two-sided, under the hypothesis that the two are equally good.
    """

    difference: float
    low: float
    high: float
    p: float
    folds: int


def compare_folds(
    scores: Sequence[float], others: Sequence[float], overlap: float | None = None
) -> FoldDifference:
    """Corrected resampled t-test of `scores` against `others`, both by fold.

    The networks of two folds share most of their training rows, so their scores are correlated, and
    the plain paired t-test finds differences that do not exist. The variance is therefore
    enlarged by the ratio of test to training rows (Nadeau and Bengio, "Inference for the
    generalization error", 2003).

    Parameters
    ----------
    overlap : float, optional
        The ratio of test to training rows; by default 1 / (folds - 1), as in cross-validation.
        0 gives the plain test.

    Raises
    ------
    ValueError
        There are fewer than two folds, or `scores` and `others` differ in their number of folds.
    """
    differences = np.subtract(scores, others)
    folds = len(differences)
    if folds < 2:
        raise ValueError(f"scores of two folds or more are needed, got {folds}")
    overlap = 1 / (folds - 1) if overlap is None else overlap
    mean = float(differences.mean())
    error = math.sqrt((1 / folds + overlap) * float(differences.var(ddof=1)))
    reach = float(student.ppf((1 + CONFIDENCE) / 2, folds - 1)) * error
    if error == 0.0:
        p = 1.0 if mean == 0.0 else 0.0
    else:
        p = float(2 * student.sf(abs(mean) / error, folds - 1))
    return FoldDifference(mean, mean - reach, mean + reach, p, folds)
