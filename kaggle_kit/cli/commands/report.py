"""Make the page of the run, with its plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.card import card_of
from kaggle_kit.api.job import Job, check_fitted
from kaggle_kit.cli import console
from kaggle_kit.workspace.files import write_bytes

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    from kaggle_kit.report.collect import gather
    from kaggle_kit.report.page import write_report

    job = Job.of(options)
    check_fitted(job)
    folder = options.out or job.run.report
    page = write_report(folder, gather(job.run, job.competition, job.data))
    path = (options.out or job.run.folder) / job.run.card.name
    write_bytes(path, card_of(job, keep=options.out is None).encode())
    console.result(f"written: {page}, {path}")
