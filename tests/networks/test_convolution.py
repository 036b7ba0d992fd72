import jax
import numpy as np
import pytest

from kaggle_kit.networks import convolution
from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.convolution import Conv2D

RANDOM = np.random.default_rng(0)


def gradients(layer, images, wanted):
    """The gradients of a layer's kernel, its bias and its inputs while training."""

    def loss(weights, images):
        mode = {"training": True} if isinstance(layer, Conv2D) else {}
        found, _ = layer.stateless_call(weights, [], images, **mode)
        return (found * wanted).sum()

    return jax.grad(loss, argnums=(0, 1))([weight.value for weight in layer.weights], images)


def layers(shape, **options):
    """The kit's layer and Keras' own, with the same weights."""
    ours = Conv2D(5, 3, bias_initializer="random_normal", **options)
    own = keras.layers.Conv2D(5, 3, padding="same", **options)
    for layer in (ours, own):
        layer.build(shape)
    own.set_weights(ours.get_weights())
    return ours, own


@pytest.mark.parametrize("count", [1, 16, 40], ids=["one image", "whole parts", "a last part"])
@pytest.mark.parametrize("options", [{}, {"strides": 2}, {"activation": "relu"}])
def test_the_gradients_are_those_of_keras_own_layer(count, options):
    images = RANDOM.normal(size=(count, 9, 7, 3)).astype(np.float32)
    ours, own = layers(images.shape, **options)
    wanted = RANDOM.normal(size=own(images).shape).astype(np.float32)
    found, expected = (gradients(layer, images, wanted) for layer in (ours, own))
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("training", [False, True])
def test_the_outputs_are_those_of_keras_own_layer(training):
    images = RANDOM.normal(size=(3, 9, 7, 3)).astype(np.float32)
    ours, own = layers(images.shape)
    np.testing.assert_allclose(ours(images, training=training), own(images), rtol=1e-5, atol=1e-5)


def test_the_gradient_of_the_weights_is_summed_over_parts_of_the_batch():
    images = RANDOM.normal(size=(40, 9, 7, 3)).astype(np.float32)
    ours, own = layers(images.shape)
    wanted = np.ones((40, 9, 7, 5), np.float32)
    counts = []
    for layer in (ours, own):
        program = jax.jit(lambda images, layer=layer: gradients(layer, images, wanted))
        counts.append(program.lower(images).compile().as_text().count(" convolution("))
    assert counts[0] - counts[1] == 2  # three parts in place of one


def test_an_accelerator_computes_as_keras_does(monkeypatch):
    monkeypatch.setattr(convolution, "has_accelerator", lambda: True)
    monkeypatch.setattr(convolution, "_convolution", None)  # would be an error
    images = RANDOM.normal(size=(3, 9, 7, 3)).astype(np.float32)
    ours, own = layers(images.shape)
    assert np.array_equal(ours(images, training=True), own(images))
