import math
from pathlib import Path

import numpy as np
import pytest

from kaggle_kit.api.estimator.own import family_of
from kaggle_kit.competition.problem import Problem
from kaggle_kit.errors import ArrayError
from kaggle_kit.networks.backend import keras, keras_tuner
from kaggle_kit.networks.families import get_family
from kaggle_kit.networks.families.own_text import parts_of

UNITS = [4, 8]
TABLE = np.zeros(3)


class Doubled(keras.layers.Layer):
    def call(self, x):
        return 2 * x


def dense(units):
    return keras.layers.Dense(int(math.sqrt(units**2)))


def build(hp):
    return keras.Sequential(
        [keras.layers.Flatten(), Doubled(), dense(hp.Choice("units", UNITS)), dense(2)]
    )


def test_a_function_travels_with_all_that_it_uses():
    text = family_of(build, [{"units": 8}])
    problem = Problem((2, 2), ("a", "b"))
    found = get_family(text)
    assert found.known_good(problem) == [{"units": 8}]
    hp = keras_tuner.HyperParameters()
    assert found.build(hp, problem).output_shape == (None, 2)
    assert hp.space[0].values == UNITS
    source = parts_of(text)[2]
    assert "import math as math" in source
    assert "UNITS = [4, 8]" in source
    assert "TABLE" not in source


def test_a_value_of_an_outer_function_travels_too():
    def outer(units):
        def build(hp):  # noqa: ARG001  as KerasTuner calls it
            return keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(units)])

        return build

    hp = keras_tuner.HyperParameters()
    model = get_family(family_of(outer(2), None)).build(hp, Problem((2, 2), ("a", "b")))
    assert model.output_shape == (None, 2)


def uses_an_array(hp):
    return keras.Sequential([keras.layers.Dense(len(TABLE) + hp.Int("n", 1, 2))])


@pytest.mark.parametrize(
    ("given", "points", "message"),
    [
        (lambda hp: hp, None, "build is a lambda"),
        (keras.Model, None, "build is type, expected a function"),
        (uses_an_array, None, "uses_an_array uses TABLE, a ndarray"),
        (build, [], "starting_points is []"),
        (build, [{"units": np.zeros(2)}], "starting_points is"),
        (None, [{}], "starting_points are given without build"),
        ("missing.py:build", None, "missing.py cannot be read"),
    ],
)
def test_what_cannot_travel_is_told(given, points, message):
    with pytest.raises(ArrayError) as caught:
        family_of(given, points)
    assert message in str(caught.value)


def test_a_path_names_a_file_and_a_function():
    assert family_of(f"{Path(__file__)}:build", None).startswith("test_own.py:build@")


def test_without_build_there_is_no_own_family():
    assert family_of(None, None) is None
