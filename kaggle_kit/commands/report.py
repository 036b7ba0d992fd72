"""Make the page of the run, with its plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit import console
from kaggle_kit.commands.card import card_of
from kaggle_kit.commands.job import Job, check_fitted
from kaggle_kit.files import write_bytes
from kaggle_kit.runs import read_table

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    from kaggle_kit.fitted import load_evaluation
    from kaggle_kit.report import write_report

    job = Job.of(options)
    check_fitted(job)
    searched = job.run.trials.exists()  # not in a run that began with another's best.json
    tables = (read_table(job.run.history), read_table(job.run.trials) if searched else None)
    title = f"{job.competition.slug}: run {job.run.folder.name}"
    folder = options.out or job.run.report
    page = write_report(folder, title, load_evaluation(job.run), tables)
    path = (options.out or job.run.folder) / job.run.card.name
    write_bytes(path, card_of(job).encode())
    console.result(f"written: {page}, {path}")
