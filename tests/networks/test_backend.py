"""Layers and functions of images compute the same on every installed backend of Keras."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

COMPUTE = """
import sys
import numpy as np
from kaggle_kit.networks.resampling import sample
from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.bfloat16_dense import Dense
from kaggle_kit.networks.gradient_features import OrientedGradients, SecondGradients
from kaggle_kit.networks.normalisation import Enlarged, LARGE, Upright

given = np.load(sys.argv[1])
images = given["images"]
network = lambda layer: keras.Sequential([keras.Input(images.shape[1:]), layer])
kernel = Dense(7, use_bias=False)
kernel.build(given["features"].shape)
kernel.set_weights([given["kernel"]])
np.savez(
    sys.argv[2],
    backend=keras.backend.backend(),
    sample=keras.ops.convert_to_numpy(sample(images, given["rows"], given["columns"])),
    gradients=network(OrientedGradients()).predict(images / np.float32(255), verbose=0),
    second_gradients=network(SecondGradients()).predict(images / np.float32(255), verbose=0),
    enlarged=network(Enlarged()).predict(images, verbose=0),
    upright=network(Upright()).predict(images, verbose=0),
    upright_large=network(Upright(LARGE)).predict(images, verbose=0),
    product=keras.ops.convert_to_numpy(kernel(given["features"])),
)
"""


@pytest.fixture(scope="module")
def compute(tmp_path_factory):
    """Run `COMPUTE` in a separate process with the given backend."""
    folder = tmp_path_factory.mktemp("backends")
    random = np.random.default_rng(0)
    rows, columns = random.uniform(-3, 31, (2, 6, 28 * 28)).astype(np.float32)
    y, x = np.mgrid[:28, :28]
    ellipses = [
        np.hypot((y - 12 - i) / (4 + i), (x - 15 + i - 0.3 * (y - 14)) / 3) for i in range(5)
    ]
    images = np.array([255 * np.clip(1.5 - e, 0, 1) for e in ellipses] + [np.zeros((28, 28))])
    np.savez(
        folder / "given.npz",
        images=images.astype(np.uint8),
        rows=rows,
        columns=columns,
        features=random.random((6, 50), dtype=np.float32),
        kernel=random.random((50, 7), dtype=np.float32),
    )

    def run(backend):
        command = [sys.executable, "-c", COMPUTE, folder / "given.npz", folder / f"{backend}.npz"]
        environment = os.environ | {"KERAS_BACKEND": backend}
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=240)
        return dict(np.load(folder / f"{backend}.npz"))

    return run


@pytest.fixture(scope="module")
def on_jax(compute):
    return compute("jax")


@pytest.mark.parametrize("backend", ["tensorflow", "torch"])
def test_every_backend_computes_what_jax_does(backend, compute, on_jax):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    found = compute(backend)
    assert (found["backend"], on_jax["backend"]) == (backend, "jax")
    tolerances = {
        "sample": 1e-3,
        "gradients": 1e-6,
        "second_gradients": 1e-6,
        "enlarged": 1e-3,
        "upright": 1e-2,
        "upright_large": 1e-2,
        "product": 1e-4,
    }
    for name, tolerance in tolerances.items():
        np.testing.assert_allclose(found[name], on_jax[name], atol=tolerance, err_msg=name)
        assert np.ptp(found[name]) > 100 * tolerance
