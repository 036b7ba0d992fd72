"""Make the report page of a run, and its model card."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from kaggle_kit.api.job import Job, check_fitted
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.errors import InputError
from kaggle_kit.workspace.files import write_bytes

if TYPE_CHECKING:
    from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Report:
    """The paths of the page and the model card."""

    page: Path
    card: Path


def make_report(
    job: Job, out: Path | None = None, *, force: bool = False, reporter: Reporter = SILENCE
) -> Report:
    """Write the page with its pictures, and write the model card.

    Parameters
    ----------
    out : Path, optional
        The folder for all files; nothing is then written into the run. By default the run.

    force : bool
        Write into `out` even if it holds files that are not a report.

    Raises
    ------
    InputError
        `out` is a file, or holds other files.
    RunError
        The run has no ensemble, or a file of it is damaged.
    """
    from kaggle_kit.report.collect import collect
    from kaggle_kit.report.page import write_report

    if out and not force:
        _check_free(out)
    check_fitted(job)
    page = write_report(out or job.run.report, collect(job.run, job.competition, job.data))
    path = (out or job.run.folder) / job.run.card.name
    write_bytes(path, model_card(job, keep=out is None, reporter=reporter).encode())
    return Report(page, path)


def _check_free(out: Path) -> None:
    """Raise InputError if a report would be mixed with other files, or replace them."""
    from kaggle_kit.report.page import is_report

    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, expected a folder", hint="name a folder with --out")
    if out.is_dir() and any(out.iterdir()) and not is_report(out):
        raise InputError(
            f"{out} holds files that are not a report",
            hint="name a new folder with --out, or add --force to write among them",
        )


def model_card(job: Job, *, keep: bool = True, reporter: Reporter = SILENCE) -> str:
    """The model card as Markdown; `keep` stores the measurements for it in the run."""
    from kaggle_kit.report.model_card import card_of

    return card_of(job.run, job.competition, job.data, keep=keep, note=reporter.note)
