import jax
import numpy as np
import pytest

from kaggle_kit import system
from kaggle_kit.networks import bfloat16_dense as matmul
from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.bfloat16_dense import Dense

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(size=(64, 300)).astype(np.float32)
WANTED = RANDOM.normal(size=(64, 50)).astype(np.float32)  # the gradient with respect to the outputs
WORST = 2.0**-8  # largest error of a product of two factors, each rounded to 8 significant bits


@pytest.fixture
def layer():
    layer = Dense(50, bias_initializer="random_normal")
    layer.build(INPUTS.shape)
    return layer


@pytest.fixture(params=[False, True], ids=["without", "with"])
def bfloat16(request, monkeypatch):
    monkeypatch.setattr(matmul, "has_bfloat16", lambda: request.param)
    return request.param


def outputs(layer, *, training):
    return np.asarray(layer(INPUTS, training=training))


def check(found, left, right, *, rounded):
    """Check that `found` is left @ right, with exactly bfloat16's or with float32's precision."""
    exact, size = left.astype(float) @ right, np.abs(left) @ np.abs(right)
    error = np.abs(found - exact) / size
    assert error.max() < (1.05 * WORST if rounded else 1e-6)
    if rounded:
        assert error.max() > WORST / 100


def test_while_training_factors_are_rounded_only_where_that_is_faster(layer, bfloat16):
    kernel, bias = (np.asarray(weight) for weight in layer.weights)
    check(outputs(layer, training=True) - bias, INPUTS, kernel, rounded=bfloat16)


def test_so_are_those_of_the_gradients_and_they_are_float32(layer, bfloat16):
    def loss(weights, inputs):
        found, _ = layer.stateless_call(weights, [], inputs, training=True)
        return (found * WANTED).sum()

    weights = [weight.value for weight in layer.weights]
    (kernel, bias), inputs = jax.grad(loss, argnums=(0, 1))(weights, INPUTS)
    check(np.asarray(kernel), INPUTS.T, WANTED, rounded=bfloat16)
    check(np.asarray(inputs), WANTED, np.asarray(weights[0]).T, rounded=bfloat16)
    np.testing.assert_allclose(bias, WANTED.sum(axis=0), rtol=1e-4, atol=1e-4)
    assert kernel.dtype == inputs.dtype == bias.dtype == np.float32


@pytest.mark.usefixtures("bfloat16")
def test_outside_training_the_layer_is_keras_own(layer):
    own = keras.layers.Dense(50)
    own.build(INPUTS.shape)
    own.set_weights(layer.get_weights())
    assert np.array_equal(outputs(layer, training=False), np.asarray(own(INPUTS)))


@pytest.mark.usefixtures("bfloat16")
def test_the_activation_is_applied_and_no_bias_is_needed():
    layer = Dense(50, use_bias=False, activation="relu")
    layer.build(INPUTS.shape)
    products = INPUTS @ np.asarray(layer.kernel)
    np.testing.assert_allclose(outputs(layer, training=True), np.maximum(products, 0), atol=0.1)


@pytest.mark.parametrize(
    ("cpuinfo", "has"),
    [
        ("flags : fpu avx2 avx512f avx512_bf16 fma\n", True),
        ("flags : fpu avx2 amx_bf16 amx_tile\n", True),
        ("flags : fpu avx2 avx512f fma\n", False),
        (None, False),
    ],
)
def test_the_processor_says_whether_it_has_bfloat16_products(cpuinfo, has, monkeypatch, tmp_path):
    file = tmp_path / "cpuinfo"
    if cpuinfo:
        file.write_text(cpuinfo)
    monkeypatch.setattr(system, "CPU_INFO", file)
    assert matmul.has_bfloat16.__wrapped__() is has
