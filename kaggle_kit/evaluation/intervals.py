"""Confidence intervals and standard errors of proportions."""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95


def wilson(
    hits: ArrayLike, rows: ArrayLike, level: float = CONFIDENCE
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper ends of Wilson's score interval for `hits` of `rows`; 0 and 1 without rows.

    Unlike mean ± standard error, the interval stays between 0 and 1, and it is correct for a
    proportion near 1 (Wilson, "Probable inference, the law of succession, and statistical
    inference", 1927).

    Parameters
    ----------
    hits, rows : integer arrays of the same shape

    Returns
    -------
    float64 arrays of that shape
    """
    counts = np.stack(np.broadcast_arrays(hits, rows), axis=-1)
    ends = [_interval(int(k), int(n), level) for k, n in counts.reshape(-1, 2)]
    low, high = np.array(ends).reshape(counts.shape).T
    return low.T, high.T


def binomial_error(score: float, rows: int) -> float:
    """Binomial standard error of an accuracy (0..1) that was measured on `rows` rows."""
    return math.sqrt(score * (1 - score) / rows)


class ExpectedScore(NamedTuple):
    """The score that is expected on new rows, with its CONFIDENCE interval; all are shares.

    `binomial` is the standard error by the choice of the new rows, and `fold` that of the mean
    accuracy over folds, by the choice of the training rows.
    """

    score: float
    low: float
    high: float
    binomial: float
    fold: float


def expected_score(hits: ArrayLike, rows: ArrayLike, new_rows: int) -> ExpectedScore:
    """The score on `new_rows` rows that is expected from the correct rows of each fold.

    The interval is the accuracy ± the normal quantile times the root of the sum of both squared
    standard errors, and it is cut at 0 and 1. One row of each kind is added to those that give the
    binomial error (Laplace's rule), so that no error is 0.

    Parameters
    ----------
    hits, rows : integer arrays of shape (folds,), two folds or more
    """
    right, total = np.asarray(hits), np.asarray(rows)
    score = float(right.sum() / total.sum())
    shares = right / total
    fold = float(np.std(shares, ddof=1)) / math.sqrt(len(shares))
    binomial = binomial_error(float((right.sum() + 1) / (total.sum() + 2)), new_rows)
    reach = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * math.hypot(binomial, fold)
    return ExpectedScore(score, max(0.0, score - reach), min(1.0, score + reach), binomial, fold)


def _interval(hits: int, rows: int, level: float) -> tuple[float, float]:
    from scipy.stats import binomtest  # slow to import

    if not rows:
        return 0.0, 1.0
    interval = binomtest(hits, rows).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)
