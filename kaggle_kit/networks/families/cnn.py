"""Residual convolutional networks, small enough for a CPU.

The full size is where convolutions cost most and find least. So the first one has stride 2; in its
place, writing may become maps of its gradients, which need no weights. Stages of residual blocks
follow (He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016), each at half
the size of the one before.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import Problem
from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.colour import Ink
from kaggle_kit.networks.convolution import Conv2D
from kaggle_kit.networks.gradient_features import EdgeMaps
from kaggle_kit.networks.normalisation import POSTURES, committee_of_postures
from kaggle_kit.networks.resampling import Shrunk

layers = keras.layers

LONGEST = 64  # pixels; larger images are shrunk first
SMALLEST = 8  # pixels; images with a shorter side are not halved
LAST = 8  # pixels; the last stage is the first whose shorter side is at most this
VIEWS = ("pixels", "edges")
KNOWN_GOOD: list[dict[str, Any]] = [{}, {"filters": 48}, {"blocks": 2}]
KNOWN_GOOD_FOR_WRITING: list[dict[str, Any]] = [{"view": "edges", "posture": "upright_enlarged"}]

Convolve = Callable[..., Any]  # `_convolution`, normalised or not

committee = committee_of_postures


def known_good(problem: Problem) -> list[dict[str, Any]]:
    """Hyperparameters to try first, given as changes to the defaults."""
    tiny, photo = min(problem.size) < SMALLEST, problem.kind is Kind.PHOTO
    points = KNOWN_GOOD if tiny or photo else [*KNOWN_GOOD, *KNOWN_GOOD_FOR_WRITING]
    return [{"batch_size": 128} | point for point in points]


def build(hp: Any, problem: Problem) -> Any:
    """Build one network; the calls on `hp` define the search space.

    Parameters
    ----------
    hp : keras_tuner.HyperParameters

    Returns
    -------
    keras.Model
        From pixels (n, height, width) or (n, height, width, 3), 0..255, to logits (n, classes),
        float32.
    """
    inputs = keras.Input(problem.image_shape, name="pixels")
    x = Shrunk(LONGEST)(inputs) if max(problem.size) > LONGEST else inputs
    photo = problem.kind is Kind.PHOTO
    filters = hp.Choice("filters", [16, 24, 32, 48, 64, 96], default=32)
    growth = hp.Choice("growth", [1.0, 1.5, 2.0], default=2.0)
    blocks = hp.Int("blocks", 1, 3, default=1)
    dropout = hp.Float("dropout", 0.0, 0.5, step=0.05, default=0.0)
    convolve = partial(_convolution, batch_norm=hp.Boolean("batch_norm", default=photo))
    if min(problem.size) < SMALLEST:
        x = _with_channels(layers.Rescaling(1 / 127.5, offset=-1.0)(x))
    elif photo:
        x = _halved_by_weights(layers.Rescaling(1 / 127.5, offset=-1.0)(x), filters, convolve)
    else:
        x = _halved_writing(hp, x, filters, convolve)
    x = _stage(x, filters, blocks, convolve)
    while min(x.shape[1:3]) > LAST:
        filters = int(growth * filters)
        x = _stage(layers.AveragePooling2D(2)(x), filters, blocks, convolve)
    x = layers.Flatten()(x)
    if dropout:
        x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(problem.classes, name="logits")(x), name="cnn")


def _halved_writing(hp: Any, images: Any, filters: int, convolve: Convolve) -> Any:
    """What a network sees of writing: a view of the ink in a posture, at half the size."""
    posture = hp.Choice("posture", list(POSTURES), default="as_is")
    view = hp.Choice("view", list(VIEWS), default="pixels")
    ink = Ink()(images) if len(images.shape) > 3 else images
    x = layers.Rescaling(1 / 255)(POSTURES[posture]()(ink))
    return EdgeMaps()(x) if view == "edges" else _halved_by_weights(x, filters, convolve)


def _halved_by_weights(images: Any, filters: int, convolve: Convolve) -> Any:
    return _activated(convolve(_with_channels(images), filters, size=5, strides=2))


def _with_channels(images: Any) -> Any:
    return images if len(images.shape) > 3 else layers.Reshape((*images.shape[1:], 1))(images)


def _stage(x: Any, filters: int, blocks: int, convolve: Convolve) -> Any:
    x = _activated(convolve(x, filters))
    for _ in range(blocks):
        y = convolve(_activated(convolve(x, filters)), filters, scale="zeros")
        x = layers.Activation("relu")(layers.Add()([x, y]))
    return x


def _convolution(
    x: Any,
    filters: int,
    *,
    batch_norm: bool,
    size: int = 3,
    strides: int = 1,
    scale: str = "ones",
) -> Any:
    """A convolution, normalised or not; with the scale "zeros", a block begins as its own input."""
    kernel = "zeros" if scale == "zeros" and not batch_norm else "he_normal"
    x = Conv2D(filters, size, strides=strides, use_bias=not batch_norm, kernel_initializer=kernel)(
        x
    )
    if not batch_norm:
        return x
    return layers.BatchNormalization(momentum=0.95, gamma_initializer=scale)(x)


def _activated(x: Any) -> Any:
    return layers.Activation("relu")(x)
