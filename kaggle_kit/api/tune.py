"""Search for the best network with stratified cross-validation."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

from kaggle_kit.api.executors import DEFAULT_WORKERS, Workers, make_executor
from kaggle_kit.api.job import Images, Job, load, set_edits_aside
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.api.tracking import check_trackers, keep, logging_to
from kaggle_kit.competition.registry import origin_of
from kaggle_kit.errors import RunError, counted
from kaggle_kit.networks.families import check_family, full_name, packages_of
from kaggle_kit.search.presets import DEFAULT_PRESET, OPTIONAL, SearchPlan, plan_of
from kaggle_kit.workspace.best import BLEND, Best
from kaggle_kit.workspace.config import (
    begin_run,
    check_arithmetic,
    check_packages,
    read_config,
)
from kaggle_kit.workspace.lock import writing
from kaggle_kit.workspace.storage import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OF_A_PLAN = "plan"  # instead of the name of a preset


@dataclasses.dataclass(frozen=True)
class Search:
    """The cost of a search; its results are in trials.csv.

    Attributes
    ----------
    trials : int
        The number of trials in all sessions.
    seconds : float
        The time of all sessions.
    memory : str
        The peak memory of the processes, in words.
    """

    trials: int
    seconds: float
    memory: str


@dataclasses.dataclass(frozen=True)
class Tuned:
    """The chosen network; `search` is None if an earlier call had finished the search."""

    best: Best
    search: Search | None


def tune(
    job: Job,
    preset: str | None = None,
    changes: Mapping[str, Any] | None = None,
    *,
    restart: bool = False,
    workers: Workers = DEFAULT_WORKERS,
    reporter: Reporter = SILENCE,
    log: Sequence[str] = (),
) -> Tuned:
    """Search with the plan of the preset and the changes; continue a search that was stopped.

    Parameters
    ----------
    preset : str, optional
        A key of PRESETS. By default, a run that has begun keeps its plan, and a new run takes
        DEFAULT_PRESET.
    changes : mapping, optional
        Fields of SearchPlan that differ from the preset's, or those of `changes_of_plan` to repeat
        another search.
    restart : bool
        Delete the run first.
    log : sequence of {"tensorboard", "mlflow"}
        Where trials, folds, epochs and scores are logged, beside the files of the run.

    Raises
    ------
    InputError
        The plan is invalid, or a name in `log` is unknown.
    NotInstalledError
        The run needs a package that is not installed.
    KitError
        The package of a tracker is not installed.
    RunError
        The run has other settings, was trained with another backend or dtype, or another process
        is writing it.
    TrainingError
        No trial gave a score.
    """
    check_trackers(log)
    # Told before the data are loaded, which takes seconds.
    changes = _with_full_name(changes or {})
    if not restart:
        check_packages(job.run, reporter.note)
    from kaggle_kit.api.folds import folds_for
    from kaggle_kit.data.choices import read_choices
    from kaggle_kit.training.folds import save_folds

    images = load(job, reporter)
    config = _config(job, restart=restart)
    if config and config["family"] == BLEND:
        raise RunError(
            f"run {job.run.folder.name!r} is a blend: its runs were searched, it is not",
            hint="name another run with --run",
        )
    plan, preset = _plan(job, preset, changes, config, len(images.train.images))
    asked = dataclasses.asdict(plan) | {
        "competition": job.competition.slug,
        "preset": preset,
        "data": images.sha256s,
        "choices": dataclasses.asdict(read_choices(job.data)),
        "found": {name: part.findings.describe() for name, part in images.parts.items()},
    }
    check_family(plan.family)
    # A run is replaced or begun only after the plan was checked.
    folds = None
    if restart or not job.run.folds.exists():
        folds = folds_for(images.train, plan.folds, plan.seed, reporter)
        _compare_parts(images, reporter)
    search = None
    with writing(job.run.folder, reporter.note):
        if restart:
            set_edits_aside([job.run.submission, job.run.card], reporter)
            job.run.discard()
        begin_run(job.run, asked, packages_of([plan.family]) | origin_of(job.competition))
        if folds is not None:  # new, or lost: they follow from the seed and the data
            save_folds(job.run.folds, folds)
        if _is_done(job, plan):
            reporter.note(f"the search is already done: {job.run.best}")
        else:
            search = _search(job, plan, images, workers=workers, reporter=reporter, log=log)
    return Tuned(Best.read(job.run.best, "trial", "cv"), search)


def _with_full_name(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a SearchPlan, checked, with the name of the family as a run keeps it."""
    family = dataclasses.replace(SearchPlan(), **changes).family
    return {**changes, **({"family": full_name(family)} if "family" in changes else {})}


def _compare_parts(images: Images, reporter: Reporter) -> None:
    """Say whether the test images differ from the training images, unless they are too few."""
    from kaggle_kit.evaluation.images.adversarial import adversarial_validation

    with contextlib.suppress(ValueError):
        reporter.note(adversarial_validation(images.train.images, images.test.images).describe())


def _config(job: Job, *, restart: bool) -> dict[str, Any] | None:
    """What the run was asked for; a restart keeps that too, if it can be read."""
    if not restart:
        return read_config(job.run)
    needed = {field.name for field in dataclasses.fields(SearchPlan)} - {*OPTIONAL}
    with contextlib.suppress(RunError):
        config = read_config(job.run, ["preset"])
        if config and needed <= config.keys():
            return config
    return None


def _plan(
    job: Job,
    preset: str | None,
    changes: Mapping[str, Any],
    config: dict[str, Any] | None,
    rows: int,
) -> tuple[SearchPlan, str]:
    """The requested plan; a run that has begun keeps its plan where nothing else is requested."""
    fields = [field.name for field in dataclasses.fields(SearchPlan)]
    lacking = [name for name in fields if config is not None and name not in {*config, *OPTIONAL}]
    if lacking:
        raise RunError(
            f"run {job.run.folder.name!r} was begun by an older kaggle-kit, without "
            f"{', '.join(lacking)}",
            hint="name another run with --run, or start this one again with --restart",
        )
    if preset is None and config is not None:
        plan = SearchPlan(**{name: config[name] for name in fields if name in config})
        preset = config["preset"]
    elif "done" in changes:
        plan, preset = SearchPlan(), OF_A_PLAN
    else:
        preset = preset or DEFAULT_PRESET
        plan = plan_of(preset, changes.get("family")).for_rows(rows)
    return dataclasses.replace(plan, **changes), str(preset)


def _is_done(job: Job, plan: SearchPlan) -> bool:
    if not job.run.best.exists():
        return False
    before = dict.fromkeys(OPTIONAL) | Best.read(job.run.best).plan
    if before != dataclasses.asdict(plan):
        return False
    try:
        read_table(job.run.trials, texts=["trial", "status"])
    except RunError:
        # Lost or damaged: the search writes it again from its state. A run that was begun with
        # the best.json of another has no state, and no trials.
        return not job.run.tuner.exists()
    return True


def _search(
    job: Job,
    plan: SearchPlan,
    images: Images,
    *,
    workers: Workers,
    reporter: Reporter,
    log: Sequence[str],
) -> Search:
    from kaggle_kit.networks.bfloat16_dense import arithmetic
    from kaggle_kit.search.cv_search import CrossValSearch
    from kaggle_kit.search.ensemble_plan import wanted_epochs
    from kaggle_kit.training.executors.process_pool import memory_used
    from kaggle_kit.training.folds import load_folds
    from kaggle_kit.training.task_data import TaskData

    check_arithmetic(job.run, arithmetic())
    folds = load_folds(job.run.folds, len(images.train.images), plan.folds)
    data = TaskData(images.train, folds, job.competition)
    with logging_to(log, job, reporter) as told:
        with reporter.showing() as show, make_executor(workers, plan.folds, reporter) as executor:
            search = CrossValSearch(plan, job.run, data, executor, show, log=told)
            chosen = search.run()
        best = search.best(chosen)
        best.write(job.run.best)
        told.score({"mean_test_score": chosen.mean})
        keep(told, job.run.config, job.run.plan, job.run.trials, job.run.best)
    if search.was_cut:
        reporter.note(
            f"the time budget of {plan.time_budget:g} s ended the search before it had "
            f"{counted(plan.trials, 'trial')}; the same command with a larger --time-budget goes on"
        )
    wanted = wanted_epochs(chosen, plan)
    if best.epochs < wanted:
        reporter.note(
            f"fit will train each network for {best.epochs} instead of {wanted} epochs: its time "
            f"budget is {plan.fit_budget:g} s; a larger --fit-budget allows more"
        )
    return Search(len(search.results), search.seconds, memory_used(executor))
