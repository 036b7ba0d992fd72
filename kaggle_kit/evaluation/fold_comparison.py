"""Is one network better than another, or was it luck with the folds?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from kaggle_kit.evaluation.intervals import LEVEL


@dataclass(frozen=True)
class Comparison:
    """Mean difference of scores over folds, its interval, and how likely so large a one is by luck.

    `p` is two-sided, under the hypothesis that the two are equally good.
    """

    difference: float
    low: float
    high: float
    p: float
    folds: int


def compare(
    scores: Sequence[float], others: Sequence[float], overlap: float | None = None
) -> Comparison:
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
    reach = float(student.ppf((1 + LEVEL) / 2, folds - 1)) * error
    if error == 0.0:
        p = 1.0 if mean == 0.0 else 0.0
    else:
        p = float(2 * student.sf(abs(mean) / error, folds - 1))
    return Comparison(mean, mean - reach, mean + reach, p, folds)
