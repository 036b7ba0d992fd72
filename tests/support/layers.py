"""Random images, and what a layer makes of them."""

import numpy as np

from kaggle_kit.networks.backend import keras

RANDOM = np.random.default_rng(0)
SHAPES = [(28, 28), (14, 10), (2, 3)]


def images(shape, count=4):
    return RANDOM.random((count, *shape), dtype=np.float32)


def seen(layer, pixels):
    return keras.ops.convert_to_numpy(layer(pixels))
