"""Multilayer perceptrons: every layer is connected to all of the layer before."""

from typing import Any

from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import Problem
from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.bfloat16_dense import Dense
from kaggle_kit.networks.colour import Ink, Thumbnail
from kaggle_kit.networks.gradient_features import (
    OrientedGradients,
    PhotoGradients,
    SecondGradients,
)
from kaggle_kit.networks.normalisation import POSTURES, committee_of_postures
from kaggle_kit.networks.resampling import Shrunk

layers = keras.layers

LONGEST = 48  # pixels; larger images are shrunk first
SMALLEST = 8  # pixels; of images with a shorter side, the pixels are all that is seen
VIEWS = {
    "gradients": OrientedGradients,
    "second_gradients": SecondGradients,
    "pixels": layers.Flatten,
}
PHOTO_VIEWS = ("gradients", "pixels")
KNOWN_GOOD: list[dict[str, Any]] = [
    {"view": "second_gradients", "posture": "upright_enlarged"},
    {"view": "second_gradients", "posture": "enlarged"},
    {},
    {"view": "second_gradients", "posture": "upright_enlarged", "units": 1024, "taper": 0.5},
    {"hidden_layers": 3},
    {"units": 1024, "taper": 0.5},
]
KNOWN_GOOD_FOR_PHOTOS: list[dict[str, Any]] = [
    {},
    {"units": 1024, "taper": 0.5},
    {"units": 1024, "taper": 0.5, "dropout": 0.25},
    {"hidden_layers": 3},
]
KNOWN_GOOD_FOR_TINY: list[dict[str, Any]] = [{}, {"units": 1024, "taper": 0.5}]

committee = committee_of_postures


def known_good(problem: Problem) -> list[dict[str, Any]]:
    """Hyperparameters to try first, given as changes to the defaults."""
    if min(problem.size) < SMALLEST:
        return KNOWN_GOOD_FOR_TINY
    return KNOWN_GOOD_FOR_PHOTOS if problem.kind is Kind.PHOTO else KNOWN_GOOD


def build(hp: Any, problem: Problem) -> Any:
    """Build one network; the calls on `hp` define the search space.

    The defaults give a network that trains quickly.

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
    if min(problem.size) < SMALLEST:
        x = layers.Flatten()(layers.Rescaling(1 / 127.5, offset=-1.0)(x))
    elif problem.kind is Kind.PHOTO:
        x = photo_features(hp, x)
    else:
        x = _glyph_features(hp, x)
    depth = hp.Int("hidden_layers", 1, 4, default=2)
    width = hp.Choice("units", [256, 512, 1024, 2048], default=512)
    taper = hp.Choice("taper", [0.5, 1.0], default=1.0)
    activation = hp.Choice("activation", ["relu", "elu", "tanh"], default="relu")
    batch_norm = hp.Boolean("batch_norm", default=True)
    dropout = hp.Float("dropout", 0.0, 0.5, step=0.05, default=0.0)
    l2 = hp.Choice("l2", [0.0, 1e-6, 1e-5, 1e-4], default=0.0)
    for i in range(depth):
        x = Dense(
            int(width * taper**i),
            use_bias=not batch_norm,
            kernel_initializer="glorot_uniform" if activation == "tanh" else "he_normal",
            kernel_regularizer=keras.regularizers.L2(l2) if l2 else None,
        )(x)
        if batch_norm:
            x = layers.BatchNormalization(momentum=0.95)(x)
        x = layers.Activation(activation)(x)
        if dropout:
            x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, Dense(problem.classes, name="logits")(x), name="dense")


def _glyph_features(hp: Any, images: Any) -> Any:
    """What a network sees of writing: a view of the ink in a posture."""
    posture = hp.Choice("posture", list(POSTURES), default="as_is")
    view = hp.Choice("view", list(VIEWS), default="gradients")
    ink = Ink()(images) if len(images.shape) > 3 else images
    return VIEWS[view]()(layers.Rescaling(1 / 255)(POSTURES[posture]()(ink)))


def photo_features(hp: Any, images: Any) -> Any:
    """What a network sees of a photograph: gradients and a thumbnail, or the pixels alone."""
    view = hp.Choice("view", list(PHOTO_VIEWS), default="gradients")
    x = layers.Rescaling(1 / 255)(images)
    if view == "pixels":
        return Thumbnail(32)(x)
    return layers.Concatenate()([PhotoGradients()(x), Thumbnail()(x)])
