"""How far search and ensemble are, told after every epoch; `console` shows it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Progress:
    """One epoch is over. Counts are from 1; `seconds_left` is None until it can be told."""

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
TOO_EARLY = 0.02  # of the work: so far, most of the time went into compiling


def silent(_: Any) -> None:
    pass


class Estimate:
    """Time left, from the share of the work done since the clock started."""

    def __init__(self, done: float = 0.0) -> None:
        self._started, self._done = time.monotonic(), done

    def seconds_left(self, fraction: float) -> float | None:
        """Seconds until all is done, when `fraction` (0..1) of it is done now; at first, None."""
        progressed = fraction - self._done
        if progressed <= 0 or progressed < TOO_EARLY * (1 - self._done):
            return None
        return (time.monotonic() - self._started) * (1 - fraction) / progressed
