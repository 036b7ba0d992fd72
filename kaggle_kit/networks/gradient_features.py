"""What the first dense layer sees of a digit: its pixels, or features that are computed from them.

A view learns nothing. It is part of the network, so that it is taken of the distorted image while
training, and of the image as it is afterwards.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.distortion import sample

ops = keras.ops
DIRECTIONS = 8
# Windows along an axis: how far apart, and how far each reaches, in pixels.
FINE = (2.8, 3.0)
HALVING = (2.0, 2.0)
COARSE = (7 / 3, 2.5)  # where it is halved already
AVERAGE, LARGE = (3.2, 5.0), (5.0, 6.6)  # spreads of upright digits


class Enlarged(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """Enlarge each image around its middle, bilinearly; what leaves the frame is lost.

    By a quarter, MNIST's digits lose their margin, and gradients are taken at a finer scale.

    Call with images of shape (n, height, width); returns the same shape in float32.
    """

    def __init__(self, by: float = 1.25) -> None:
        super().__init__(name="enlarged")
        self.by = by

    def call(self, images: Any) -> Any:
        _, height, width = images.shape
        maps = ops.expand_dims(ops.cast(images, "float32"), axis=1)
        enlarged = _products(maps, self._weights(height), self._weights(width))
        return ops.transpose(enlarged, (0, 2, 1))

    def _weights(self, size: int) -> NDArray[np.float32]:
        """Of each pixel of the old axis (rows) in each of the new (columns)."""
        middle = (size - 1) / 2
        origin = middle + (np.arange(size) - middle) / self.by
        distances = np.abs(np.arange(size)[:, None] - origin).astype(np.float32)
        weights: NDArray[np.float32] = np.clip(1 - distances, 0, None)
        return weights


class Upright(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """Centre each image by its mass and take out its slant; with a `spread`, its size as well.

    Slant and size are the second moments of the ink, as in LeCun, Bottou, Bengio and Haffner,
    "Gradient-based learning applied to document recognition" (1998).

    Parameters
    ----------
    spread : (float, float), optional
        The standard deviation of the ink of every digit across and down, in 28ths of the height,
        though none is stretched beyond reason: `AVERAGE` is that of MNIST's digits, and `LARGE`
        digits leave no margin, so that a grid sees more of them.
    by : float
        How far to enlarge digits that have no `spread`, as `Enlarged` does.

    Call with images of shape (n, height, width); returns the same shape in float32.
    """

    def __init__(self, spread: tuple[float, float] | None = None, by: float = 1.0) -> None:
        super().__init__(name="upright")
        self.spread, self.by = spread, by

    def call(self, images: Any) -> Any:
        images = ops.cast(images, "float32")
        _, height, width = images.shape
        y, x = np.mgrid[:height, :width].reshape(2, -1).astype(np.float32)
        middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
        y, x = y - middle_y, x - middle_x
        mean_x, mean_y, var_x, var_y, slant = self._moments(images, x, y)
        x_scale = y_scale = 1 / self.by
        if self.spread:
            unit = height / 28
            across, down = self.spread
            upright_var = ops.maximum(var_x - slant * slant * var_y, 0.3 * unit**2)
            x_scale = ops.clip(ops.sqrt(upright_var) / (across * unit), 0.35, 1.6)
            y_scale = ops.clip(ops.sqrt(var_y) / (down * unit), 0.5, 1.6)
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
        maps = ops.stack(_directed(*_sobel(images)), axis=1)
        pooled = _products(maps, windows(height), windows(width))
        return ops.reshape(pooled, (-1, DIRECTIONS * pooled.shape[1] * pooled.shape[2]))


class SecondGradients(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """How much the gradients of each direction grow, in turn, in each of eight directions.

    Where edges bend, end and meet, which sums of gradients mix up: the second order of scattering
    (Bruna and Mallat, "Invariant scattering convolution networks", 2013), with Sobel's gradients
    for wavelets and ReLUs for the modulus. The maps that `OrientedGradients` sums are halved in
    size; the gradients of each are shared out and summed as those of the image are. Linear maps
    and ReLUs only.

    Call with images of shape (n, height, width), 0..1; returns (n, 64 * cells), float32.
    """

    def call(self, images: Any) -> Any:
        _, height, width = images.shape
        maps = ops.stack(_directed(*_sobel(images)), axis=1)
        down, across = (_halved_slopes(size) for size in (height, width))
        columns, rows = across.smooth.shape[1], down.smooth.shape[1]
        gradients = (
            _products(maps, down.smooth, across.slope),
            _products(maps, down.slope, across.smooth),
        )
        flat = (ops.reshape(gradient, (-1, columns * rows)) for gradient in gradients)
        cells = np.kron(windows(columns, COARSE), windows(rows, COARSE))
        sums = [ops.matmul(each, cells) for each in _directed(*flat)]
        return ops.concatenate(
            [ops.reshape(each, (-1, DIRECTIONS * cells.shape[1])) for each in sums], axis=1
        )


def as_maps(features: Any, image_shape: tuple[int, int]) -> NDArray[np.float32]:
    """What OrientedGradients returned (n, 8 * cells), as pictures (n, 8, rows, columns)."""
    rows, columns = (windows(size).shape[1] for size in image_shape)
    across_first = np.asarray(features, dtype=np.float32).reshape(-1, DIRECTIONS, columns, rows)
    return across_first.transpose(0, 1, 3, 2)


def _directed(across: Any, down: Any) -> list[Any]:
    """The parts of gradients across and down that point in each of the directions, none negative.

    Each gradient is the sum of the two parts that it lies between.
    """
    parts = []
    for angle in np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS:
        cos, sin = float(np.cos(angle)), float(np.sin(angle))
        aside = cos * down - sin * across
        # Nothing of a gradient 45 degrees or more off, where the next direction takes over.
        parts.append(ops.relu(cos * across + sin * down - ops.relu(aside) - ops.relu(-aside)))
    return parts


def _products(maps: Any, down: NDArray[np.float32], across: NDArray[np.float32]) -> Any:
    """Maps (n, m, height, width) times (height, rows) and (width, columns): (nm, columns, rows)."""
    _, _, height, width = maps.shape
    products = ops.matmul(ops.reshape(maps, (-1, width)), across)
    products = ops.reshape(products, (-1, height, across.shape[1]))
    products = ops.reshape(ops.transpose(products, (0, 2, 1)), (-1, height))
    return ops.reshape(ops.matmul(products, down), (-1, across.shape[1], down.shape[1]))


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


class _Slopes(NamedTuple):
    smooth: NDArray[np.float32]
    slope: NDArray[np.float32]


def _halved_slopes(size: int) -> _Slopes:
    """Sobel's two factors along an axis of `size` pixels that is halved first, as matrices."""
    halving = windows(size, HALVING)
    centre, before, after = (np.eye(halving.shape[1], k=k, dtype=np.float32) for k in (0, 1, -1))
    return _Slopes(halving @ (before + 2 * centre + after), halving @ (after - before))


def windows(size: int, spacing: tuple[float, float] = FINE) -> NDArray[np.float32]:
    """Triangular windows along an axis of `size` pixels, one a column; columns sum to 1.

    `spacing` is how far apart they are, about, and how far each reaches, in pixels.
    """
    apart, reach = spacing
    cells = max(2, round(size / apart))
    centres = np.linspace(reach / 2, size - 1 - reach / 2, cells)
    distances = np.abs(np.arange(size)[:, None] - centres)
    weights = np.clip(1 - distances / reach, 0, None)
    weights /= weights.sum(axis=0)
    return weights.astype(np.float32)
