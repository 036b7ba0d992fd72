"""`kaggle-kit doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.doctor import FAILURE, examine
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of
from kaggle_kit.cli.hints import pasteable
from kaggle_kit.cli.output import document, results
from kaggle_kit.errors import KitError

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    job = job_of(options)
    made, failed = [], []
    for check in examine(job.home, job.competition):
        made.append(check)
        console.result(f"{check.level:<8} {check.what:<13} {check.found}")
        if check.remedy:
            console.result(f"{'':<22} -> {pasteable(check.remedy)}")
        if check.level == FAILURE:
            failed.append(check.what)
    document.answer(results.examined, job, made)
    if failed:
        raise KitError(f"checks failed: {', '.join(failed)}", hint="do what the checks say")
