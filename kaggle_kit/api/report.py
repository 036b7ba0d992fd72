"""Make the report page of a run, and its model card."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from kaggle_kit.api.job import Job, check_fitted
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.errors import InputError
from kaggle_kit.workspace.written import Origin, edited, origin, set_aside, write_file

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
    """Write the page with its pictures, and write the model card; an edited card stays as it is.

    Parameters
    ----------
    out : Path, optional
        The folder for all files; nothing is then written into the run. By default the run.

    force : bool
        Write into `out` even if it holds files that are not a report, and replace files of the
        report that were edited.

    Raises
    ------
    InputError
        `out` is a file, or holds other files; or the page or a picture there was edited.
    RunError
        The run has no ensemble, or a file of it is damaged.
    """
    check_fitted(job)
    if not force:
        if out:
            _check_free(out)
        _check_unedited(out or job.run.report, job.run.card.name)
    from kaggle_kit.report.card.model_card import card_of
    from kaggle_kit.report.card.robustness import robustness_of
    from kaggle_kit.report.collect import collect
    from kaggle_kit.report.page import write_report
    from kaggle_kit.report.words import complete_markdown

    run, competition = job.run, job.competition
    images = (job.images.train, job.images.test) if job.images else None
    robustness = robustness_of(
        run,
        competition,
        job.data,
        train=images[0] if images else None,
        keep=out is None,
        note=reporter.note,
    )
    data = collect(
        *(run, competition, job.data),
        ledger=job.home.ledger,
        robustness=robustness,
        common=job.options,
        images=images,
    )
    page = write_report(out or run.report, data)
    path = (out or run.folder) / run.card.name
    card = complete_markdown(card_of(run, competition, robustness), job.options).encode()
    _write_card(path, card, reporter, force=force)
    return Report(page, path)


def _write_card(path: Path, card: bytes, reporter: Reporter, *, force: bool) -> None:
    found = origin(path)
    if found is Origin.USER and not force:
        reporter.note(f"{path} was edited, and is kept as it is; --force replaces it")
        return
    if found is Origin.UNKNOWN and path.read_bytes() != card:
        reporter.note(f"{path} may have been edited: it is kept as {set_aside(path).name}")
    write_file(path, card)


def _check_unedited(folder: Path, card: str) -> None:
    changed = [name for name in edited(folder) if name != card]
    if changed:
        raise InputError(
            f"{folder / changed[0]} was edited since the report was written",
            hint="name a new folder with --out, or add --force to replace it",
        )


def _check_free(out: Path) -> None:
    """Raise InputError if a report would be mixed with other files, or replace them."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, expected a folder", hint="name a folder with --out")
    from kaggle_kit.report.page import is_report

    if out.is_dir() and any(out.iterdir()) and not is_report(out):
        raise InputError(
            f"{out} holds files that are not a report",
            hint="name a new folder with --out, or add --force to write among them",
        )


def model_card(
    job: Job, *, keep: bool = True, travels: bool = False, reporter: Reporter = SILENCE
) -> str:
    """The model card as Markdown.

    Parameters
    ----------
    keep : bool
        Store the measurements for it in the run.
    travels : bool
        Its commands name no path of this machine.
    """
    from kaggle_kit.report.card.model_card import card_of
    from kaggle_kit.report.card.robustness import robustness_of
    from kaggle_kit.report.words import complete_markdown

    run, competition = job.run, job.competition
    robustness = robustness_of(run, competition, job.data, keep=keep, note=reporter.note)
    options = job.options
    if travels:
        options = options | {"--competition": competition.slug}
        options.pop("--home", None)
    return complete_markdown(card_of(run, competition, robustness), options)
