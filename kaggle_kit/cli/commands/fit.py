"""`kaggle-kit fit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.fit import adopt, fit
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of, trackers_of, workers_of
from kaggle_kit.cli.output import document, results
from kaggle_kit.competition.description import Metric
from kaggle_kit.ensemble.views import Views
from kaggle_kit.errors import counted
from kaggle_kit.evaluation.scores import in_words
from kaggle_kit.workspace.best import Best

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from kaggle_kit.evaluation.metrics import Evaluation

MOST = 20  # classes that the matrix and the report are shown of


def run(options: Namespace) -> None:
    job = job_of(options)
    if options.best:
        adopt(job, options.best, reporter=console)
    workers, log = workers_of(options), trackers_of(options)
    evaluation = fit(job, workers=workers, reporter=console, log=log)
    best = Best.read(job.run.best)
    document.answer(results.fitted, job, evaluation, best)
    _show(evaluation, best.problem.class_names)
    if views := Views.read(job.run).describe(best.problem):
        console.result(views)
    console.result(f"\nwritten: {job.run.models}, {job.run.oof}, {job.run.history}")


def _show(evaluation: Evaluation, names: Sequence[str]) -> None:
    if len(names) <= MOST:
        _show_all(evaluation, names)
    else:
        _show_worst(evaluation, names)
    for true, predicted, count in evaluation.pairs:
        times = counted(count, "time")
        console.result(f"hardest pair: {names[true]} read as {names[predicted]}, {times}")
    metric = in_words(evaluation.metric, evaluation.k)
    console.result(f"out-of-fold {metric} {evaluation.describe()}")
    if evaluation.metric != Metric.ACCURACY:
        console.result(f"out-of-fold accuracy {evaluation.accuracy:.4f}")


def _show_all(evaluation: Evaluation, names: Sequence[str]) -> None:
    console.result("out-of-fold confusion matrix (rows: true, columns: predicted)")
    if any(name != str(label) for label, name in enumerate(names)):
        listed = ", ".join(f"{label} {name}" for label, name in enumerate(names))
        console.result(f"classes: {listed}")
    console.result(str(evaluation.confusion))
    console.result(f"\n{evaluation.text_report}")


def _show_worst(evaluation: Evaluation, names: Sequence[str]) -> None:
    """The classes with the lowest recall, where all would be too many."""
    right, rows = evaluation.counts.diagonal(), evaluation.counts.sum(axis=1)
    order = sorted(
        (label for label in range(len(names)) if rows[label]),
        key=lambda label: (right[label] / rows[label], -rows[label]),
    )[:MOST]
    console.result(f"out-of-fold recall of the {len(order)} worst of {len(names):,} classes")
    width = max(len(names[label]) for label in order)
    for label in order:
        share = right[label] / rows[label]
        of = counted(rows[label], "row")
        console.result(f"  {names[label]:<{width}}  {share:.4f} of {of}")
