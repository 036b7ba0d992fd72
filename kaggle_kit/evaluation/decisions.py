"""From logits to labels, by what the metric rewards.

The class with the largest logit is the best label for accuracy. Other metrics reward other labels:

- Quadratic weighted kappa punishes a label by its squared distance from the true grade. The label
  follows from the expected grade, which is compared with thresholds between the grades.
- Macro-F1 gives every class the same weight, so rare classes deserve more labels. Their logits are
  raised by a power of the class frequencies (Menon and others, "Long-tail learning via logit
  adjustment", 2021). A number for each class, found by itself, was no better on new rows.

A rule is found on out-of-fold logits, and what it is worth on rows that had no say in it:
`choose_decision` finds it again for each fold on the rows of the others. A rule that is not better
there than the largest logit, by more than the standard error over folds, is not used (the rule of
one standard error of Breiman, Friedman, Olshen and Stone, "Classification and regression trees",
1984).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from kaggle_kit.evaluation.metrics import standard_error
from kaggle_kit.evaluation.scores import CELLS, Labels, Logits, label_score

POWERS = np.linspace(0, 2, 21)  # of the class frequencies; logits stay as they are with 0
PLACES = 400  # where a threshold may lie
SWEEPS = 20


class Rule(StrEnum):
    ARGMAX = "argmax"
    """The class with the largest logit."""
    PRIORS = "priors"
    """The class with the largest logit after a number was added to each."""
    THRESHOLDS = "thresholds"
    """The number of thresholds that the expected class reaches."""


@dataclass(frozen=True)
class Decision:
    """How labels follow from logits.

    Attributes
    ----------
    rule : Rule
    values : tuple of float
        What is added to the logits of each class, or the classes - 1 thresholds, ascending.
    """

    rule: Rule = Rule.ARGMAX
    values: tuple[float, ...] = ()

    def decide(self, logits: Logits) -> NDArray[np.int64]:
        """The labels (n,) for logits (n, classes)."""
        if self.rule == Rule.THRESHOLDS:
            return _graded(_expected(logits), self.values)
        added = self.values if self.rule == Rule.PRIORS else 0.0
        return np.asarray(np.argmax(logits + np.array(added, np.float32), axis=1), np.int64)

    def describe(self) -> str:
        """The rule in a few words."""
        values = ", ".join(f"{value:.2f}" for value in self.values)
        return {
            Rule.ARGMAX: "the most probable class",
            Rule.PRIORS: "the most probable class after class weights",
            Rule.THRESHOLDS: f"the expected class, by the thresholds {values}",
        }[self.rule]

    def to_dict(self) -> dict[str, Any]:
        """The decision as JSON can hold it."""
        return {"rule": str(self.rule), "values": list(self.values)}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Decision":
        """The inverse of `to_dict`.

        Raises
        ------
        KeyError, TypeError, ValueError
            A value is missing or has the wrong type.
        """
        return cls(Rule(content["rule"]), tuple(float(value) for value in content["values"]))


@dataclass(frozen=True, eq=False)
class Chosen:
    """The decision for new rows, and what it is worth.

    Attributes
    ----------
    decision : Decision
        Found on all rows.
    labels : int64 array of shape (n,)
        The label of each row, by the rule that was found on the other folds.
    score : float
        The score of these labels, which is what can be expected on new rows; greater is better.
    plain : float
        The score of the classes with the largest logits.
    of_folds : mapping of int to Decision
        For each fold, the decision that was found on the other folds; empty if all are ARGMAX.
    """

    decision: Decision
    labels: NDArray[np.int64]
    score: float
    plain: float
    of_folds: Mapping[int, Decision] = field(default_factory=dict)

    def decide(self, logits: Logits, folds: NDArray[np.integer]) -> NDArray[np.int64]:
        """The labels (n,) for other logits (n, classes) of rows that these folds held out."""
        labels = Decision().decide(logits)
        for fold, decision in self.of_folds.items():
            labels[folds == fold] = decision.decide(logits[folds == fold])
        return labels


def top_k(logits: Logits, k: int) -> NDArray[np.int64]:
    """The `k` classes with the largest logits of each row, best first, shape (n, min(k, classes)).

    Equal logits come in the order of the classes.
    """
    size = max(1, CELLS // logits.shape[1])
    blocks = (logits[first : first + size] for first in range(0, len(logits), size))
    most = min(k, logits.shape[1])
    best = [_best(block, most) for block in blocks]
    return np.concatenate(best) if best else np.empty((0, most), np.int64)


def _best(logits: Logits, most: int) -> NDArray[np.int64]:
    """The same for a block of rows, without sorting what may be thousands of other classes."""
    some = np.sort(np.argpartition(-logits, most - 1, axis=1)[:, :most], axis=1)
    order = np.argsort(-np.take_along_axis(logits, some, axis=1), axis=1, kind="stable")
    return np.take_along_axis(some, order, axis=1)


def choose_decision(
    metric: str, logits: Logits, labels: Labels, folds: NDArray[np.integer]
) -> Chosen:
    """Choose the decision for a metric of labels from out-of-fold logits.

    Parameters
    ----------
    metric : str
        `accuracy`, `macro_f1` or `quadratic_kappa`.
    logits : float32 array of shape (n, classes)
    labels, folds : integer arrays of shape (n,)

    Raises
    ------
    ValueError
        The metric does not judge labels.
    """
    plain = logits.argmax(axis=1)
    worth = label_score(metric, plain, labels)
    unchanged = Chosen(Decision(), plain, worth, worth)
    if metric not in FINDERS:
        return unchanged
    find, given, gains = FINDERS[metric], plain.copy(), []
    of_folds = {}
    for fold in np.unique(folds):
        rows, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        of_folds[int(fold)] = find(logits[others], labels[others])
        given[rows] = of_folds[int(fold)].decide(logits[rows])
        scores = [label_score(metric, of[rows], labels[rows]) for of in (given, plain)]
        gains.append(scores[0] - scores[1])
    score = label_score(metric, given, labels)
    if score <= worth or np.mean(gains) <= standard_error(gains):
        return unchanged
    return Chosen(find(logits, labels), given, score, worth, of_folds)


def find_thresholds(logits: Logits, labels: Labels) -> Decision:
    """The thresholds of the expected class with the highest quadratic weighted kappa.

    Each threshold in turn moves to the best place between its neighbours, until none moves. The
    places are quantiles of the expected classes.
    """
    classes, expected = logits.shape[1], _expected(logits)
    places = np.unique(np.quantile(expected, np.linspace(0, 1, PLACES)))
    middles = np.concatenate([[-1.0], (places[1:] + places[:-1]) / 2, [float(classes)]])
    # below[i, c]: the rows of class c whose expected class is below middles[i]
    below = np.zeros((len(middles), classes))
    for label in range(classes):
        below[:, label] = np.searchsorted(np.sort(expected[labels == label]), middles)
    chosen = np.searchsorted(middles, np.arange(classes - 1) + 0.5)
    for _ in range(SWEEPS):
        before = chosen.copy()
        for i in range(classes - 1):
            low = chosen[i - 1] if i else 0
            high = chosen[i + 1] if i < classes - 2 else len(middles) - 1
            tried = np.repeat(chosen[None], high - low + 1, axis=0)
            tried[:, i] = np.arange(low, high + 1)
            kappas = _kappas(below, tried)
            if kappas.max() > kappas[chosen[i] - low] + 1e-12:
                chosen[i] = low + int(kappas.argmax())
        if (chosen == before).all():
            break
    return Decision(Rule.THRESHOLDS, tuple(float(value) for value in middles[chosen]))


def find_priors(logits: Logits, labels: Labels) -> Decision:
    """What is added to the logits of each class for the highest macro-F1.

    It is the negative logarithm of the class frequency, times the power of POWERS that is best.
    """
    classes = logits.shape[1]
    frequencies = np.bincount(labels, minlength=classes) + 1.0
    added = -np.log(frequencies / frequencies.max()).astype(np.float32)
    tried = [np.float32(power) * added for power in POWERS]
    scores = [_macro_f1(np.argmax(logits + one, axis=1), labels, classes) for one in tried]
    best = tried[int(np.argmax(scores))]
    return Decision(Rule.PRIORS, tuple(float(value) for value in best))


FINDERS: dict[str, Callable[[Logits, Labels], Decision]] = {
    "macro_f1": find_priors,
    "quadratic_kappa": find_thresholds,
}


def _expected(logits: Logits) -> NDArray[np.float64]:
    """The expected class of each row, from 0 to classes - 1."""
    chances = softmax(logits.astype(np.float64), axis=1)
    expected: NDArray[np.float64] = chances @ np.arange(logits.shape[1])
    return expected


def _graded(expected: NDArray[np.float64], thresholds: tuple[float, ...]) -> NDArray[np.int64]:
    return np.searchsorted(np.array(thresholds), expected, side="right").astype(np.int64)


def _kappas(below: NDArray[np.float64], tried: NDArray[np.integer]) -> NDArray[np.float64]:
    """Quadratic weighted kappa for each row of thresholds, given as rows of `below`."""
    classes = below.shape[1]
    total = np.broadcast_to(below[-1], (len(tried), 1, classes))
    ends = np.concatenate([np.zeros_like(total), below[tried], total], axis=1)
    confusion = np.diff(ends, axis=1)  # (tried, predicted, true)
    grades = np.arange(classes)
    weights = (grades[:, None] - grades) ** 2
    chance = confusion.sum(axis=2)[:, :, None] * confusion.sum(axis=1)[:, None, :]
    expected = (weights * chance).sum(axis=(1, 2)) / below[-1].sum()
    observed = (weights * confusion).sum(axis=(1, 2))
    return np.where(expected > 0, 1 - observed / np.where(expected > 0, expected, 1), 0.0)


def _macro_f1(predicted: Labels, labels: Labels, classes: int) -> float:
    """As scikit-learn computes it, but a hundred times as fast."""
    right = np.bincount(labels[predicted == labels], minlength=classes)
    both = np.bincount(predicted, minlength=classes) + np.bincount(labels, minlength=classes)
    return float(np.mean(2 * right[both > 0] / both[both > 0]))
