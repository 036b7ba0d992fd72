"""Build a network from its hyperparameters, compute its logits, convert its weights to bytes."""

import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.problem import Problem
from kaggle_kit.networks.backend import keras, keras_tuner
from kaggle_kit.networks.families import HyperparameterValues, get_family
from kaggle_kit.networks.resampling import Shrunk

PREDICTION_BATCH = 1024
PREDICTION_BYTES = 64 * PREDICTION_BATCH * 28 * 28  # of a block of images


def build_model(family: str, values: HyperparameterValues, problem: Problem) -> Any:
    """Build the untrained network of a family with the given hyperparameters."""
    return get_family(family).build(hyperparameters_of(values), problem)


def predict_logits(
    model: Any, images: NDArray[np.uint8], *, mirror: bool = False
) -> NDArray[np.float32]:
    """Logits (n, classes) float32 of images (n, height, width) or (n, height, width, 3), 0..255.

    The images may be a memory map of any length, because they are read block by block. With
    `mirror`, the logits are the mean of those of the image and of its mirror image.
    """
    if not len(images):
        return np.empty((0, model.output_shape[-1]), np.float32)
    most = max(PREDICTION_BATCH, PREDICTION_BYTES // max(1, math.prod(images.shape[1:])))
    block = most // PREDICTION_BATCH * PREDICTION_BATCH
    starts = range(0, len(images), block)
    parts = [_logits(model, images[i : i + block], mirror=mirror) for i in starts]
    return np.concatenate(parts)


def mirrored(images: Any) -> Any:
    """Images (n, height, width) or (n, height, width, 3), turned left to right."""
    return images[:, :, ::-1]


def after_shrinking(model: Any) -> tuple[Any, Any]:
    """A network as two: one that shrinks the images, if it begins so, and the rest.

    Images that are shrunk before they are distorted are distorted much faster. The two networks
    share the variables of the model.
    """
    first = next((layer for layer in model.layers if isinstance(layer, Shrunk)), None)
    if first is None:
        return None, model
    return keras.Model(model.input, first.output), keras.Model(first.output, model.output)


def _logits(model: Any, images: NDArray[np.uint8], *, mirror: bool) -> NDArray[np.float32]:
    count = len(images)
    # Use full batches only: a last batch of another size would be compiled separately.
    whole = -(-count // PREDICTION_BATCH) * PREDICTION_BATCH
    padded = np.zeros((whole, *images.shape[1:]), dtype=np.uint8)
    padded[:count] = images
    views = [padded, mirrored(padded)] if mirror else [padded]
    logits = [model.predict(view, batch_size=PREDICTION_BATCH, verbose=0) for view in views]
    mean: NDArray[np.float32] = np.mean(logits, axis=0, dtype=np.float32)
    return mean[:count]


def hyperparameters_of(values: HyperparameterValues) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.values = dict(values)
    return hp


def weights_of(model: Any) -> bytes:
    """The bytes of a `.weights.h5` file, as in a FoldResult."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        model.save_weights(path)
        return path.read_bytes()


def load_weights(model: Any, weights: bytes) -> None:
    """Load the bytes of a `.weights.h5` file, as in a FoldResult."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        path.write_bytes(weights)
        model.load_weights(path)
