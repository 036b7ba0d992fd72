"""`kaggle-kit report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.report import make_report
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of
from kaggle_kit.report.figures import ignore_matplotlibrc

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    ignore_matplotlibrc()
    made = make_report(job_of(options), options.out, force=options.force, reporter=console)
    console.result(f"written: {made.page}, {made.card}")
