"""A trial in training, rung by rung and fold by fold, compared with the best trial so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kaggle_kit.errors import KitError
from kaggle_kit.evaluation.significance import Evidence, is_beaten
from kaggle_kit.search.trial_results import TrialResult
from kaggle_kit.training.fold_task import FoldResult
from kaggle_kit.workspace.best import TrialStatus

# Times the seconds per epoch of the best trial. A smaller difference may be noise of the machine.
SLOWER = 1.5


@dataclass(frozen=True)
class Rung:
    """A part of a trial's training: `epochs` more epochs, up to `total`."""

    epochs: int
    total: int
    is_last: bool


def rungs(epochs: int, ends: list[int] | None = None) -> list[Rung]:
    """A third of the epochs, then the rest; a single rung if there are fewer than 6 epochs.

    `ends` are the totals of other rungs; the last is `epochs`.
    """
    if ends is None:
        ends = [epochs] if epochs < 6 else [epochs // 3, epochs]
    starts = [0, *ends]
    return [
        Rung(end - start, end, is_last=end == epochs)
        for start, end in zip(starts, ends, strict=False)
    ]


class RunningTrial:
    """A trial in training."""

    def __init__(
        self, values: dict[str, Any], epochs: int, incumbent: TrialResult | None, trial: str = "0"
    ) -> None:
        self.values, self.epochs, self._trial = values, epochs, trial
        self.status, self.error = TrialStatus.COMPLETED, ""
        self.rung: Rung
        self.folds: dict[int, FoldResult] = {}
        self.before: dict[int, FoldResult] = {}
        self._rival = incumbent
        self._evidence: dict[str, list[Evidence]] = {}
        self._reached: dict[int, int] = {}

    @property
    def name(self) -> str:
        """What the trial is called in a log."""
        return f"trial-{self._trial}"

    @property
    def trained(self) -> int:
        """The epochs of the earlier rungs."""
        return self.rung.total - self.rung.epochs

    def fail(self, error: BaseException) -> None:
        text = str(error).strip().splitlines()
        kind = "" if isinstance(error, KitError) else f"{type(error).__name__}: "
        self.status = TrialStatus.FAILED
        self.error = kind + (text[0] if text else "no message")

    def begin(self, rung: Rung) -> None:
        self.rung = rung
        self.before, self.folds = self.folds, {}

    def fraction(self, fold: int, epoch: int, folds: int) -> float:
        """Share (0..1) of the trial that is done after `epoch` of `fold` on this rung.

        The share does not fall when a fold begins again because its worker died.
        """
        self._reached[fold] = max(self.trained + epoch, self._reached.get(fold, 0))
        return sum(self._reached.values()) / (self.epochs * folds)

    def add(self, results: Iterable[FoldResult]) -> None:
        done = self.folds | {result.fold: result for result in results}
        self.folds = dict(sorted(done.items()))
        self._evidence[str(self.rung.total)] = [fold.evidence for fold in self.folds.values()]

    def judge(self, affordable: float) -> None:
        """Give the trial up if it is clearly worse than the best trial, or too slow.

        `affordable` is in seconds per epoch.
        """
        if self._is_beaten():
            self.status = TrialStatus.RACED
        elif self._is_too_slow(affordable):
            self.status = TrialStatus.SLOW

    def _is_beaten(self) -> bool:
        key = str(self.rung.total)
        if self._rival is None or key not in self._rival.evidence:
            return False
        rivals = [self._rival.evidence[key][fold] for fold in self.folds]
        return is_beaten(self._evidence[key], rivals, len(self._rival.scores))

    @property
    def seconds_per_epoch(self) -> float:
        """Median seconds per epoch of one network on this machine, without compiling.

        The first epoch counts only if no network was trained for longer.
        """
        trained = [*self.before.values(), *self.folds.values()]
        several = [fold for fold in trained if len(fold.history) > 1]
        return float(np.median([_pace(fold) for fold in several or trained]))

    def _is_too_slow(self, affordable: float) -> bool:
        """Whether an epoch takes more than `affordable` seconds, and much more than the best's."""
        if self._rival is None:
            return False
        return self.seconds_per_epoch > max(affordable, SLOWER * self._rival.seconds_per_epoch)

    def result(self, seconds: float) -> TrialResult:
        folds = [] if self.status == TrialStatus.FAILED else list(self.folds.values())
        earlier = {fold: len(result.history) for fold, result in self.before.items()}
        return TrialResult(
            trial=self._trial,
            status=self.status,
            hyperparameters=self.values,
            scores=[fold.evidence.score for fold in folds],
            epochs=[earlier.get(fold.fold, 0) + len(fold.history) for fold in folds],
            seconds=seconds,
            seconds_per_epoch=self.seconds_per_epoch if folds else 0.0,
            evidence=self._evidence if self.status == TrialStatus.COMPLETED else {},
            error=self.error,
        )


def _pace(fold: FoldResult) -> float:
    ends = [row["seconds"] for row in fold.history]
    if len(ends) > 1:
        return (ends[-1] - ends[0]) / (len(ends) - 1)
    return ends[0] if fold.first_epoch is None else fold.first_epoch
