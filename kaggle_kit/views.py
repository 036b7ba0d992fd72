"""What the first dense layer sees of a digit: its pixels, or features that are computed from them.

A view learns nothing. It is part of the network, so that it is taken of the distorted image while
training, and of the image as it is afterwards.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.augment import sample
from kaggle_kit.backend import keras

ops = keras.ops
DIRECTIONS = 8
PIXELS_A_CELL = 2.8


class Upright(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """Centre each image by its mass and take out its slant; with `sized`, its size as well.

    Slant and size are the second moments of the ink, as in LeCun, Bottou, Bengio and Haffner,
    "Gradient-based learning applied to document recognition" (1998). Sized, every digit spreads
    as far as one of MNIST's does on average, though none is stretched beyond reason.

    Call with images of shape (n, height, width); returns the same shape in float32.
    """

    def __init__(self, *, sized: bool) -> None:
        super().__init__(name="upright")
        self.sized = sized

    def call(self, images: Any) -> Any:
        images = ops.cast(images, "float32")
        _, height, width = images.shape
        y, x = np.mgrid[:height, :width].reshape(2, -1).astype(np.float32)
        middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
        y, x = y - middle_y, x - middle_x
        mean_x, mean_y, var_x, var_y, slant = self._moments(images, x, y)
        x_scale = y_scale = 1.0
        if self.sized:
            unit = height / 28
            upright_var = ops.maximum(var_x - slant * slant * var_y, 0.3 * unit**2)
            x_scale = ops.clip(ops.sqrt(upright_var) / (3.2 * unit), 0.35, 1.6)
            y_scale = ops.clip(ops.sqrt(var_y) / (5.0 * unit), 0.5, 1.6)
        y = y_scale * y
        # An array's own + would not take the symbolic tensors of an export.
        columns = ops.add(x_scale * x, slant * y) + mean_x + middle_x
        return sample(images, ops.add(y, mean_y) + middle_y, columns)

    def _moments(self, images: Any, x: Any, y: Any) -> tuple[Any, ...]:
        """Means and variances of the ink in x and y, and columns it leans a row, each (n, 1)."""
        basis = np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1)
        sums = ops.matmul(ops.reshape(images, (-1, len(x))), basis)
        ink = sums[:, :1] + 1e-3 * 255
        mean_x, mean_y = sums[:, 1:2] / ink, sums[:, 2:3] / ink
        var_x = sums[:, 3:4] / ink - mean_x**2
        var_y = ops.maximum(sums[:, 4:5] / ink - mean_y**2, 1e-3)
        return mean_x, mean_y, var_x, var_y, (sums[:, 5:] / ink - mean_x * mean_y) / var_y


class OrientedGradients(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """How much ink grows in each of eight directions, around each point of a coarse grid.

    The gradient features of handwriting recognition (Liu, Nakashima, Sako and Fujisawa,
    "Handwritten digit recognition: benchmarking of state-of-the-art techniques", 2003), akin to
    HOG (Dalal and Triggs, 2005): Sobel gradients, shared out among the two directions they lie
    between, summed under overlapping triangular windows. Linear maps and ReLUs only, so that
    SHAP's DeepExplainer follows it exactly.

    Call with images of shape (n, height, width), 0..1; returns (n, 8 * cells), float32.
    """

    def call(self, images: Any) -> Any:
        _, height, width = images.shape
        across, down = _sobel(images)
        maps = []
        for angle in np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS:
            cos, sin = float(np.cos(angle)), float(np.sin(angle))
            aside = cos * down - sin * across
            # Nothing of a gradient 45 degrees or more off, where the next direction takes over.
            maps.append(ops.relu(cos * across + sin * down - ops.relu(aside) - ops.relu(-aside)))
        return self._pool(ops.stack(maps, axis=1), height, width)

    def _pool(self, maps: Any, height: int, width: int) -> Any:
        """Sum (n, directions, height, width) under the windows, as plain matrix products."""
        down, across = windows(height), windows(width)
        pooled = ops.matmul(ops.reshape(maps, (-1, width)), across)
        pooled = ops.reshape(pooled, (-1, height, across.shape[1]))
        pooled = ops.reshape(ops.transpose(pooled, (0, 2, 1)), (-1, height))
        cells = down.shape[1] * across.shape[1]
        return ops.reshape(ops.matmul(pooled, down), (-1, DIRECTIONS * cells))


def as_maps(features: Any, image_shape: tuple[int, int]) -> NDArray[np.float32]:
    """What OrientedGradients returned (n, 8 * cells), as pictures (n, 8, rows, columns)."""
    rows, columns = (windows(size).shape[1] for size in image_shape)
    across_first = np.asarray(features, dtype=np.float32).reshape(-1, DIRECTIONS, columns, rows)
    return across_first.transpose(0, 1, 3, 2)


def _sobel(images: Any) -> tuple[Any, Any]:
    """Half of Sobel's gradients of (n, height, width) across and down, each of the same shape.

    Along the rows as a matrix product: compilers would fuse slices with the distortion before
    them, and then compute that again for each slice.
    """
    _, height, width = images.shape
    centre, before, after = (np.eye(width, k=k, dtype=np.float32) for k in (0, 1, -1))
    both = np.concatenate([before + 2 * centre + after, after - before], axis=1) / 2
    rows = ops.reshape(ops.matmul(ops.reshape(images, (-1, width)), both), (-1, height, 2 * width))
    rows = ops.pad(rows, ((0, 0), (1, 1), (0, 0)))
    smooth, slope = rows[:, :, :width], rows[:, :, width:]
    across = slope[:, :-2] + 2 * slope[:, 1:-1] + slope[:, 2:]
    return across, smooth[:, 2:] - smooth[:, :-2]


def windows(size: int) -> NDArray[np.float32]:
    """Triangular windows along an axis of `size` pixels, one a column; columns sum to 1."""
    cells = max(2, round(size / PIXELS_A_CELL))
    centres = np.linspace(1.5, size - 2.5, cells)
    distances = np.abs(np.arange(size)[:, None] - centres)
    weights = np.clip(1 - distances / 3, 0, None)
    weights /= weights.sum(axis=0)
    return weights.astype(np.float32)
