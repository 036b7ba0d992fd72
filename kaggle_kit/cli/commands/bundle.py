"""`kaggle-kit bundle`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.bundle import make_bundle
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    made = make_bundle(job_of(options), options.out, reporter=console)
    console.result(f"written: {made.folder}, {made.archive}")
    console.note("to serve it: pip install -r requirements.txt && python app.py")
