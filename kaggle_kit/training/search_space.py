"""The search space of a family: its own hyperparameters, and those of training."""

from typing import Any

from kaggle_kit.competition.problem import Problem
from kaggle_kit.errors import InputError
from kaggle_kit.networks.backend import keras_tuner
from kaggle_kit.networks.families import get_family
from kaggle_kit.networks.families.own_text import family_name, is_own
from kaggle_kit.training.recipe import Recipe


def search_space(family: str, problem: Problem) -> keras_tuner.HyperParameters:
    """All hyperparameters that a search over the family chooses, with their defaults."""
    found = get_family(family)
    space = found.space(problem) if is_own(family) else keras_tuner.HyperParameters()
    Recipe.of_model(space, problem, found.build(space, problem))
    return space


def check_points(
    points: list[dict[str, Any]], space: keras_tuner.HyperParameters, family: str
) -> None:
    """Raise InputError unless all starting points lie in a search space; they may be parts."""
    known = {one.name: one for one in space.space}
    for name, value in (item for point in points for item in point.items()):
        if name not in known:
            raise InputError(
                f"a starting point has {name}, which {family_name(family)} does not have",
                hint=f"it has {', '.join(known) or 'no hyperparameters'}",
            )
        if not allows(known[name], value):
            raise InputError(
                f"a starting point has {name} {value!r}, expected {_range(known[name])}"
            )


def check_values(family: str, values: dict[str, Any], problem: Problem) -> None:
    """Raise InputError unless a search over the family could have chosen these values.

    Every value must be in its range, and every hyperparameter that the others make active must
    have a value.
    """
    space = search_space(family, problem)
    for hyperparameter in space.space:
        name = hyperparameter.name
        if name in values and not allows(hyperparameter, values[name]):
            raise InputError(f"{name} is {values[name]!r}, expected {_range(hyperparameter)}")
    space.values = space.values | values
    active = [one.name for one in space.space if space.is_active(one)]
    lacking = [name for name in active if name not in values]
    if lacking:
        raise InputError(f"it has no value of {', '.join(lacking)}")
    unknown = [name for name in values if name not in {one.name for one in space.space}]
    if unknown:
        raise InputError(
            f"the family {family_name(family)} has no hyperparameter {', '.join(unknown)}"
        )


def allows(hyperparameter: Any, value: Any) -> bool:
    """Whether a value is among the choices, or within the limits, of a hyperparameter."""
    if isinstance(hyperparameter, keras_tuner.engine.hyperparameters.Boolean):
        return isinstance(value, bool)
    if isinstance(hyperparameter, keras_tuner.engine.hyperparameters.Choice):
        return value in hyperparameter.values and not isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    whole = isinstance(hyperparameter, keras_tuner.engine.hyperparameters.Int)
    low, high = hyperparameter.min_value, hyperparameter.max_value
    return bool(low <= value <= high) and not (whole and value != int(value))


def _range(hyperparameter: Any) -> str:
    if isinstance(hyperparameter, keras_tuner.engine.hyperparameters.Boolean):
        return "true or false"
    if isinstance(hyperparameter, keras_tuner.engine.hyperparameters.Choice):
        return f"one of {', '.join(map(repr, hyperparameter.values))}"
    return f"{hyperparameter.min_value:g} to {hyperparameter.max_value:g}"
