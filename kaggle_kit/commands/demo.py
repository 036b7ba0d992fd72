"""Serve the explainer's page: draw or send a digit, see what is read and why."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kaggle_kit import console
from kaggle_kit.commands.job import Job, check_fitted
from kaggle_kit.errors import KitError

if TYPE_CHECKING:
    from argparse import Namespace

NEEDED = {"gradio": "gradio>=6.7", "shap": "shap>=0.50", "PIL": "pillow"}


def run(options: Namespace) -> None:
    job = Job.of(options)
    check_installed()
    check_fitted(job)
    console.note("starting the explainer")
    from kaggle_kit.explainer import Address, show, write_examples

    with tempfile.TemporaryDirectory() as folder:
        examples = write_examples(Path(folder))
        address = Address(options.host, options.port)
        show(job.run, job.competition, examples, address, console.result)


def check_installed() -> None:
    """Raise KitError if what only the explainer needs is not there."""
    lacking = [pip for module, pip in NEEDED.items() if importlib.util.find_spec(module) is None]
    if lacking:
        wanted = " ".join(f'"{requirement}"' for requirement in lacking)
        raise KitError(
            f"the explainer needs {' and '.join(lacking)}, not installed here",
            hint=f"pip install {wanted}; `make setup` does so by itself",
        )
