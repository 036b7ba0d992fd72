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
