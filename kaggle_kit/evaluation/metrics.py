"""Metrics of arrays, independent of any model."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

UNCLEAR = 0.02  # share of the training images whose OOF prediction is called unclear
Logits = NDArray[np.float32]
Labels = NDArray[np.integer]


def accuracy(logits: Logits, labels: Labels) -> float:
    """Share of rows for which the largest of the logits (n, classes) is that of the label (n,)."""
    return float(np.mean(logits.argmax(axis=1) == labels))


def cross_entropy(logits: Logits, labels: Labels) -> float:
    """Mean negative log-likelihood in nats of labels (n,) under logits (n, classes)."""
    log_likelihood = log_softmax(logits.astype(np.float64), axis=1)
    return float(-log_likelihood[np.arange(len(labels)), labels].mean())


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


@dataclass(frozen=True)
class Evaluation:
    """The evaluation of out-of-fold predictions.

    `confusion[i, j]` counts rows of class i predicted as class j; `pairs` are the most frequent
    confusions; `text_report` is scikit-learn's classification report.
    """

    accuracy: float
    fold_accuracies: list[float]
    confusion: NDArray[np.int64]
    text_report: str
    pairs: list[ConfusedPair]

    @property
    def mean(self) -> float:
        return float(np.mean(self.fold_accuracies))

    @property
    def std(self) -> float:
        return float(np.std(self.fold_accuracies, ddof=1))

    def describe(self) -> str:
        """The accuracy over all rows, and its mean and spread over folds."""
        folds = len(self.fold_accuracies)
        spread = f"{self.mean:.4f} ± {self.std:.4f}, mean ± std over {folds} folds"
        return f"{self.accuracy:.4f} ({spread})"


def evaluate(logits: Logits, labels: Labels, folds: NDArray[np.integer]) -> Evaluation:
    """Evaluate out-of-fold logits.

    Parameters
    ----------
    logits : float32 array of shape (n, classes)
        Each row predicted by the model that did not train on it.
    labels, folds : integer arrays of shape (n,)
    """
    from sklearn import metrics  # takes a second, and accuracy alone does not need it

    predicted = logits.argmax(axis=1)
    classes = np.arange(logits.shape[1])
    confusion = metrics.confusion_matrix(labels, predicted, labels=classes)
    return Evaluation(
        accuracy=accuracy(logits, labels),
        fold_accuracies=[
            accuracy(logits[folds == fold], labels[folds == fold]) for fold in np.unique(folds)
        ],
        confusion=confusion,
        text_report=metrics.classification_report(
            labels, predicted, labels=classes, digits=4, zero_division=0
        ),
        pairs=hardest_pairs(confusion),
    )


def hardest_pairs(confusion: NDArray[np.int64], count: int = 5) -> list[ConfusedPair]:
    """The `count` most frequent confusions, most frequent first."""
    mistakes = confusion - np.diag(np.diag(confusion))
    order = np.argsort(-mistakes, axis=None, kind="stable")[:count]
    pairs = [divmod(int(index), len(confusion)) for index in order]
    return [ConfusedPair(*pair, int(mistakes[pair])) for pair in pairs if mistakes[pair]]
