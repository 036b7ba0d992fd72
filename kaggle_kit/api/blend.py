"""Blend runs into one: an ensemble of all their networks, each run with a weight."""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.api.runs import existing
from kaggle_kit.errors import InputError, RunError
from kaggle_kit.evaluation.scores import in_words, shown
from kaggle_kit.evaluation.significance import SIGNIFICANCE
from kaggle_kit.workspace.best import Best, Part
from kaggle_kit.workspace.config import read_config, trained_on
from kaggle_kit.workspace.files import remove_leftovers, scratch_folder
from kaggle_kit.workspace.lock import writing
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kaggle_kit.api.job import Job
    from kaggle_kit.ensemble.blended_run import Source
    from kaggle_kit.evaluation.metrics import Evaluation
    from kaggle_kit.report.run_comparison import Paired, PairedScores

ANOTHER = "name another run with --run"
PREDICT_AGAIN = "delete {}, and run `kaggle-kit fit --run {}`: it predicts again and trains nothing"


class Compared(NamedTuple):
    """A run of a blend, its weight and out-of-fold evaluation, and the blend's mistakes and its."""

    part: Part
    evaluation: Evaluation
    comparison: Paired | PairedScores


@dataclasses.dataclass(frozen=True)
class Blend:
    """A blend and the runs in it.

    Attributes
    ----------
    name : str
    evaluation : Evaluation
        Of the out-of-fold predictions. The rows of each fold have weights that were found on the
        other folds.
    runs : list of Compared
        In the order in which they were named.
    """

    name: str
    evaluation: Evaluation
    runs: list[Compared]

    @property
    def best(self) -> Compared:
        """The run with the best out-of-fold score."""
        return max(self.runs, key=lambda one: one.evaluation.score)

    @property
    def gain(self) -> float:
        """The score of the blend minus that of the best run, stored so that greater is better."""
        return self.evaluation.score - self.best.evaluation.score

    def verdict(self) -> str:
        """Whether the blend is better than its runs, in a sentence."""
        best, metric = self.best, self.evaluation.metric
        mine, its = (shown(metric, one.score) for one in (self.evaluation, best.evaluation))
        scores = f"{in_words(metric, self.evaluation.k)} {mine:.5f} against {its:.5f}"
        p = f"p = {best.comparison.p:.2g}"
        if self.gain > 0:
            chance = "" if best.comparison.p < SIGNIFICANCE else "; it may be chance"
            each = "either run" if len(self.runs) == 2 else "each of its runs"
            return f"better than {each}: {scores} of {best.part.run}, {p}{chance}"
        said = "as good as" if self.gain == 0 else "not better than"
        return f"{said} {best.part.run} alone: {scores}, {p}"


def blend(job: Job, names: Sequence[str], *, reporter: Reporter = SILENCE) -> Blend:
    """Make a run of the networks of several, each run with a weight found out of fold.

    The new run has copies of all that it needs: the others may be removed. They must have the same
    data, folds, classes and metric. Nothing is trained or predicted, and no data are needed.

    Parameters
    ----------
    job : Job
        With the competition, and the run that is made.
    names : sequence of str
        The runs, two or more.

    Raises
    ------
    InputError
        There are fewer than two runs, or one is named twice.
    RunError
        There is a run of the new name; or one of the runs does not exist, has no ensemble or is a
        blend; or they cannot be blended, and the message says what differs.
    """
    _check_names(names)
    from kaggle_kit.ensemble.blended_run import best_of, write_blend

    home = job.home
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(writing(existing(home, name).folder, reporter.note))
        _check_new(job)
        stack.enter_context(writing(job.run.folder, reporter.note))
        _check_new(job)  # it may have been made meanwhile
        sources = [_read(job, name) for name in names]
        _check_alike(sources)
        reporter.note(f"finding the weights of {' and '.join(names)} out of fold")
        best = best_of(sources)
        remove_leftovers(home.runs)
        with scratch_folder(home.runs, "blend") as scratch:
            made = Run(scratch / "run")
            write_blend(made, best, sources)
            made.folder.rename(job.run.folder)  # a blend is there at once, or not at all
        return _compared(job.run, best, sources)


def _compared(run: Run, best: Best, sources: list[Source]) -> Blend:
    from kaggle_kit.report.run_comparison import paired
    from kaggle_kit.workspace.fit_status import load_evaluation

    runs = [
        Compared(part, load_evaluation(source.run), paired(run, source.run))
        for part, source in zip(best.blend, sources, strict=True)
    ]
    return Blend(run.folder.name, load_evaluation(run), runs)


def _check_names(names: Sequence[str]) -> None:
    if len(names) < 2:
        raise InputError("one run is no blend", "name two runs or more: kaggle-kit blend RUN RUN")
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"run {name!r} is named twice", "name each run once")


def _check_new(job: Job) -> None:
    folder = job.run.folder
    if folder.exists() or folder.is_symlink():
        found = f"there is a run {folder.name!r} in {job.home.runs}"
        raise RunError(f"{found}, and it is kept", ANOTHER)


def _read(job: Job, name: str) -> Source:
    """A run to blend; raises RunError unless it is a plain run with a complete ensemble."""
    from kaggle_kit.workspace.fit_status import fingerprint, is_fitted

    run = existing(job.home, name)
    config = read_config(run, ["data"])
    if config is None:
        raise RunError(f"{run.folder} is not a run: it has no config.json", "name another run")
    if not run.best.exists():
        raise RunError(
            f"run {name!r} has no ensemble yet",
            f"run `kaggle-kit tune --run {name}`, then `kaggle-kit fit --run {name}`",
        )
    best = Best.read(run.best)
    if best.blend:
        raise RunError(
            f"run {name!r} is a blend itself",
            f"name the runs that it was made of: {' '.join(part.run for part in best.blend)}",
        )
    if best.competition not in {"", job.competition.slug}:
        raise RunError(
            f"run {name!r} is of {best.competition}, not of {job.competition.slug}",
            f"add --competition {best.competition}, or name another run",
        )
    if not is_fitted(run, fingerprint(run, trained_on(config))):
        raise RunError(
            f"run {name!r} has no complete ensemble", f"run `kaggle-kit fit --run {name}` first"
        )
    oof = read_arrays(run.oof, "logits", "labels", "fold")
    if "members" not in oof:  # a run of an older kit; with one member, its logits are the run's
        if len(best.members) > 1:
            raise RunError(
                f"run {name!r} is of an older kaggle-kit: {run.oof} has no logits of each member",
                PREDICT_AGAIN.format(run.oof, name),
            )
        oof["members"] = oof["logits"][None]
    from kaggle_kit.ensemble.blended_run import Source

    return Source(run, config, best, oof)


def _check_alike(sources: list[Source]) -> None:
    """Raise RunError if what two runs were made from, or are judged by, differs."""
    first, *others = sources
    for other in others:
        both = f"{first.name} and {other.name}"
        _check_data(first, other, both)
        _check_problem(first, other, both)
        _check_folds(first, other, both)


def _check_data(first: Source, other: Source, both: str) -> None:
    ours, its = first.config["data"], other.config["data"]
    differing = [name for name in {**ours, **its} if ours.get(name) != its.get(name)]
    if differing:
        raise RunError(
            f"{both} cannot be blended: they were made from different data, "
            f"{' and '.join(differing)} differ{'s' * (len(differing) == 1)}",
            "blend runs of the same files",
        )
    if not np.array_equal(first.oof["labels"], other.oof["labels"]):
        lengths = [f"{len(one.oof['labels']):,}" for one in (first, other)]
        raise RunError(
            f"{both} cannot be blended: their training rows differ, {' and '.join(lengths)} rows",
            "blend runs whose data were read alike",
        )


def _check_problem(first: Source, other: Source, both: str) -> None:
    ours, its = first.best.problem, other.best.problem
    differing = [
        f"{field.name} {getattr(ours, field.name)} and {getattr(its, field.name)}"
        for field in dataclasses.fields(ours)
        if getattr(ours, field.name) != getattr(its, field.name)
    ]
    if differing:
        raise RunError(
            f"{both} cannot be blended: they have {', '.join(differing)}",
            "blend runs of the same classes and the same metric",
        )


def _check_folds(first: Source, other: Source, both: str) -> None:
    ours, its = first.best, other.best
    if np.array_equal(first.oof["fold"], other.oof["fold"]):
        return
    found = f"{ours.folds} folds of seed {ours.seed} and {its.folds} folds of seed {its.seed}"
    raise RunError(
        f"{both} cannot be blended: their folds hold out different rows ({found})",
        f"make a run with the folds of {first.name}: "
        f"`kaggle-kit tune --folds {ours.folds} --seed {ours.seed} --run NAME`",
    )
