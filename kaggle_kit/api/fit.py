"""Train the ensemble, a committee of networks for each fold, and evaluate it out of fold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.executors import DEFAULT_WORKERS, Workers, make_executor
from kaggle_kit.api.job import Images, Job, load, set_edits_aside
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.api.tracking import check_trackers, keep, logging_to
from kaggle_kit.competition.registry import origin_of
from kaggle_kit.errors import InputError, RunError
from kaggle_kit.networks.families import packages_of
from kaggle_kit.search.presets import SearchPlan
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.config import (
    OF_BLENDS,
    begin_run,
    check_arithmetic,
    check_data,
    check_packages,
)
from kaggle_kit.workspace.lock import writing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kaggle_kit.evaluation.metrics import Evaluation

GIVEN = "--best takes a best.json that `tune` wrote into a run"


def fit(
    job: Job,
    *,
    workers: Workers = DEFAULT_WORKERS,
    reporter: Reporter = SILENCE,
    log: Sequence[str] = (),
) -> Evaluation:
    """The evaluation of the run's ensemble; networks that are missing are trained first.

    Parameters
    ----------
    log : sequence of {"tensorboard", "mlflow"}
        Where networks, epochs and scores are logged, beside the files of the run.

    Raises
    ------
    InputError
        A name in `log` is unknown.
    KitError
        The package of a tracker is not installed.
    RunError
        The run has no best.json, it belongs to another competition or to other data, or the run was
        trained with another backend or dtype.
    NotInstalledError
        The run needs a package that is not installed.
    TrainingError
        A network could not be trained.
    """
    check_trackers(log)
    if job.data.exists():  # a run that is missing is told before the data are loaded
        Best.read(job.run.best, "competition")
    check_packages(job.run, reporter.note)
    from kaggle_kit.workspace.fit_status import fingerprint, is_begun, is_fitted, load_evaluation

    images = load(job, reporter)
    check_data(job.run, images.sha256s)
    _restore_folds(job, images, reporter)
    competition = Best.read(job.run.best, "competition").competition
    if competition != job.competition.slug:
        raise RunError(
            f"{job.run.best} is for {competition}, not for {job.competition.slug}",
            hint="name another run with --run",
        )
    made_from = fingerprint(job.run, images.train.sha256)
    if is_fitted(job.run, made_from):
        reporter.note(f"the ensemble is already there: {job.run.models}")
        return load_evaluation(job.run)
    with writing(job.run.folder, reporter.note):
        if not is_begun(job.run, made_from):  # the submission of the earlier networks goes
            set_edits_aside([job.run.submission], reporter)
        return _train(job, images, workers, reporter, log=log)


def _restore_folds(job: Job, images: Images, reporter: Reporter) -> None:
    """Make the folds again if folds.npz was lost: they follow from the seed and the data."""
    from kaggle_kit.api.folds import folds_for
    from kaggle_kit.training.folds import save_folds

    if not job.run.folds.exists() and job.run.best.exists():
        best = Best.read(job.run.best)
        save_folds(job.run.folds, folds_for(images.train, best.folds, best.seed, reporter))
        reporter.note(f"{job.run.folds} was missing, and is made again")


def adopt(job: Job, path: Path, *, reporter: Reporter = SILENCE) -> None:
    """Begin the run with a best.json that was found elsewhere, instead of a search.

    Raises
    ------
    RunError
        The file cannot be read, or the run has another best.json.
    """
    best = read_given(path)
    if job.run.best.exists():
        if Best.read(job.run.best) != best:
            raise RunError(
                f"run {job.run.folder.name!r} has another best.json",
                hint="name another run with --run",
            )
        return
    _check_given(path, best)
    from kaggle_kit.api.folds import folds_for
    from kaggle_kit.training.folds import save_folds

    images = load(job, reporter)
    if images.problem != best.problem:
        raise InputError(
            f"{path} is for images of {best.problem}; those of {job.competition.slug} are "
            f"{images.problem}",
            hint=GIVEN,
        )
    asked = {"competition": best.competition, "preset": None, "data": images.sha256s}
    own = {"format": OF_BLENDS} if best.blend else {}
    folds = folds_for(images.train, best.folds, best.seed, reporter)
    with writing(job.run.folder, reporter.note):
        packages = packages_of(best.families) | origin_of(job.competition)
        begin_run(job.run, best.plan | asked | own, packages)
        save_folds(job.run.folds, folds)
        best.write(job.run.best)


def read_given(path: Path) -> Best:
    """The contents of a best.json that the user names.

    Raises
    ------
    InputError
        The file cannot be read as one. Nobody is told to delete it: it is the user's.
    """
    try:
        return Best.read(path, "competition", "plan")
    except RunError as error:
        raise InputError(str(error), hint=GIVEN) from None


def _check_given(path: Path, best: Best) -> None:
    """Raise InputError unless networks can be trained as a best.json says."""
    from kaggle_kit.training.search_space import check_values

    try:
        _check_counts(best)
        for member in range(len(best.members)):
            of, number = best.origin_of(member)
            check_values(of.family, of.values_of(number), best.problem)
    except InputError as error:
        raise InputError(f"{path}: {error}", hint=error.hint or GIVEN) from None


def _check_counts(best: Best) -> None:
    SearchPlan(folds=best.folds, seed=best.seed)  # raises InputError
    if best.epochs < 1:
        raise InputError(f"epochs is {best.epochs}, expected 1 or more")
    if not best.members or not all(isinstance(member, dict) for member in best.members):
        raise InputError(f"members is {best.members!r}, expected a list of one object or more")


def _train(
    job: Job, images: Images, workers: Workers, reporter: Reporter, *, log: Sequence[str]
) -> Evaluation:
    from kaggle_kit.ensemble.fit import Fit
    from kaggle_kit.networks.bfloat16_dense import arithmetic
    from kaggle_kit.training.executors.process_pool import memory_used
    from kaggle_kit.training.folds import load_folds
    from kaggle_kit.training.task_data import TaskData
    from kaggle_kit.workspace.fit_status import missing_networks

    check_arithmetic(job.run, arithmetic())
    folds = load_folds(job.run.folds, len(images.train.images), Best.read(job.run.best).folds)
    data = TaskData(images.train, folds, job.competition)
    missing = len(missing_networks(job.run))
    with logging_to(log, job, reporter) as told:
        with reporter.showing() as show, make_executor(workers, missing, reporter) as executor:
            evaluation = Fit(job.run, data, executor, show, log=told).run(images.test)
        keep(told, job.run.best, job.run.history)
    reporter.note(memory_used(executor))
    return evaluation
