"""Confidence intervals and standard errors of proportions."""

import math

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


def _interval(hits: int, rows: int, level: float) -> tuple[float, float]:
    from scipy.stats import binomtest  # slow to import

    if not rows:
        return 0.0, 1.0
    interval = binomtest(hits, rows).proportion_ci(level, method="wilson")
    return float(interval.low), float(interval.high)
