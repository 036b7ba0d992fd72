"""The arguments of an ImageClassifier as the plan of a search."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from kaggle_kit.api.estimator.own import is_plain
from kaggle_kit.errors import ArrayError
from kaggle_kit.search.presets import DEFAULT_PRESET, ORACLES, PRESETS, SearchPlan, plan_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

COUNTS = ("trials", "folds", "epochs", "fit_epochs", "members")
MOST_SEED = 2**31
MOST_FOLDS = 100


def seconds_of(duration: Any, name: str) -> float:
    """A duration in seconds.

    Parameters
    ----------
    duration : float, timedelta or str
        Seconds, or a text such as "90s", "3m" or "1h30m".
    name : str
        The name of the argument, for the message.

    Raises
    ------
    ArrayError
        It is none of these, or not more than 0.
    """
    if isinstance(duration, timedelta):
        found = duration.total_seconds()
    elif isinstance(duration, str):
        match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?", duration.strip())
        parts = match.groups() if match else ()
        hours, minutes, seconds = (int(part or 0) for part in parts or (0, 0, 0))
        found = hours * 3600.0 + minutes * 60 + seconds
    else:
        is_number = isinstance(duration, int | float | np.number) and not isinstance(duration, bool)
        found = float(duration) if is_number else 0.0
    if not 0 < found < float("inf"):
        raise ArrayError(
            f'{name} is {duration!r}, expected seconds or a text such as "90s", "3m", "1h30m"',
            f'for example {name}="3m"',
        )
    return found


def seed_of(random_state: Any) -> int:
    """The seed of a run, 0 to 2**31 - 1; None and a RandomState draw one.

    Raises
    ------
    ArrayError
        It is no whole number in this range, None or RandomState.
    """
    if random_state is None or isinstance(random_state, np.random.RandomState):
        generator = np.random.mtrand._rand if random_state is None else random_state  # noqa: SLF001
        return int(generator.randint(MOST_SEED))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(MOST_SEED))
    if isinstance(random_state, int | np.integer) and 0 <= random_state < MOST_SEED:
        return int(random_state)
    raise ArrayError(
        f"random_state is {random_state!r}, expected 0 to 2147483647, a RandomState or None",
        "for example random_state=0",
    )


def preset_of(preset: str | None, time_budget: float | None, family: str | None = None) -> str:
    """The preset to begin with: the one named, or the largest that the total time allows.

    Raises
    ------
    ArrayError
        There is no such preset.
    """
    if preset is not None and preset not in PRESETS:
        raise ArrayError(f"preset is {preset!r}, expected one of {', '.join(PRESETS)}")
    if preset is not None or time_budget is None:
        return preset or DEFAULT_PRESET
    fitting = [name for name in PRESETS if _total(plan_of(name, family)) <= time_budget]
    return fitting[-1] if fitting else DEFAULT_PRESET


def changes_of(preset: str, given: dict[str, Any]) -> dict[str, Any]:
    """The fields of a SearchPlan that differ from the preset's.

    Parameters
    ----------
    given : dict
        Arguments by name; None is not given. `time_budget` is the total in seconds, for search and
        ensemble; they share it as they do in the preset.

    Raises
    ------
    ArrayError
        A count is no whole number of at least 1, or there is no such oracle.
    """
    changes = {name: value for name, value in given.items() if value is not None}
    for name in COUNTS:
        value = changes.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ArrayError(f"{name} is {value!r}, expected a whole number of at least 1")
    if not 2 <= changes.get("folds", 2) <= MOST_FOLDS:
        raise ArrayError(f"folds is {changes['folds']}, expected 2 to {MOST_FOLDS}")
    if changes.get("oracle", ORACLES[0]) not in ORACLES:
        raise ArrayError(f"oracle is {changes['oracle']!r}, expected one of {', '.join(ORACLES)}")
    total = changes.pop("time_budget", None)
    if total is not None:
        plan = plan_of(preset, changes.get("family"))
        changes["time_budget"] = total * plan.time_budget / _total(plan)
        changes["fit_budget"] = total - changes["time_budget"]
    return {name: int(value) if name in COUNTS else value for name, value in changes.items()}


def _total(plan: SearchPlan) -> float:
    return plan.time_budget + plan.fit_budget


def check_points(points: Any) -> None:
    """Raise ArrayError unless `starting_points` is None, or a list of dicts of plain values."""
    if points is None:
        return
    is_list = isinstance(points, list) and points and all(type(one) is dict for one in points)
    if not is_list or not is_plain(points):
        raise ArrayError(
            f"starting_points is {points!r}, expected a list of dicts of plain values",
            'for example starting_points=[{"units": 512}]',
        )


def check_folds(counts: NDArray[np.integer], names: Sequence[str], folds: int) -> None:
    """Raise ArrayError if no class has an image for each fold.

    Parameters
    ----------
    counts : integer array of shape (classes,)
        The images of each class.
    names : sequence of str
    folds : int
    """
    most = int(counts.max())
    if most < folds:
        hint = f"give folds={most} or fewer" if most > 1 else "add images of each class"
        raise ArrayError(
            f"the largest class, {names[int(counts.argmax())]!r}, has {most} "
            f"image{'s'[: most != 1]}: too few for {folds} folds",
            hint,
        )


def check_alone(given: dict[str, Any]) -> None:
    """Raise ArrayError if an argument is given that a plan has already decided."""
    also = [name for name, value in given.items() if value is not None]
    if also:
        raise ArrayError(
            f"plan and {also[0]} are given: the plan decides that", f"leave {also[0]} out"
        )
