"""Search the best network under stratified cross-validation."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from kaggle_kit.api.executors import executor_for
from kaggle_kit.api.job import Job, load, sha256s
from kaggle_kit.cli import console
from kaggle_kit.errors import RunError
from kaggle_kit.search.presets import DEFAULT_PRESET, PRESETS, SearchPlan
from kaggle_kit.workspace.config import begin, read_config
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.lock import writing
from kaggle_kit.workspace.storage import read_json

if TYPE_CHECKING:
    from argparse import Namespace

    from kaggle_kit.competition.description import Competition
    from kaggle_kit.data.dataset import Digits


def run(options: Namespace) -> None:
    from kaggle_kit.networks.families import check_family
    from kaggle_kit.training.folds import make_folds, save_folds

    job = Job.of(options)
    train, test = load(job)
    config = None if options.restart else read_config(job.run)
    plan, preset = _plan(options, config, (len(train.images), job.competition))
    asked = dataclasses.asdict(plan) | {
        "competition": job.competition.slug,
        "preset": preset,
        "data": sha256s(train, test),
    }
    check_family(plan.family)
    # Only what can be searched may take the place of a run, or begin one.
    folds = make_folds(train.known_labels, plan.folds, plan.seed)
    with writing(job.run.folder, console.note):
        if options.restart:
            job.run.discard()
        begin(job.run, asked)
        best = read_json(job.run.best, "plan") if job.run.best.exists() else {}
        if best.get("plan") == dataclasses.asdict(plan):
            console.note(f"the search is already done: {job.run.best}")
        else:
            if not job.run.folds.exists():
                save_folds(job.run.folds, folds)
            _search(job, plan, train, options)
    _show_best(job)


def _plan(
    options: Namespace, config: dict[str, Any] | None, data: tuple[int, Competition]
) -> tuple[SearchPlan, str]:
    """The plan that is asked for; a run that has begun goes on as it was unless told otherwise."""
    fields = [field.name for field in dataclasses.fields(SearchPlan)]
    lacking = [name for name in fields if config is not None and name not in config]
    if lacking:
        raise RunError(
            f"run {options.run!r} was begun by an older kaggle-kit, without {', '.join(lacking)}",
            hint="name another run with --run, or start this one again with --restart",
        )
    if options.preset is None and config is not None:
        plan = SearchPlan(**{name: config[name] for name in fields})
        preset = config["preset"]
    else:
        preset = options.preset or DEFAULT_PRESET
        rows, competition = data
        plan = PRESETS[preset].for_rows(rows, competition.train_rows)
    given = {name: getattr(options, name, None) for name in fields}
    return dataclasses.replace(
        plan, **{name: value for name, value in given.items() if value is not None}
    ), preset


def _search(job: Job, plan: SearchPlan, train: Digits, options: Namespace) -> None:
    from kaggle_kit.search.cv_search import CrossValSearch
    from kaggle_kit.training.executors.process_pool import memory_used
    from kaggle_kit.training.folds import load_folds

    folds = load_folds(job.run.folds, len(train.images), plan.folds)
    with console.showing() as show, executor_for(options, plan.folds) as executor:
        search = CrossValSearch(plan, job.run, (train, folds, job.competition), executor, show)
        chosen = search.run()
    write_json(job.run.best, search.best_json(chosen))
    console.note(
        f"{len(search.results)} trials in {console.duration(search.seconds)}: {job.run.trials}"
    )
    console.note(memory_used(executor))
    if chosen.status == "cut":
        console.note("the time budget let no trial finish; the choice rests on a part of one")


def _show_best(job: Job) -> None:
    best = read_json(job.run.best, "trial", "cv", "hyperparameters")
    cv, folds = best["cv"], len(best["cv"]["scores"])
    error = f" ± {cv['standard_error']:.4f}" if folds > 1 else ""
    of = f"mean ± standard error over {folds} folds" if folds > 1 else "one fold"
    console.result(
        f"best of the search: trial {best['trial']}, accuracy {cv['mean']:.4f}{error} "
        f"({of}, {cv['epochs']} epochs)"
    )
    for name, value in best["hyperparameters"].items():
        console.result(f"  {name:<16} {f'{value:.4g}' if isinstance(value, float) else value}")
    console.result(f"written: {job.run.best}")
