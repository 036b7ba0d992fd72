"""The interface of a tracker, and what it is told about a run.

A run has parts: its trials, such as `trial-3`, and the training of the ensemble, `fit`. A part has
networks, such as `fold0`, and each network has a curve: its metrics by epoch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

TENSORBOARD, MLFLOW = TRACKERS = ("tensorboard", "mlflow")
FIT = "fit"
WHOLE = ""  # instead of the name of a part: the run itself


@dataclass(frozen=True)
class About:
    """What a run is.

    Attributes
    ----------
    experiment : str
        The slug of the competition.
    name : str
        The name of the run.
    settings : dict
        Settings that do not change while the run exists.
    tags : dict
        What made the run: versions, revision, backend.
    """

    experiment: str
    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


class Tracker(Protocol):
    """Writes a run to where people look at it.

    All methods are called in one thread, in the order of the events. Whatever they raise ends the
    tracker, not the training.
    """

    name: str

    def start(self) -> None:
        """Begin, or go on with what an earlier session wrote."""

    def begin(self, part: str, values: Mapping[str, Any], *, fresh: bool) -> None:
        """Begin a part with these hyperparameters.

        Without `fresh`, the networks that an earlier session finished stay.
        """

    def epoch(self, part: str, network: str, epoch: int, metrics: Mapping[str, float]) -> None:
        """Add a point to the curves of a network."""

    def end(self, part: str, scores: Mapping[str, float], status: str) -> None:
        """End a part, or give the scores of the whole run; `failed` and `cut` are no success."""

    def keep(self, files: Mapping[str, Path | str]) -> None:
        """Keep artefacts by their names: files, or texts."""

    def flush(self) -> None:
        """Write what is still in memory; called when no event waits."""

    def close(self, status: str) -> None:
        """End the session; `status` is finished, failed or interrupted."""
