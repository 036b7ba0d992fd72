"""Progress of search and ensemble, reported after every epoch; `cli.console` shows it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Progress:
    """The state at the end of an epoch.

    Counts start at 1. `seconds_left` is None until it can be estimated.
    """

    stage: str
    fold: int
    folds: int
    epoch: int
    epochs: int
    accuracy: float
    fraction: float
    seconds_left: float | None
    trial: int = 1
    trials: int = 1
    best: str = ""


Show = Callable[[Progress], None]
TOO_EARLY = 0.02  # share of the work; until then, most of the time goes into compiling


def silent(_: Any) -> None:
    pass


class Estimate:
    """An estimate of the time left, from the share of the work done since the clock started."""

    def __init__(self, done: float = 0.0) -> None:
        self._started, self._done = time.monotonic(), done

    def seconds_left(self, fraction: float) -> float | None:
        """Seconds left when `fraction` (0..1) of the work is done; None if it is too early."""
        progressed = fraction - self._done
        if progressed <= 0 or progressed < TOO_EARLY * (1 - self._done):
            return None
        return (time.monotonic() - self._started) * (1 - fraction) / progressed


def describe(p: Progress) -> str:
    """One line with the position, the accuracy and the time left."""
    trial = f"trial {p.trial}/{p.trials} · " if p.trials > 1 else ""
    best = f" · best {p.best}" if p.best else ""
    left = f" · {duration(p.seconds_left)} left" if p.seconds_left is not None else ""
    return (
        f"{p.stage}: {trial}fold {p.fold}/{p.folds} · epoch {p.epoch}/{p.epochs}"
        f" · accuracy {p.accuracy:.4f}{best}{left}"
    )


def duration(seconds: float) -> str:
    """Seconds as text: 48 s, 3 min 20 s, 2 h 05 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
