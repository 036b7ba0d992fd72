"""`kaggle-kit tune`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from kaggle_kit.api.tune import Search, tune
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of, trackers_of, workers_of
from kaggle_kit.cli.output import document, results
from kaggle_kit.errors import InputError, counted
from kaggle_kit.evaluation.scores import in_words, shown
from kaggle_kit.search.plan_file import changes_of_plan
from kaggle_kit.search.presets import SearchPlan
from kaggle_kit.training.progress import duration
from kaggle_kit.workspace.best import Best, TrialStatus

if TYPE_CHECKING:
    from argparse import Namespace

    from kaggle_kit.workspace.paths import Run


def run(options: Namespace) -> None:
    job = job_of(options)
    given = {
        field.name: getattr(options, field.name, None) for field in dataclasses.fields(SearchPlan)
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if options.plan:
        changes = _repeated(options, changes)
    done = tune(
        job,
        options.preset,
        changes,
        restart=options.restart,
        workers=workers_of(options),
        reporter=console,
        log=trackers_of(options),
    )
    document.answer(results.tuned, job, done)
    if done.search:
        _show_search(done.search, job.run)
    if done.search and done.best.status == TrialStatus.CUT:
        console.note("no trial finished within the time budget; the choice rests on a part of one")
    _show_best(done.best)
    console.result(f"written: {job.run.best}")


def _repeated(options: Namespace, changes: dict[str, Any]) -> dict[str, Any]:
    also = [*(["preset"] if options.preset else []), *changes]
    if also:
        option = f"--{also[0].replace('_', '-')}"
        raise InputError(
            f"--plan and {option} are given: the plan decides that", f"leave {option} out"
        )
    return changes_of_plan(options.plan)


def _show_search(search: Search, run: Run) -> None:
    trials, took = counted(search.trials, "trial"), duration(search.seconds)
    console.note(f"{trials} in {took}: {run.trials}")
    console.note(search.memory)


def _show_best(best: Best) -> None:
    if best.cv:
        cv, folds, problem = best.cv, len(best.cv.scores), best.problem
        metric, score = in_words(problem.metric, problem.k), shown(problem.metric, cv.mean)
        error = f" ± {cv.standard_error:.4f}" if folds > 1 else ""
        of = f"mean ± standard error over {folds} folds" if folds > 1 else "one fold"
        console.result(
            f"best of the search: trial {best.trial}, {metric} {score:.4f}{error} "
            f"({of}, {counted(cv.epochs, 'epoch')})"
        )
    for name, value in best.hyperparameters.items():
        console.result(f"  {name:<16} {f'{value:.4g}' if isinstance(value, float) else value}")
