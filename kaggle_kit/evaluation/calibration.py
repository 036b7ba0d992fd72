"""Calibration: whether confidence matches accuracy, and temperature scaling to correct it.

Based on Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", 2017.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from kaggle_kit.evaluation.metrics import UNCLEAR, Labels, Logits, cross_entropy

BINS = 15
MISTAKES = 5  # fewer say too little about a temperature
RANGE = math.log(20.0)  # limit of the logarithm of a temperature, in both directions


@dataclass(frozen=True)
class Reliability:
    """Rows sorted by confidence into bins of equal width between 0 and 1.

    Attributes
    ----------
    rows, hits : int64 arrays of shape (bins,)
        The number of rows in each bin, and how many of these rows are classified correctly.
    confidence : float64 array of shape (bins,)
        The mean confidence of the rows in each bin; NaN for an empty bin.
    """

    rows: NDArray[np.int64]
    hits: NDArray[np.int64]
    confidence: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error: the mean gap of confidence and accuracy, weighted by rows."""
        used = self.rows > 0
        gaps = np.abs(self.hits[used] / self.rows[used] - self.confidence[used])
        return float(np.sum(self.rows[used] * gaps) / self.rows.sum())

    @property
    def accuracy(self) -> float:
        return float(self.hits.sum() / self.rows.sum())

    @property
    def mean_confidence(self) -> float:
        return float(np.nansum(self.rows * self.confidence) / self.rows.sum())


def reliability(logits: Logits, labels: Labels, bins: int = BINS) -> Reliability:
    """Sort predictions (n, classes) into bins by the probability of the predicted class.

    A bin includes its upper end and excludes its lower end.
    """
    probabilities = softmax(logits.astype(np.float64), axis=1)
    confidence = probabilities.max(axis=1)
    correct = logits.argmax(axis=1) == labels
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    rows = np.bincount(place, minlength=bins)
    hits = np.bincount(place[correct], minlength=bins)
    sums = np.bincount(place, weights=confidence, minlength=bins)
    return Reliability(rows, hits, np.where(rows > 0, sums / np.maximum(rows, 1), np.nan))


def fit_temperature(logits: Logits, labels: Labels) -> float:
    """The divisor of logits (n, classes) that makes the likelihood of the labels highest.

    It is 1 if fewer than MISTAKES rows are classified wrongly: without mistakes, the likelihood
    grows without end as the divisor falls.
    """
    if np.count_nonzero(logits.argmax(axis=1) != labels) < MISTAKES:
        return 1.0

    def loss(logarithm: float) -> float:
        return cross_entropy(logits / np.float32(math.exp(logarithm)), labels)

    found = minimize_scalar(loss, bounds=(-RANGE, RANGE), method="bounded", options={"xatol": 1e-3})
    return math.exp(found.x)


def calibrated(
    logits: Logits, labels: Labels, folds: NDArray[np.integer] | None = None
) -> tuple[Logits, float]:
    """The logits (n, classes), divided by the temperature that fits them best; the temperature.

    With `folds` (n,), a row is divided by the temperature that fits the rows of all other folds.
    The log loss of these logits is what can be expected of new ones that are divided by the
    returned temperature, which fits all rows. If it is no lower than that of the logits as they
    are, they stay as they are, and the temperature is 1.
    """
    temperature = fit_temperature(logits, labels)
    if folds is None:
        return (logits / temperature).astype(np.float32), temperature
    scaled = (logits / held_out_temperatures(logits, labels, folds)[:, None]).astype(np.float32)
    if cross_entropy(scaled, labels) < cross_entropy(logits, labels):
        return scaled, temperature
    return logits, 1.0


def held_out_temperatures(
    logits: Logits, labels: Labels, folds: NDArray[np.integer]
) -> NDArray[np.float64]:
    """A temperature for each row, of shape (n,), fitted on the rows of all other folds."""
    temperatures = np.empty(len(labels))
    for fold in np.unique(folds):
        held_out = folds == fold
        temperatures[held_out] = fit_temperature(logits[~held_out], labels[~held_out])
    return temperatures


@dataclass(frozen=True, eq=False)
class Calibration:
    """Calibration of predictions before and after temperature scaling.

    The temperature of each fold was fitted on the other folds.

    Attributes
    ----------
    temperatures : float64 array of shape (n,)
    before, after : Reliability
        Of all rows.
    unsure_before, unsure_after : Reliability
        Of the UNCLEAR share of the rows that have the lowest confidence before scaling.
    likelihood_before, likelihood_after : float
        Mean negative log-likelihood in nats.
    """

    temperatures: NDArray[np.float64]
    before: Reliability
    after: Reliability
    unsure_before: Reliability
    unsure_after: Reliability
    likelihood_before: float
    likelihood_after: float

    @classmethod
    def of(cls, logits: Logits, labels: Labels, folds: NDArray[np.integer]) -> "Calibration":
        temperatures = held_out_temperatures(logits, labels, folds)
        scaled: Logits = (logits / temperatures[:, None]).astype(np.float32)
        confidence = softmax(logits.astype(np.float64), axis=1).max(axis=1)
        unsure = np.argsort(confidence, kind="stable")[: math.ceil(UNCLEAR * len(labels))]
        return cls(
            temperatures,
            reliability(logits, labels),
            reliability(scaled, labels),
            reliability(logits[unsure], labels[unsure]),
            reliability(scaled[unsure], labels[unsure]),
            cross_entropy(logits, labels),
            cross_entropy(scaled, labels),
        )
