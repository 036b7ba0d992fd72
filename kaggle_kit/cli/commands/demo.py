"""Serve the explainer's page: draw or send a digit, see what is read and why."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kaggle_kit.api.job import Job, check_fitted, check_installed
from kaggle_kit.cli import console

if TYPE_CHECKING:
    from argparse import Namespace

NEEDED = ("the explainer", {"gradio": "gradio>=6.7", "shap": "shap>=0.50", "PIL": "pillow"})


def run(options: Namespace) -> None:
    job = Job.of(options)
    check_installed(*NEEDED)
    check_fitted(job)
    console.note("starting the explainer")
    from kaggle_kit.explainer.demo import Address, show
    from kaggle_kit.explainer.examples import write_examples

    with tempfile.TemporaryDirectory() as folder:
        examples = write_examples(Path(folder))
        address = Address(options.host, options.port)
        show(job.run, job.competition, examples, address, console.result)
