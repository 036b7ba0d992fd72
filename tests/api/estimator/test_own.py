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
    text = family_of(build)
    problem = Problem((2, 2), ("a", "b"))
    found = get_family(text)
    hp = keras_tuner.HyperParameters()
    assert found.build(hp, problem).output_shape == (None, 2)
    assert hp.space[0].values == UNITS
    source = parts_of(text)[2]
    assert "import math as math" in source
    assert "UNITS = [4, 8]" in source
    assert "TABLE" not in source


model = object()  # as a notebook may have it


def with_names_of_its_own(hp):
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])
    for TABLE in range(hp.Int("more", 0, 1)):
        model.add(keras.layers.Dense(2 + TABLE))
    return model


def test_names_that_a_function_sets_by_itself_are_not_looked_up():
    source = parts_of(family_of(with_names_of_its_own))[2]
    assert source.startswith("import keras as keras\n\ndef with_names")
    assert "object" not in source


def test_a_value_of_an_outer_function_travels_too():
    def outer(units):
        def build(hp):  # noqa: ARG001  as KerasTuner calls it
            return keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(units)])

        return build

    hp = keras_tuner.HyperParameters()
    model = get_family(family_of(outer(2))).build(hp, Problem((2, 2), ("a", "b")))
    assert model.output_shape == (None, 2)


def uses_an_array(hp):
    return keras.Sequential([keras.layers.Dense(len(TABLE) + hp.Int("n", 1, 2))])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda hp: hp, "build is a lambda"),
        (keras.Model, "build is type, expected a function"),
        (uses_an_array, "uses_an_array uses TABLE, a ndarray"),
        ("missing.py:build", "missing.py cannot be read"),
    ],
)
def test_what_cannot_travel_is_told(given, message):
    with pytest.raises(ArrayError) as caught:
        family_of(given)
    assert message in str(caught.value)


def test_a_path_names_a_file_and_a_function():
    assert family_of(f"{Path(__file__)}:build").startswith("test_own.py:build@")


def test_without_build_there_is_no_own_family():
    assert family_of(None) is None


def test_the_name_of_a_family_is_taken_and_one_that_is_unknown_told():
    assert family_of("cnn") == "cnn"
    with pytest.raises(ArrayError, match="unknown family 'cnm'"):
        family_of("cnm")
