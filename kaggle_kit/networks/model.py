"""Build a network from its hyperparameters, compute its logits, convert its weights to bytes."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.networks.backend import keras_tuner
from kaggle_kit.networks.families import HyperparameterValues, get_family

PREDICTION_BATCH = 1024
PREDICTION_BLOCK = 64 * PREDICTION_BATCH


def build_model(family: str, values: HyperparameterValues, competition: Competition) -> Any:
    """Build the untrained network of a family with the given hyperparameters."""
    return get_family(family).build(hyperparameters_of(values), competition)


def predict_logits(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits (n, classes) float32 of images (n, height, width), 0..255.

    The images may be a memory map of any length, because they are read block by block.
    """
    starts = range(0, max(len(images), 1), PREDICTION_BLOCK)
    return np.concatenate([_logits(model, images[i : i + PREDICTION_BLOCK]) for i in starts])


def _logits(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    count = len(images)
    # Use full batches only: a last batch of another size would be compiled separately.
    whole = -(-count // PREDICTION_BATCH) * PREDICTION_BATCH
    padded = np.zeros((whole, *images.shape[1:]), dtype=np.uint8)
    padded[:count] = images
    logits = model.predict(padded, batch_size=PREDICTION_BATCH, verbose=0)[:count]
    return np.asarray(logits, dtype=np.float32)


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
