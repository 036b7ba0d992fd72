"""Checks that every family of networks must pass, in the kit or elsewhere."""

from kaggle_kit.networks.backend import keras_tuner
from kaggle_kit.networks.families import get_family
from kaggle_kit.training.search_space import search_space


def check_known_good(family, problem):
    """Check that the first trials are different points of the search space.

    If a point were there twice, an oracle would propose it again without end.
    """
    space = search_space(family, problem)
    points = [space.values | changes for changes in get_family(family).known_good(problem)]
    for point in points:
        assert point.keys() == space.values.keys()
        outside = [p.name for p in space.space if p.name in point and not allows(p, point[p.name])]
        assert outside == []
    assert len({tuple(sorted(point.items())) for point in points}) == len(points)


def allows(parameter, value):
    """Return whether a value is among the choices, or within the limits, of a hyperparameter."""
    if isinstance(parameter, keras_tuner.engine.hyperparameters.Choice):
        return value in parameter.values
    if isinstance(parameter, keras_tuner.engine.hyperparameters.Boolean):
        return isinstance(value, bool)
    return parameter.min_value <= value <= parameter.max_value
