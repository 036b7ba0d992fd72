"""Is one network better than another, or was it luck? Paired tests over rows and over folds.

`is_clearly_worse` decides when a trial is given up before all its folds are trained. A trial and
the best one so far judged the same held-out rows after as many epochs. Rows that both read right,
or both wrong, say nothing. If the two were equally good, each of the other rows would be the
mistake of either with probability one half (McNemar's test, exact: McNemar, "Note on the sampling
error of the difference between correlated proportions or percentages", 1947). A trial is clearly
worse if chance alone would give it so many more mistakes in less than `RACING_SIGNIFICANCE` of all
cases. The test is repeated after every fold. That stops a few more equals than the level says;
what is lost is a trial, never the honesty of a score.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom
from scipy.stats import t as student

from kaggle_kit.evaluation.intervals import CONFIDENCE

SIGNIFICANCE = 0.05  # of a difference that is reported
RACING_SIGNIFICANCE = 0.1  # of a difference that ends a trial


def is_clearly_worse(mistakes: Iterable[int], best_mistakes: Iterable[int]) -> bool:
    """Whether so many more mistakes than the best's are no accident.

    Parameters
    ----------
    mistakes, best_mistakes : rows
        Held-out rows that each of the two read wrongly, among those that both were asked.
    """
    mine, others = set(mistakes), set(best_mistakes)
    return _at_least_as_many(len(mine - others), len(others - mine)) < RACING_SIGNIFICANCE


def mcnemar(only_mine: int, only_others: int) -> float:
    """The p-value of the exact test, two-sided, of mistakes that one of two made and not the other.

    How often two that are equally good would differ at least so much, either way.
    """
    more, fewer = max(only_mine, only_others), min(only_mine, only_others)
    return min(1.0, 2 * _at_least_as_many(more, fewer))


def _at_least_as_many(only_mine: int, only_others: int) -> float:
    return float(binom.sf(only_mine - 1, only_mine + only_others, 0.5))


@dataclass(frozen=True)
class FoldDifference:
    """Mean difference of scores over folds, its interval, and how likely so large a one is by luck.

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

    The networks of two folds share most of their training rows, so their scores vary together, and
    the plain paired t-test finds differences where there are none. The variance is therefore
    enlarged by the ratio of test to training rows (Nadeau and Bengio, "Inference for the
    generalization error", 2003).

    Parameters
    ----------
    overlap : float, optional
        That ratio; by default 1 / (folds - 1), as in cross-validation. 0 is the plain test.

    Raises
    ------
    ValueError
        There are fewer than two folds, or not as many of the one as of the other.
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
