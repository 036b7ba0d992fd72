"""Experiment tracking: which trackers log, where they write, and what they are told of a run."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from kaggle_kit._version import __version__
from kaggle_kit.api.job import check_installed
from kaggle_kit.errors import InputError, in_words
from kaggle_kit.networks.families.own_text import family_name
from kaggle_kit.system import quote
from kaggle_kit.tracking.log import Log
from kaggle_kit.tracking.tracker import MLFLOW, TENSORBOARD, TRACKERS, About
from kaggle_kit.workspace.config import IDENTITY, read_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from kaggle_kit.api.job import Job
    from kaggle_kit.api.reporter import Reporter
    from kaggle_kit.tracking.tracker import Tracker


def check_trackers(names: Sequence[str]) -> None:
    """Check the names of trackers, before anything is trained.

    Raises
    ------
    InputError
        There is no tracker of that name.
    KitError
        Its package is not installed.
    """
    for name in names:
        if name not in TRACKERS:
            raise InputError(
                f"there is no tracker {name!r}, expected {' or '.join(TRACKERS)}",
                hint=f"for example {TENSORBOARD}",
            )
        check_installed(f"the log for {name}", {name: name})


@contextmanager
def logging_to(names: Sequence[str], job: Job, reporter: Reporter) -> Iterator[Log]:
    """Open the log of a run that has begun, and say where it is.

    Nothing that happens to a tracker raises an exception.
    """
    trackers = []
    for name in dict.fromkeys(names):
        try:
            tracker, place = _tensorboard(job) if name == TENSORBOARD else _mlflow(job)
        except Exception as error:  # noqa: BLE001  a library that is damaged, or too old
            reporter.note(f"warning: {name} logs nothing: {in_words(error)}")
            continue
        trackers.append(tracker)
        reporter.note(f"log: {tracker.name}, {place}")
    log, status = Log(trackers, reporter.note), "failed"
    try:
        yield log
        status = "finished"
    except KeyboardInterrupt:
        status = "interrupted"
        raise
    finally:
        log.close(status)


def keep_in_log(names: Sequence[str], job: Job, *files: Path, reporter: Reporter) -> None:
    """Keep files of a run after its training, where artefacts are kept."""
    if MLFLOW in names:
        with logging_to([MLFLOW], job, reporter) as log:
            keep(log, *files)


def keep(log: Log, *files: Path) -> None:
    """Keep files of a run as artefacts, those that there are."""
    log.keep({file.name: file for file in files})


def _tensorboard(job: Job) -> tuple[Tracker, str]:
    from kaggle_kit.tracking.tensorboard import TensorBoard

    folder = job.logs / TENSORBOARD / _name(job) if job.logs else job.run.tensorboard
    return TensorBoard(folder), f"{folder}; `tensorboard --logdir {quote(str(folder))}` shows it"


def _mlflow(job: Job) -> tuple[Tracker, str]:
    from kaggle_kit.tracking.mlflow import Mlflow, without_password

    tracker = Mlflow(_home(job), about(job), job.run.mlflow)
    uri = without_password(tracker.uri)
    if uri.startswith(("http://", "https://")):
        return tracker, uri
    return tracker, f"{uri}; `mlflow ui --backend-store-uri {quote(uri)}` shows it"


def _home(job: Job) -> Path:
    """The folder of MLflow's database: the home that the run is in."""
    if job.logs:
        return job.logs
    above = job.run.folder.parent
    return above.parent if above.name == "runs" else above


def _name(job: Job) -> str:
    """The name of the run; of one in a temporary folder, the name of that folder."""
    folder = job.run.folder
    return folder.parent.parent.name if job.logs else folder.name


def about(job: Job) -> About:
    """What trackers are told of a run that has begun."""
    config = read_config(job.run, ()) or {}
    settings = {name: config[name] for name in IDENTITY if name in config and name != "data"}
    if "family" in settings:
        settings["family"] = family_name(settings["family"])
    arithmetic = config.get("arithmetic")
    tags = {
        "version": __version__,
        "revision": config.get("revision", ""),
        "preset": config.get("preset", ""),
        **(arithmetic if isinstance(arithmetic, dict) else {}),
    }
    named = {f"kaggle_kit.{key}": str(value) for key, value in tags.items() if value}
    return About(job.competition.slug, _name(job), settings, named)
