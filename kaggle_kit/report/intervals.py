"""How far a share that was counted may be from the truth."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

LEVEL = 0.95


def wilson(
    hits: ArrayLike, rows: ArrayLike, level: float = LEVEL
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper ends of Wilson's score interval for `hits` of `rows`; 0 and 1 of no rows.

    Unlike mean ± standard error it stays between 0 and 1, and is right for a share near 1 (Wilson,
    "Probable inference, the law of succession, and statistical inference", 1927).

    Parameters
    ----------
    hits, rows : integer arrays of one shape
    """
    hits, rows = np.asarray(hits, dtype=np.float64), np.asarray(rows, dtype=np.float64)
    z = norm.ppf((1 + level) / 2)
    n = np.maximum(rows, 1)
    share: NDArray[Any] = hits / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # At the ends rounding would leave the share itself just outside.
    return np.where(hits > 0, middle - reach, 0.0), np.where(hits < rows, middle + reach, 1.0)
