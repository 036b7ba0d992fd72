"""`kaggle-kit fit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.fit import adopt, fit
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of, workers_of

if TYPE_CHECKING:
    from argparse import Namespace

    from kaggle_kit.evaluation.metrics import Evaluation


def run(options: Namespace) -> None:
    job = job_of(options)
    if options.best:
        adopt(job, options.best, reporter=console)
    _show(fit(job, workers=workers_of(options), reporter=console))
    console.result(f"\nwritten: {job.run.models}, {job.run.oof}, {job.run.history}")


def _show(evaluation: Evaluation) -> None:
    console.result("out-of-fold confusion matrix (rows: true, columns: predicted)")
    console.result(str(evaluation.confusion))
    console.result(f"\n{evaluation.text_report}")
    for true, predicted, count in evaluation.pairs:
        console.result(f"hardest pair: {true} read as {predicted}, {count} times")
    console.result(f"out-of-fold accuracy {evaluation.describe()}")
