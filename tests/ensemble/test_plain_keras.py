"""Networks of the kit, rebuilt from Keras' own layers and operations."""

import numpy as np
import pytest

from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.ensemble.plain_keras import as_plain_keras
from kaggle_kit.errors import ExportError
from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.model import build_model, predict_logits
from kaggle_kit.networks.resampling import sample

SMALL = {"units": 256, "hidden_layers": 1}


@pytest.fixture
def build():
    """An untrained network with random weights, so that its batch normalisation has an effect."""

    def build(seed=0, family="dense", **values):
        keras.utils.set_random_seed(seed)
        model = build_model(family, values if family == "cnn" else SMALL | values, DIGITS)
        random = np.random.default_rng(seed)
        weights = [w + random.uniform(0, 0.5, w.shape) for w in model.get_weights()]
        model.set_weights(weights)
        return model

    return build


def operations(model):
    return [type(operation) for operation in model.operations]


@pytest.mark.parametrize(
    "values",
    [
        {"view": "gradients", "posture": "upright_sized"},
        {"view": "pixels", "posture": "upright", "dropout": 0.5, "l2": 1e-4},
        {"view": "gradients", "batch_norm": False, "activation": "tanh"},
        {"view": "second_gradients"},
        {"family": "cnn", "filters": 16},
        {"family": "cnn", "filters": 16, "view": "pixels", "dropout": 0.5},
    ],
)
def test_the_copy_answers_the_same_and_has_nothing_of_the_kit(values, build, digits):
    network = build(**values)
    copy = as_plain_keras({"": network}, DIGITS.image_shape)
    expected = predict_logits(network, digits.images)
    np.testing.assert_allclose(predict_logits(copy, digits.images), expected, atol=1e-4)
    assert np.ptp(expected) > 1
    assert {kind.__module__.split(".")[0] for kind in operations(copy)} == {"keras"}


def test_several_networks_are_their_mean_and_share_what_they_see(build, digits):
    postures = ["as_is", "upright", "as_is"]
    networks = [build(seed, posture=posture) for seed, posture in enumerate(postures)]
    prefixes = [f"{i}_" for i in range(3)]
    together = as_plain_keras(dict(zip(prefixes, networks, strict=True)), DIGITS.image_shape)
    each = [predict_logits(network, digits.images) for network in networks]
    found = predict_logits(together, digits.images)
    np.testing.assert_allclose(found, np.mean(each, axis=0), atol=1e-4)
    seen = [
        operations(as_plain_keras({"": network}, DIGITS.image_shape)).count(type_of_matmul())
        for network in networks[:2]
    ]
    assert operations(together).count(type_of_matmul()) == sum(seen)


def type_of_matmul():
    symbolic = keras.Input((2,))
    return type(keras.ops.matmul(symbolic, np.eye(2))._keras_history.operation)


def test_images_whose_number_is_not_known_yet_are_sampled_alike(digits):
    symbolic = keras.Input(digits.images.shape[1:])
    random = np.random.default_rng(0)
    rows, columns = random.uniform(-3, 31, (2, len(digits.images), 28 * 28)).astype(np.float32)
    where = [keras.Input((28 * 28,)) for _ in range(2)]
    model = keras.Model([symbolic, *where], sample(symbolic, *where))
    found = model.predict([digits.images, rows, columns], verbose=0)
    expected = keras.ops.convert_to_numpy(sample(digits.images, rows, columns))
    np.testing.assert_allclose(found, expected, atol=1e-3)


class _Scale(keras.layers.Layer):
    def build(self, _):
        self.scale = self.add_weight(name="scale")

    def call(self, images):
        return images * self.scale


class _Ours(keras.layers.Dense):
    counterpart = keras.layers.Dense

    def call(self, inputs):
        return super().call(inputs)


class _Contrast(keras.layers.Layer):
    """It has the state of a random generator, and no weights."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, images, training=None):
        noise = keras.random.normal(keras.ops.shape(images), seed=self.seeds) if training else 0
        return keras.ops.tanh(images / 255) + noise


class _NotOfKeras(keras.layers.Layer):
    def call(self, images):
        return np.tanh(images)

    def compute_output_shape(self, shape):
        return shape


def network_of(*layers):
    pixels = keras.Input(DIGITS.image_shape)
    return keras.Sequential([pixels, *layers])


def test_layers_of_other_packages_become_keras_layers_and_operations(digits):
    network = network_of(_Contrast(), keras.layers.Flatten(), _Ours(10))
    assert_is_plain(network, digits)


def test_layers_within_a_model_within_the_network_are_replaced_too(digits):
    inner = keras.Sequential([keras.Input((28, 28)), _Contrast(), keras.layers.Flatten(), _Ours(9)])
    inner = keras.Sequential([keras.Input((28, 28)), inner, keras.layers.Dense(9)])
    assert_is_plain(network_of(inner, keras.layers.Dense(10)), digits)


def assert_is_plain(network, digits):
    copy = as_plain_keras({"": network}, DIGITS.image_shape)
    expected = predict_logits(network, digits.images)
    np.testing.assert_allclose(predict_logits(copy, digits.images), expected, atol=1e-4)
    assert {kind.__module__.split(".")[0] for kind in operations(copy)} == {"keras"}


def test_a_layer_with_weights_that_keras_does_not_have_is_refused():
    with pytest.raises(ExportError, match="_Scale has weights of its own") as caught:
        as_plain_keras({"": network_of(_Scale())}, DIGITS.image_shape)
    assert "`counterpart`" in caught.value.hint


def test_a_layer_that_computes_without_keras_is_refused():
    with pytest.raises(ExportError, match="_NotOfKeras cannot be exported") as caught:
        as_plain_keras({"": network_of(_NotOfKeras())}, DIGITS.image_shape)
    assert "keras.ops alone" in caught.value.hint
