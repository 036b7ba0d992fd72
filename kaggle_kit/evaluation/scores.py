"""The metrics of competitions, from arrays alone.

A metric has the name that `competition.description.Metric` gives it. Scores are stored so that
greater is better; therefore the log loss is stored negated, as scikit-learn does. People read it as
Kaggle shows it: `shown` converts it. Log-probabilities are logits too.

What the folds of a small or grouped data set make necessary:

- AUC with more than two classes is the mean over the columns. A column whose class has no rows, or
  all rows, has no AUC, and is left out.
- A class that has neither rows nor predictions does not count for macro-F1, as in scikit-learn. A
  class that was predicted, but has no rows, counts as 0.
- If a score is undefined altogether, it is that of chance: 0.5 for AUC, 0 for kappa.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

CLIPPED = 1e-15  # Kaggle takes a probability of 0 for this in the log loss
CELLS = 1 << 22  # of a float64 array at a time; otherwise thousands of classes fill the memory
Logits = NDArray[np.float32]
Labels = NDArray[np.integer]


class Description(NamedTuple):
    """What is known of a metric.

    `words` is its name for people; `{k}` stands for the number of labels asked for. `of_labels` is
    True if it judges labels, and False if it judges probabilities or a ranking.
    """

    words: str
    of_labels: bool = False
    greater_is_better: bool = True


METRICS = {
    "accuracy": Description("accuracy", of_labels=True),
    "macro_f1": Description("macro-F1", of_labels=True),
    "log_loss": Description("log loss", greater_is_better=False),
    "auc": Description("AUC"),
    "quadratic_kappa": Description("quadratic weighted kappa", of_labels=True),
    "map_at_k": Description("MAP@{k}"),
}


def in_words(metric: str, k: int = 1) -> str:
    """The name of a metric for people: `accuracy`, `log loss`, `MAP@5`."""
    return METRICS[metric].words.format(k=k)


def greater_is_better(metric: str) -> bool:
    """Whether a greater value is better as Kaggle shows it."""
    return METRICS[metric].greater_is_better


def shown(metric: str, value: float) -> float:
    """A stored score as Kaggle shows it, or the other way round."""
    return value if greater_is_better(metric) else 0.0 - value


def score(metric: str, logits: Logits, labels: Labels, *, k: int = 1) -> float:
    """The score of logits (n, classes), stored so that greater is better.

    A metric of labels judges the class with the largest logit; `label_score` judges other labels.

    Parameters
    ----------
    metric : str
        One of METRICS.
    labels : integer array of shape (n,)
    k : int
        For `map_at_k`; if there are fewer classes, all of them are ranked.

    Raises
    ------
    ValueError
        The metric is not known.
    """
    values = row_values(metric, logits, labels, k=k)
    if values is not None:
        return float(values.mean())
    if metric == "auc":
        return _auc(logits, labels)
    return label_score(metric, logits.argmax(axis=1), labels)


def label_score(metric: str, predicted: Labels, labels: Labels) -> float:
    """The score of predicted labels (n,) by `accuracy`, `macro_f1` or `quadratic_kappa`.

    Quadratic weighted kappa takes the classes for equally spaced grades, in the order of the
    logits.

    Raises
    ------
    ValueError
        The metric does not judge labels, or it is not known.
    """
    from sklearn import metrics  # takes a second, and accuracy alone does not need it

    if metric == "accuracy":
        return float(np.mean(predicted == labels))
    if metric == "macro_f1":
        return float(metrics.f1_score(labels, predicted, average="macro", zero_division=0))
    if metric != "quadratic_kappa":
        raise ValueError(f"labels cannot be scored by {metric}")
    both = np.union1d(predicted, labels)
    if len(both) == 1:  # undefined
        return 0.0
    grades = np.arange(both[-1] + 1)  # scikit-learn weights by rank among the labels it is given
    return float(metrics.cohen_kappa_score(labels, predicted, weights="quadratic", labels=grades))


def row_values(
    metric: str, logits: Logits, labels: Labels, *, k: int = 1
) -> NDArray[np.float64] | None:
    """The share of each row in the score, shape (n,), whose mean is the score.

    Accuracy has 1 for a row that is right and 0 for one that is wrong; the log loss has the
    logarithm of the label's probability; MAP@k has one divided by the rank of the label, or 0 if
    its rank is above `k`. Equal logits rank in the order of the classes.

    Returns
    -------
    float64 array of shape (n,), or None if the score is no mean over rows

    Raises
    ------
    ValueError
        The metric is not known.
    """
    if metric not in METRICS:
        raise ValueError(f"the metric {metric} is not known; use one of {', '.join(METRICS)}")
    if metric == "accuracy":
        return np.asarray(logits.argmax(axis=1) == labels, np.float64)
    if metric == "log_loss":
        lowest, highest = math.log(CLIPPED), math.log1p(-CLIPPED)
        clipped: NDArray[np.float64] = log_likelihoods(logits, labels).clip(lowest, highest)
        return clipped
    if metric == "map_at_k":
        own = logits[np.arange(len(labels)), labels][:, None]
        earlier = np.arange(logits.shape[1]) < np.asarray(labels)[:, None]
        ranks = 1 + ((logits > own) | ((logits == own) & earlier)).sum(axis=1)
        return np.asarray(np.where(ranks <= k, 1 / ranks, 0.0))
    return None


def log_likelihoods(logits: Logits, labels: Labels) -> NDArray[np.float64]:
    """The logarithm of the probability of each label, shape (n,)."""
    found = np.empty(len(labels))
    size = max(1, CELLS // logits.shape[1])
    for first in range(0, len(labels), size):
        rows = slice(first, first + size)
        block = log_softmax(logits[rows].astype(np.float64), axis=1)
        found[rows] = np.take_along_axis(block, np.asarray(labels[rows], int)[:, None], axis=1)[
            :, 0
        ]
    return found


def _auc(logits: Logits, labels: Labels) -> float:
    from sklearn.metrics import roc_auc_score  # takes a second

    probabilities = softmax(logits.astype(np.float64), axis=1)
    classes, sizes = np.unique(labels, return_counts=True)
    columns = classes[sizes < len(labels)]
    if logits.shape[1] == 2:  # both columns give the same area
        columns = columns[-1:]
    areas = [roc_auc_score(labels == column, probabilities[:, column]) for column in columns]
    return float(np.mean(areas)) if areas else 0.5
