"""Search the best network under stratified cross-validation."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from kaggle_kit.api.executors import Workers, make_executor
from kaggle_kit.api.job import Images, Job, load
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.errors import RunError
from kaggle_kit.search.presets import DEFAULT_PRESET, PRESETS, SearchPlan
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.config import begin_run, read_config
from kaggle_kit.workspace.lock import writing

if TYPE_CHECKING:
    from collections.abc import Mapping

EVERYONE = Workers()


@dataclasses.dataclass(frozen=True)
class Search:
    """What a search took; see trials.csv for what it found.

    Attributes
    ----------
    trials : int
        Of all sessions.
    seconds : float
        Of all sessions.
    memory : str
        What the processes had in memory at most, in words.
    """

    trials: int
    seconds: float
    memory: str


@dataclasses.dataclass(frozen=True)
class Tuned:
    """The chosen network; `search` is None if an earlier call had done it all."""

    best: Best
    search: Search | None


def tune(
    job: Job,
    preset: str | None = None,
    changes: Mapping[str, Any] | None = None,
    *,
    restart: bool = False,
    workers: Workers = EVERYONE,
    reporter: Reporter = SILENCE,
) -> Tuned:
    """Search as the plan says; a search that was stopped goes on.

    Parameters
    ----------
    preset : str, optional
        A key of PRESETS. By default a run that has begun keeps its plan, and a new one takes
        DEFAULT_PRESET.
    changes : mapping, optional
        Fields of SearchPlan that differ from the preset's.
    restart : bool
        Forget the run first.

    Raises
    ------
    InputError
        No search can be made of such a plan.
    RunError
        The run was asked for something else, or another process is writing it.
    TrainingError
        No trial gave a score.
    """
    from kaggle_kit.networks.families import check_family
    from kaggle_kit.training.folds import make_folds, save_folds

    images = load(job, reporter)
    config = None if restart else read_config(job.run)
    plan, preset = _plan(job, preset, changes or {}, config, len(images.train.images))
    asked = dataclasses.asdict(plan) | {
        "competition": job.competition.slug,
        "preset": preset,
        "data": images.sha256s,
    }
    check_family(plan.family)
    # Only what can be searched may take the place of a run, or begin one.
    folds = make_folds(images.train.known_labels, plan.folds, plan.seed)
    search = None
    with writing(job.run.folder, reporter.note):
        if restart:
            job.run.discard()
        begin_run(job.run, asked)
        if _is_done(job, plan):
            reporter.note(f"the search is already done: {job.run.best}")
        else:
            if not job.run.folds.exists():
                save_folds(job.run.folds, folds)
            search = _search(job, plan, images, workers=workers, reporter=reporter)
    return Tuned(Best.read(job.run.best, "trial", "cv"), search)


def _plan(
    job: Job,
    preset: str | None,
    changes: Mapping[str, Any],
    config: dict[str, Any] | None,
    rows: int,
) -> tuple[SearchPlan, str]:
    """The plan that is asked for; a run that has begun goes on as it was unless told otherwise."""
    fields = [field.name for field in dataclasses.fields(SearchPlan)]
    lacking = [name for name in fields if config is not None and name not in config]
    if lacking:
        raise RunError(
            f"run {job.run.folder.name!r} was begun by an older kaggle-kit, without "
            f"{', '.join(lacking)}",
            hint="name another run with --run, or start this one again with --restart",
        )
    if preset is None and config is not None:
        plan = SearchPlan(**{name: config[name] for name in fields})
        preset = config["preset"]
    else:
        preset = preset or DEFAULT_PRESET
        plan = PRESETS[preset].for_rows(rows, job.competition.train_rows)
    return dataclasses.replace(plan, **changes), preset


def _is_done(job: Job, plan: SearchPlan) -> bool:
    return job.run.best.exists() and Best.read(job.run.best).plan == dataclasses.asdict(plan)


def _search(
    job: Job, plan: SearchPlan, images: Images, *, workers: Workers, reporter: Reporter
) -> Search:
    from kaggle_kit.search.cv_search import CrossValSearch
    from kaggle_kit.training.executors.process_pool import memory_used
    from kaggle_kit.training.folds import load_folds
    from kaggle_kit.training.task_data import TaskData

    folds = load_folds(job.run.folds, len(images.train.images), plan.folds)
    data = TaskData(images.train, folds, job.competition)
    with reporter.showing() as show, make_executor(workers, plan.folds, reporter) as executor:
        search = CrossValSearch(plan, job.run, data, executor, show)
        chosen = search.run()
    search.best(chosen).write(job.run.best)
    return Search(len(search.results), search.seconds, memory_used(executor))
