"""Find labels that are likely wrong."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.evaluation.metrics import Labels


def likely_labels(probabilities: NDArray[Any], labels: Labels) -> NDArray[np.int64]:
    """The likely class of each row, shape (n,); a label that differs from it is in doubt.

    A row is assigned to class j if its probability of j is at least the mean probability of j over
    the rows labelled j. If several classes qualify, the row is assigned to the most probable of
    them. If none qualifies, the row keeps its label. Rows that are assigned to another class than
    their label lie off the diagonal of the confident joint (Northcutt, Jiang and Chuang, "Confident
    learning: estimating uncertainty in dataset labels", 2021).

    Parameters
    ----------
    probabilities : float array of shape (n, classes)
        Out-of-fold: predicted by networks that did not train on the row.
    """
    classes = probabilities.shape[1]
    least = np.full(classes, np.inf)  # no row is assigned to a class without rows
    for label in range(classes):
        own = probabilities[labels == label, label]
        if len(own):
            least[label] = own.mean()
    confident = np.where(probabilities >= least, probabilities, -1.0)
    taken: NDArray[np.int64] = confident.argmax(axis=1).astype(np.int64)
    return np.where(confident.max(axis=1) < 0, labels, taken).astype(np.int64)
