"""Train the ensemble of the best network on each fold, and judge it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.executors import executor_for
from kaggle_kit.api.job import Job, load, sha256s
from kaggle_kit.cli import console
from kaggle_kit.errors import RunError
from kaggle_kit.workspace.config import begin, check_data
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.lock import writing
from kaggle_kit.workspace.storage import read_json

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from kaggle_kit.data.dataset import Digits
    from kaggle_kit.evaluation.metrics import Evaluation


def run(options: Namespace) -> None:
    job = Job.of(options)
    if options.best:
        _adopt(job, options.best)
    _show_evaluation(fitted(job, options))
    console.result(f"\nwritten: {job.run.models}, {job.run.oof}, {job.run.history}")


def _adopt(job: Job, path: Path) -> None:
    """Begin the run with a best.json that was found elsewhere; nothing of it is searched."""
    from kaggle_kit.networks.families import check_family
    from kaggle_kit.training.folds import make_folds, save_folds
    from kaggle_kit.workspace.fit_status import MADE_OF

    best = read_json(path, *MADE_OF, "competition", "plan")
    check_family(best["family"])
    if job.run.best.exists():
        if read_json(job.run.best) != best:
            raise RunError(
                f"run {job.run.folder.name!r} has another best.json",
                hint="name another run with --run",
            )
        return
    train, test = load(job)
    asked = {"competition": best["competition"], "preset": None, "data": sha256s(train, test)}
    folds = make_folds(train.known_labels, best["folds"], best["seed"])
    with writing(job.run.folder, console.note):
        begin(job.run, best["plan"] | asked)
        save_folds(job.run.folds, folds)
        write_json(job.run.best, best)


def fitted(job: Job, options: Namespace) -> Evaluation:
    """The judged ensemble of the run, trained first if it is not all there."""
    from kaggle_kit.workspace.fit_status import fingerprint, is_fitted, load_evaluation

    train, test = load(job)
    check_data(job.run, sha256s(train, test))
    competition = read_json(job.run.best, "competition")["competition"]
    if competition != job.competition.slug:
        raise RunError(
            f"{job.run.best} is for {competition}, not for {job.competition.slug}",
            hint="name another run with --run",
        )
    if is_fitted(job.run, fingerprint(job.run, train.sha256)):
        console.note(f"the ensemble is already there: {job.run.models}")
        return load_evaluation(job.run)
    with writing(job.run.folder, console.note):
        return _train_ensemble(job, (train, test), options)


def _train_ensemble(job: Job, data: tuple[Digits, Digits], options: Namespace) -> Evaluation:
    from kaggle_kit.ensemble.fit import Fit
    from kaggle_kit.training.executors.process_pool import memory_used
    from kaggle_kit.training.folds import load_folds
    from kaggle_kit.workspace.fit_status import missing_networks

    train, test = data
    count = read_json(job.run.best, "folds")["folds"]
    folds = load_folds(job.run.folds, len(train.images), count)
    missing = len(missing_networks(job.run))
    with console.showing() as show, executor_for(options, missing) as executor:
        evaluation = Fit(job.run, (train, folds, job.competition), executor, show).run(test)
    console.note(memory_used(executor))
    return evaluation


def _show_evaluation(evaluation: Evaluation) -> None:
    console.result("out-of-fold confusion matrix (rows: true, columns: predicted)")
    console.result(str(evaluation.confusion))
    console.result(f"\n{evaluation.report}")
    for true, predicted, count in evaluation.pairs:
        console.result(f"hardest pair: {true} read as {predicted}, {count} times")
    console.result(f"out-of-fold accuracy {evaluation.describe()}")
