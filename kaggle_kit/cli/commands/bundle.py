"""Bundle the explainer of a run: a folder, and a zip of it, that need neither kit nor data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kaggle_kit.api.card import card_of
from kaggle_kit.api.job import Job, check_fitted, check_installed
from kaggle_kit.cli import console
from kaggle_kit.cli.commands.demo import NEEDED

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    job = Job.of(options)
    check_installed(*NEEDED)
    check_fitted(job)
    from kaggle_kit.explainer.bundle import write_bundle

    folder = options.out or job.run.bundle
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    archive = write_bundle(job.run, card_of(job, keep=options.out is None), folder, python)
    console.result(f"written: {folder}, {archive}")
    console.note("to serve it: pip install -r requirements.txt && python app.py")
