"""Which labels are likely wrong."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.evaluation.metrics import Labels


def likely_labels(probabilities: NDArray[Any], labels: Labels) -> NDArray[np.int64]:
    """The class that each row likely is of, shape (n,); where that is another, doubt the label.

    A row is taken for one of class j if it is as probably of j as the rows labelled j are on
    average; of several such classes, for one of the most probable; of none, its label stands. Rows
    that are taken for another class than their label says lie off the diagonal of the confident
    joint (Northcutt, Jiang and Chuang, "Confident learning: estimating uncertainty in dataset
    labels", 2021).

    Parameters
    ----------
    probabilities : float array of shape (n, classes)
        Out of fold: of networks that did not train on the row.
    """
    classes = probabilities.shape[1]
    least = np.full(classes, np.inf)  # nothing is taken for a class that has no rows
    for label in range(classes):
        own = probabilities[labels == label, label]
        if len(own):
            least[label] = own.mean()
    confident = np.where(probabilities >= least, probabilities, -1.0)
    taken: NDArray[np.int64] = confident.argmax(axis=1).astype(np.int64)
    return np.where(confident.max(axis=1) < 0, labels, taken).astype(np.int64)
