"""Bundle the explainer of a run: a folder, and a zip of it, that need neither kit nor data."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

from kaggle_kit.api.job import EXPLAINER, Job, check_fitted, check_installed
from kaggle_kit.api.report import model_card
from kaggle_kit.api.reporter import SILENCE, Reporter

if TYPE_CHECKING:
    from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Bundle:
    """Where the folder and its zip lie."""

    folder: Path
    archive: Path


def make_bundle(job: Job, out: Path | None = None, *, reporter: Reporter = SILENCE) -> Bundle:
    """Write the bundle into `out`, by default into the run.

    Raises
    ------
    InputError
        Something else is there already.
    RunError
        The run has no ensemble, or a file of it is damaged.
    """
    check_installed("the explainer", EXPLAINER)
    check_fitted(job)
    from kaggle_kit.explainer.bundle import write_bundle

    folder = out or job.run.bundle
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    card = model_card(job, keep=out is None, reporter=reporter)
    return Bundle(folder, write_bundle(job.run, card, folder, python))
