"""Bundle the explainer of a run: a folder and a zip that need neither the kit nor the data."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from kaggle_kit.api.job import EXPLAINER, Job, check_fitted, check_installed
from kaggle_kit.api.report import model_card
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.workspace.written import Origin, origin

if TYPE_CHECKING:
    from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Bundle:
    """The paths of the folder and its zip."""

    folder: Path
    archive: Path


def make_bundle(job: Job, out: Path | None = None, *, reporter: Reporter = SILENCE) -> Bundle:
    """Write the bundle into the folder `out`, by default into the run.

    What the user added to an earlier bundle there, or edited, stays.

    Raises
    ------
    InputError
        The folder or its zip exists and is not a bundle.
    RunError
        The run has no ensemble, a file of it is damaged, or it is of another competition.
    """
    check_installed("the explainer", EXPLAINER)
    check_fitted(job)
    from kaggle_kit.explainer.bundle import check_free, write_bundle
    from kaggle_kit.explainer.subject.examples import write_examples
    from kaggle_kit.explainer.subject.subject import load_subject

    folder = out or job.run.bundle
    check_free(folder)  # before the model card, which takes its time
    subject = load_subject(job.run, job.competition)
    if origin(job.run.card) is Origin.USER:
        reporter.note(f"the model card is {job.run.card}, as it was edited")
        card = job.run.card.read_text(encoding="utf-8-sig")
    else:
        card = model_card(job, keep=out is None, travels=True, reporter=reporter)

    def examples(place: Path) -> list[Path]:
        return write_examples(place, subject, job.data, job.competition)

    archive = write_bundle(job.run, subject, card, folder, examples, note=reporter.note)
    return Bundle(folder, archive)
