"""The contents of the report page: arrays, tables and settings."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.evaluation.calibration import Calibration
from kaggle_kit.evaluation.label_issues import likely_labels
from kaggle_kit.evaluation.metrics import Logits
from kaggle_kit.workspace.best import Best


@dataclass(frozen=True)
class Missing:
    """A part that cannot be shown; `why` is a text that gives the reason or says what to do."""

    why: str


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Predictions for n labelled images, each made by networks that did not train on the image.

    Attributes
    ----------
    logits : float32 array of shape (n, classes)
        The mean over the members of the committee of the fold.
    labels, folds : integer arrays of shape (n,)
    members : float32 array of shape (members, n, classes), or Missing
    """

    logits: Logits
    labels: NDArray[np.integer]
    folds: NDArray[np.integer]
    members: Logits | Missing

    @cached_property
    def predicted(self) -> NDArray[np.intp]:
        predicted: NDArray[np.intp] = self.logits.argmax(axis=1)
        return predicted

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        probabilities: NDArray[np.float64] = softmax(self.logits.astype(np.float64), axis=1)
        return probabilities

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        return np.asarray(self.predicted == self.labels)

    @cached_property
    def calibration(self) -> Calibration:
        return Calibration.of(self.logits, self.labels, self.folds)

    @cached_property
    def likely_labels(self) -> NDArray[np.int64]:
        return likely_labels(self.probabilities, self.labels)

    @property
    def fold_names(self) -> list[int]:
        return [int(fold) for fold in np.unique(self.folds)]

    def worst(self, count: int) -> NDArray[np.intp]:
        """The `count` wrongly classified rows with the least probable labels, worst first."""
        wrong = np.flatnonzero(~self.correct)
        likelihood = self.probabilities[wrong, self.labels[wrong]]
        return wrong[np.argsort(likelihood, kind="stable")[:count]]


@dataclass(frozen=True, eq=False)
class Explained:
    """The explanations of the predictions for k images.

    Attributes
    ----------
    rows : integer array of shape (k,)
        The row numbers of the images in the training set.
    images : uint8 array of shape (k, height, width)
    values : float32 array of shape (k, classes, height, width)
        Shapley values of the logits of the fold that did not train on the image.
    """

    rows: NDArray[np.intp]
    images: NDArray[np.uint8]
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Distorted:
    """An image, followed by its distorted copies as in training; uint8 (n, height, width)."""

    images: NDArray[np.uint8]
    strength: float


@dataclass(frozen=True, eq=False)
class ReportData:
    """Everything that the page shows.

    Attributes
    ----------
    best : Best
    config : dict
        The contents of config.json.
    history : DataFrame
        The table of history.csv.
    trials : DataFrame or Missing
        The table of trials.csv.
    train, test : ImageSet or Missing
    """

    title: str
    oof: OutOfFold
    history: pd.DataFrame
    trials: pd.DataFrame | Missing
    best: Best
    config: dict[str, Any]
    train: ImageSet | Missing
    test: ImageSet | Missing
    explained: Explained | Missing
    distorted: Distorted | Missing
