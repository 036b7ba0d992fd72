"""`kaggle-kit report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.job import check_fitted
from kaggle_kit.api.report import make_report
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    job = job_of(options)
    check_fitted(job)  # before the import, which takes seconds
    from kaggle_kit.report.figures import ignore_matplotlibrc

    ignore_matplotlibrc()
    made = make_report(job, options.out, force=options.force, reporter=console)
    console.result(f"written: {made.page}, {made.card}")
