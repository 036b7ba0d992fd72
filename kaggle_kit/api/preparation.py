"""What the arguments of an ImageClassifier ask for: a job, a plan and workers."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kaggle_kit.api.data import ImageData
from kaggle_kit.api.estimator import arrays, plans
from kaggle_kit.api.estimator.fitted import Scratch
from kaggle_kit.api.estimator.own import family_of
from kaggle_kit.api.estimator.pixels import Range
from kaggle_kit.api.executors import Workers
from kaggle_kit.api.job import Images, Job
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.errors import ArrayError, InputError
from kaggle_kit.search.plan_file import changes_of_plan
from kaggle_kit.search.presets import plan_of
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.paths import Home, Run

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALL = 300_000  # pixels of all training images; with fewer, more processes would not pay
OF_THE_PLAN = (
    *("trials", "folds", "epochs", "fit_epochs", "members", "oracle"),
    "starting_points",
)


@dataclasses.dataclass(frozen=True, eq=False)
class Ready:
    """All that a `fit` needs.

    Attributes
    ----------
    asked : tuple
        What the run depends on: if it is equal, a run can go on.
    keep : tuple
        What must live as long as the run: its Scratch, and the data.
    """

    job: Job
    preset: str | None
    changes: dict[str, Any]
    workers: Workers
    classes: NDArray[Any]
    limits: Range
    asked: tuple[Any, ...]
    keep: tuple[Any, ...]


def prepare(estimator: Any, X: Any, y: Any) -> Ready:
    """What the arguments of `fit` and of the estimator ask for.

    Raises
    ------
    ArrayError
        An argument is wrong.
    """
    preset, changes = _plan(estimator)
    if isinstance(X, ImageData):
        if y is not None:
            raise ArrayError("y is given with ImageData, which has its labels", "call fit(data)")
        competition = arrays.changed(X.competition, estimator.kind, estimator.metric)
        images = dataclasses.replace(X.images, competition=competition)
        classes, limits = X.classes, Range(0.0, 255.0)
    else:
        images, classes, limits = arrays.read(estimator, X, y)
    folds = changes.get("folds", plan_of(preset, changes.get("family")).folds if preset else 0)
    counts = np.bincount(images.train.known_labels, minlength=len(classes))
    plans.check_folds(counts, images.train.class_names, folds)
    asked = (images.sha256s, str(images.problem), preset, repr(sorted(changes.items())))
    job, keep = _job(estimator, X, images, asked)
    small = images.train.images.size < SMALL
    workers = Workers(_count(estimator.workers) or (1 if small else None))
    return Ready(job, preset, changes, workers, classes, limits, asked, keep)


def job_of(run: Run) -> Job:
    """The job of a run that was fitted; its images are not known.

    Raises
    ------
    RunError
        It has no best.json.
    """
    best = Best.read(run.best)
    above = run.folder.parent
    home = Home(above.parent if above.name == "runs" else above)
    try:
        competition = get_competition(best.competition, home.folder)
    except InputError:
        problem = best.problem
        competition = arrays.competition_of(
            problem.image_shape, Range(*problem.range), problem.kind, problem.metric
        )
    return Job(competition, home, run)


def _plan(estimator: Any) -> tuple[str | None, dict[str, Any]]:
    """The preset, and what the arguments change in it."""
    given = {name: getattr(estimator, name) for name in OF_THE_PLAN}
    family = family_of(estimator.build)
    plans.check_points(estimator.starting_points)
    if estimator.plan is not None:
        plans.check_alone(
            given | {"preset": estimator.preset, "time_budget": estimator.time_budget}
        )
        return None, changes_of_plan(estimator.plan) | ({"family": family} if family else {})
    total = None
    if estimator.time_budget is not None:
        total = plans.seconds_of(estimator.time_budget, "time_budget")
    preset = plans.preset_of(estimator.preset, total, family)
    changes = plans.changes_of(preset, given | {"time_budget": total, "family": family})
    return preset, changes | {"seed": plans.seed_of(estimator.random_state)}


def _job(
    estimator: Any, X: Any, images: Images, asked: tuple[Any, ...]
) -> tuple[Job, tuple[Any, ...]]:
    data = X if isinstance(X, ImageData) else None
    if estimator.run is not None:
        run = Run(Path(estimator.run).expanduser().absolute())
        if run.folder.exists() and not run.folder.is_dir():
            raise ArrayError(f"run is {estimator.run!r}, a file", "name a folder, new or of a run")
        above = run.folder.parent
        home = data.home if data else Home(above.parent if above.name == "runs" else above)
        return Job(images.competition, home, run, images=images), (None, data)
    before = getattr(estimator, "_unfinished", None)
    scratch = before.keep[0] if before is not None and before.asked == asked else Scratch()
    home = data.home if data else scratch.home
    run = scratch.home.run("default")
    job = Job(images.competition, home, run, images=images, logs=Path.cwd())
    return job, (scratch, data)


def _count(workers: Any) -> int | None:
    if workers is None:
        return None
    if isinstance(workers, bool) or not isinstance(workers, int | np.integer) or workers < 1:
        raise ArrayError(f"workers is {workers!r}, expected a whole number of at least 1")
    return int(workers)
