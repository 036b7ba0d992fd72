"""Every family of the kit passes the checks, and families that break a promise fail them."""

import sys
import types

import pytest

from kaggle_kit.competition.problem import Problem
from kaggle_kit.networks.backend import keras, ops
from kaggle_kit.networks.families import FAMILIES
from kaggle_kit.testing import checks_of_family

LONG = "networks_train_together_as_alone"  # test_device_batch.py has one that is quicker
EVERY = [
    pytest.param(check, id=f"{family}-{check}", marks=[pytest.mark.long] * (check.name == LONG))
    for family in FAMILIES
    for check in checks_of_family(family)
]
SMALL = Problem((6, 6), ("a", "b"))


@pytest.mark.parametrize("check", EVERY)
def test_a_family_of_the_kit_keeps_what_is_promised(check):
    check()


class Scaled(keras.layers.Layer):
    def build(self, _):
        self.scale = self.add_weight(name="scale", initializer="ones")

    def call(self, images):
        return images * self.scale


class OverTheBatch(keras.layers.Layer):
    def call(self, images):
        return images - ops.mean(images)


class Counting(keras.layers.Layer):
    """It has a value that a file of weights does not hold."""

    made = 0

    def __init__(self, **options):
        super().__init__(**options)
        Counting.made += 1
        self.number = float(Counting.made)

    def call(self, images):
        return images * self.number


def linear(hp, problem, *layers, units=None, activation=None):
    hp.Choice("l2", [1e-6, 1e-4])
    head = keras.layers.Dense(units or problem.classes, activation)
    stem = keras.layers.Rescaling(1 / 255)
    return keras.Sequential(
        [keras.Input(problem.image_shape), stem, *layers, keras.layers.Flatten(), head]
    )


def late(hp, problem):
    if hp.Choice("l2", [1e-6, 1e-4]) == 1e-4:
        hp.Boolean("bias")
    return linear(hp, problem)


def unseeded(hp, problem):
    model = linear(hp, problem)
    model.set_weights([weights + 1 for weights in model.get_weights()])
    for weights in model.weights:
        weights.assign(ops.ones(weights.shape))
    return model


def untrained(hp, problem):
    model = linear(hp, problem)
    model.trainable = False
    return model


BROKEN = {
    "takes_images_of_6x6_glyph": {"build": lambda hp, problem: linear(hp, problem, units=7)},
    "known_good_points_of_6x6_glyph": {"known_good": lambda _: [{}, {"l2": 1e-6}]},
    "random_point_0_is_a_network": {"build": late},
    "a_committee_begins_with_the_chosen_network": {"committee": lambda _, n: [{"l2": 1e-4}] * n},
    "the_seed_decides_the_first_weights": {"build": unseeded},
    "weights_can_be_saved": {"build": lambda hp, problem: linear(hp, problem, Counting())},
    "an_image_is_read_alike_in_any_batch": {
        "build": lambda hp, problem: linear(hp, problem, OverTheBatch())
    },
    "a_fold_is_trained": {"build": untrained},
    "exports_need_keras_alone": {"build": lambda hp, problem: linear(hp, problem, Scaled())},
}


@pytest.fixture
def family(monkeypatch):
    """A family that passes, as that of CONTRIBUTING.md does, and can be changed."""
    module = types.ModuleType("linear_family")
    module.known_good = lambda _: [{}]
    module.committee = lambda _, members: [{} for _ in range(members)]
    module.build = linear
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(FAMILIES, "linear", module.__name__)
    return module


@pytest.mark.parametrize("promise", BROKEN)
def test_a_broken_promise_fails_its_check(promise, family, monkeypatch):
    for name, value in BROKEN[promise].items():
        monkeypatch.setattr(family, name, value)
    (check,) = [one for one in checks_of_family("linear", [SMALL]) if one.name == promise]
    with pytest.raises(Exception, match=r"\w"):
        check()
