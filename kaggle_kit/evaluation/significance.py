"""Paired significance tests, over rows and over folds: is one network better, or was it luck?

`is_clearly_worse` and `is_beaten` decide whether a trial is pruned before all its folds are trained
(racing). A trial and the best trial so far predicted the same held-out rows after the same number
of epochs. A trial is clearly worse if chance alone would make it at least this much worse in less
than `RACING_SIGNIFICANCE` of all cases. What is compared depends on the metric:

- Right and wrong (accuracy). Rows that both classified correctly, or both wrongly, carry no
  information. If the two were equally good, each of the other rows would be the mistake of either
  one with probability one half (McNemar's test, exact: McNemar, "Note on the sampling error of the
  difference between correlated proportions or percentages", 1947).
- A value for each row (log loss, MAP@k). The paired t-test of the rows: it tests the mean, and the
  metric is a mean (Diebold and Mariano, "Comparing predictive accuracy", 1995). Wilcoxon's
  signed-rank test would favour a network that is slightly better on most rows and much worse on a
  few, although its log loss is worse. With the many rows of a fold, the t-test needs no normal
  values (Lumley, Diehr, Emerson and Chen, "The importance of the normality assumption in large
  public health data sets", 2002).
- Neither (AUC, kappa, macro-F1). The scores of the folds, by the corrected resampled t-test of
  `compare_folds`. One fold says nothing.

The test is repeated after every fold. Therefore it prunes slightly more equally good trials than
the level says. The cost is a lost trial; the scores stay honest.
"""

import base64
import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom
from scipy.stats import t as student

from kaggle_kit.evaluation.intervals import CONFIDENCE
from kaggle_kit.evaluation.scores import Labels, Logits, row_values, score

SIGNIFICANCE = 0.05  # level of a difference that is reported
RACING_SIGNIFICANCE = 0.1  # level of a difference that prunes a trial


@dataclass(frozen=True)
class Evidence:
    """What a comparison with another network on the same held-out rows needs; JSON can hold it.

    Attributes
    ----------
    score : float
        Stored so that greater is better.
    mistakes : list of int, or None
        The rows that are classified wrongly; None if the metric does not count mistakes.
    values : str
        The values of the rows as packed float16 (see `row_values`); empty if there are none.
    """

    score: float
    mistakes: list[int] | None = None
    values: str = ""

    @classmethod
    def of(
        cls, metric: str, logits: Logits, labels: Labels, rows: NDArray[np.integer], *, k: int = 1
    ) -> "Evidence":
        """The evidence of logits (n, classes) for held-out `rows` (n,) with these labels (n,)."""
        values = row_values(metric, logits, labels, k=k)
        total = score(metric, logits, labels, k=k)
        if values is None:
            return cls(total)
        if metric == "accuracy":
            return cls(total, rows[values == 0].tolist())
        return cls(total, values=_packed(values))

    @classmethod
    def from_state(cls, state: Any) -> "Evidence":
        """The evidence from its `vars`, or from the mistakes alone that older versions kept."""
        return cls(math.nan, state) if isinstance(state, list) else cls(**state)

    @property
    def row_values(self) -> NDArray[np.float64]:
        """The values of the rows, to three digits."""
        return _unpacked(self.values)


def is_beaten(trial: Sequence[Evidence], best: Sequence[Evidence], folds: int) -> bool:
    """Whether a trial is clearly worse than the best one, by what their metric allows.

    Parameters
    ----------
    trial, best : sequences of Evidence
        Of the folds that both were scored on, in the same order.
    folds : int
        The number of folds in the cross-validation.
    """
    if all(one.mistakes is not None for one in (*trial, *best)):
        wrong, others_wrong = (chain(*(one.mistakes or [] for one in of)) for of in (trial, best))
        return is_clearly_worse(wrong, others_wrong)
    if all(one.values for one in (*trial, *best)):
        values, others = (np.concatenate([one.row_values for one in of]) for of in (trial, best))
        return _is_lower(values, others, overlap=0.0)
    scores, other_scores = ([one.score for one in of] for of in (trial, best))
    return _is_lower(scores, other_scores, overlap=1 / (folds - 1))


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


def _is_lower(values: ArrayLike, others: ArrayLike, overlap: float) -> bool:
    if np.size(values) < 2:
        return False
    found = compare_folds(values, others, overlap)
    return found.difference < 0 and found.p / 2 < RACING_SIGNIFICANCE


def _packed(values: NDArray[np.float64]) -> str:
    return base64.b64encode(zlib.compress(values.astype("<f2").tobytes())).decode()


def _unpacked(values: str) -> NDArray[np.float64]:
    return np.frombuffer(zlib.decompress(base64.b64decode(values)), "<f2").astype(np.float64)


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
    scores: ArrayLike, others: ArrayLike, overlap: float | None = None
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
