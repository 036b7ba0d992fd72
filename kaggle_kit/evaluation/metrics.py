"""The evaluation of predictions, independent of any model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.special import softmax

from kaggle_kit.evaluation.scores import METRICS, label_score, log_likelihoods, score, shown

UNCLEAR = 0.02  # share of the training images whose OOF prediction is called unclear
Logits = NDArray[np.float32]
Labels = NDArray[np.integer]


def accuracy(logits: Logits, labels: Labels) -> float:
    """Share of rows for which the largest of the logits (n, classes) is that of the label (n,)."""
    return float(np.mean(logits.argmax(axis=1) == labels))


def cross_entropy(logits: Logits, labels: Labels) -> float:
    """Mean negative log-likelihood in nats of labels (n,) under logits (n, classes).

    Unlike the log loss of `scores.score`, it is not clipped.
    """
    return float(-log_likelihoods(logits, labels).mean())


def least_probability(logits: Logits) -> float:
    """The limit of the predicted class's probability below which a prediction is called unclear.

    It is the UNCLEAR quantile over the rows of `logits` (n, classes).
    """
    return float(np.quantile(softmax(logits, axis=1).max(axis=1), UNCLEAR))


def standard_error(scores: list[float]) -> float:
    """Standard error of the mean of fold scores; 0 for a single one."""
    if len(scores) < 2:
        return 0.0
    return float(np.std(scores, ddof=1)) / math.sqrt(len(scores))


class ConfusedPair(NamedTuple):
    """How many rows of class `true` were predicted as class `predicted`."""

    true: int
    predicted: int
    rows: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The evaluation of out-of-fold predictions.

    Attributes
    ----------
    metric, k
        The name of the metric, and how many labels it takes.
    score, fold_scores
        By this metric, over all rows and by fold; greater is better.
    accuracy, fold_accuracies
    counts : sparse int64 array of shape (classes, classes)
        counts[i, j] counts rows of class i predicted as class j.
    text_report : str
        scikit-learn's classification report.
    pairs : list of ConfusedPair
        The most frequent confusions.
    """

    metric: str
    k: int
    score: float
    fold_scores: list[float]
    accuracy: float
    fold_accuracies: list[float]
    counts: csr_array
    text_report: str
    pairs: list[ConfusedPair]

    @property
    def confusion(self) -> NDArray[np.int64]:
        """`counts` as a dense array; with 4,000 classes, it takes 128 MB."""
        dense: NDArray[np.int64] = self.counts.toarray()
        return dense

    @property
    def mean(self) -> float:
        """The mean score over folds, stored so that greater is better."""
        return float(np.mean(self.fold_scores))

    @property
    def std(self) -> float:
        return float(np.std(self.fold_scores, ddof=1))

    @property
    def summary(self) -> dict[str, float]:
        """The out-of-fold score, as Kaggle shows this metric, and the accuracy, by their names."""
        score = float(shown(self.metric, self.score))
        return {"oof_accuracy": self.accuracy, f"oof_{self.metric}": score}

    def describe(self) -> str:
        """The score over all rows, and its mean and spread over folds, as Kaggle shows it."""
        folds = len(self.fold_scores)
        whole, mean = (shown(self.metric, value) for value in (self.score, self.mean))
        return f"{whole:.4f} ({mean:.4f} ± {self.std:.4f}, mean ± std over {folds} folds)"


def evaluate(
    logits: Logits,
    labels: Labels,
    folds: NDArray[np.integer],
    *,
    metric: str = "accuracy",
    k: int = 1,
    names: Sequence[str] | None = None,
    predicted: Labels | None = None,
) -> Evaluation:
    """Evaluate out-of-fold logits.

    Parameters
    ----------
    logits : float32 array of shape (n, classes)
        Each row predicted by the model that did not train on it; for the log loss, calibrated out
        of fold (`calibration.calibrated`).
    labels, folds : integer arrays of shape (n,)
    metric, k : as in `scores.score`
    names : sequence of str, optional
        The names of the classes in the report; by default their indices.
    predicted : integer array of shape (n,), optional
        The labels that were decided on out of fold (`decisions.choose_decision`); by default the
        classes with the largest logits.
    """
    from sklearn.metrics import classification_report  # takes a second

    given = logits.argmax(axis=1) if predicted is None else predicted
    by_labels = METRICS[metric].of_labels

    def judged(rows: Any) -> float:
        if by_labels:
            return label_score(metric, given[rows], labels[rows])
        return score(metric, logits[rows], labels[rows], k=k)

    held_out = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    classes = logits.shape[1]
    ones = np.ones(len(labels), dtype=np.int64)
    cells = (np.asarray(labels, np.int64), np.asarray(given, np.int64))
    counts = csr_array((ones, cells), shape=(classes, classes))  # it adds up equal cells
    return Evaluation(
        metric=metric,
        k=k,
        score=judged(slice(None)),
        fold_scores=[judged(rows) for rows in held_out],
        accuracy=float(np.mean(given == labels)),
        fold_accuracies=[float(np.mean(given[rows] == labels[rows])) for rows in held_out],
        counts=counts,
        text_report=classification_report(
            labels,
            given,
            labels=np.arange(classes),
            target_names=None if names is None else list(names),
            digits=4,
            zero_division=0,
        ),
        pairs=hardest_pairs(counts),
    )


def hardest_pairs(confusion: Any, count: int = 5) -> list[ConfusedPair]:
    """The `count` most frequent confusions of a dense or sparse matrix, most frequent first."""
    cells = coo_array(confusion)
    wrong = (cells.row != cells.col) & (cells.data > 0)
    true, predicted, rows = cells.row[wrong], cells.col[wrong], cells.data[wrong]
    order = np.lexsort((predicted, true, -rows))[:count]
    return [ConfusedPair(int(true[i]), int(predicted[i]), int(rows[i])) for i in order]
