"""Selective prediction: the accuracy of the rest if the least sure answers are put aside.

After El-Yaniv and Wiener, "On the foundations of noise-free selective classification" (2010), and
Geifman and El-Yaniv, "Selective classification for deep neural networks" (2017).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Kept(NamedTuple):
    """The rows that are left when all rows with a lower confidence are put aside."""

    rows: int
    mistakes: int
    confidence: float

    @property
    def accuracy(self) -> float:
        return 1 - self.mistakes / self.rows


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """The mistakes among the kept rows, for each confidence at which rows can be divided.

    Rows of equal confidence are kept or put aside together.

    Attributes
    ----------
    rows, mistakes : int64 arrays of shape (k,)
        The number of kept rows, ascending, and of mistakes among them.
    confidence : float64 array of shape (k,)
        The lowest confidence among the kept rows, descending.
    """

    rows: NDArray[np.int64]
    mistakes: NDArray[np.int64]
    confidence: NDArray[np.float64]

    @property
    def total(self) -> int:
        return int(self.rows[-1])

    @property
    def aside(self) -> NDArray[np.float64]:
        """The share of the rows that is put aside (0..1), shape (k,), descending."""
        return 1 - self.rows / self.total

    def without(self, share: float) -> Kept | None:
        """What is kept if at least `share` (0..1) of the rows is put aside; None if nothing is."""
        allowed = np.flatnonzero(self.rows <= (1 - share) * self.total + 1e-9)
        return self._kept(int(allowed[-1])) if len(allowed) else None

    def reaching(self, accuracy: float) -> Kept | None:
        """The most rows that can be kept at this accuracy (0..1); None if there are none."""
        good = np.flatnonzero(self.mistakes <= (1 - accuracy) * self.rows + 1e-9)
        return self._kept(int(good[-1])) if len(good) else None

    def _kept(self, place: int) -> Kept:
        rows, mistakes = int(self.rows[place]), int(self.mistakes[place])
        return Kept(rows, mistakes, float(self.confidence[place]))


def risk_coverage(confidence: NDArray[np.floating], correct: NDArray[np.bool_]) -> RiskCoverage:
    """Count rows and mistakes from the highest confidence down; both arrays have the shape (n,)."""
    order = np.argsort(-confidence, kind="stable")
    sure = confidence[order]
    ends = np.flatnonzero(np.append(sure[1:] != sure[:-1], True))  # the last row of each confidence
    mistakes = np.cumsum(~correct[order], dtype=np.int64)
    return RiskCoverage(ends + 1, mistakes[ends], sure[ends].astype(np.float64))
