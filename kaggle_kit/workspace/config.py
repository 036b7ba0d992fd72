"""config.json: what a run was asked for, and what made it. Different runs are never mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kaggle_kit.errors import RunError
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.provenance import environment
from kaggle_kit.workspace.storage import RESTORE, read_json, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kaggle_kit.workspace.paths import Run

FORMAT = 1  # of a run's files: one more whenever a kit that knows less would misread them
# Trials of different answers to these cannot be compared, so one run has one answer.
IDENTITY = ("competition", "family", "oracle", "folds", "seed", "epochs", "patience", "data")


def read_config(run: Run, keys: Sequence[str] = IDENTITY) -> dict[str, Any] | None:
    """What the run was asked for, with at least `keys`; None if it has not begun.

    Raises
    ------
    RunError
        It is unreadable, or of a newer kit, whose files may mean something else.
    """
    if not run.config.exists():
        return None
    config = read_json(run.config, *keys)
    if config.get("format", FORMAT) not in range(FORMAT + 1):
        raise RunError(
            f"run {run.folder.name!r} was made by a newer kaggle-kit: its format is "
            f"{config['format']}, this one knows {FORMAT}",
            hint="install that kit, or name another run with --run",
        )
    return config


def begin_run(run: Run, asked: dict[str, Any]) -> None:
    """Write config.json, or check that the run there was asked for the same.

    What made the run (versions, revision, machine) stays as it was when the run began.

    Raises
    ------
    RunError
        The run's trials could not be compared with those now asked for, or nothing tells whether
        they can.
    """
    before = read_config(run)
    if before is None:
        if any(path.exists() for path in (run.tuner, run.folds, run.best)):
            raise RunError(f"{run.config} is missing, but not what was made from it", hint=RESTORE)
        write_json(run.config, {"format": FORMAT} | asked | environment())
        return
    differing = [key for key in IDENTITY if before.get(key) != asked[key]]
    if differing:
        was = ", ".join(f"{key} {short(before.get(key))}" for key in differing)
        now = ", ".join(f"{key} {short(asked[key])}" for key in differing)
        raise RunError(
            f"run {run.folder.name!r} was made with {was}; now asked: {now}",
            hint="name another run with --run, or start this one again with --restart",
        )
    if before != before | asked:
        write_json(run.config, before | asked)


def check_data(run: Run, data: dict[str, str]) -> None:
    """Raise RunError unless `data`, the SHA-256 by file, is what the run was made from."""
    config = read_config(run)
    if config is not None and config.get("data") != data:
        raise RunError(
            f"run {run.folder.name!r} was made from other data than is there now",
            hint="download that data again, or make a new run with --run NAME",
        )
