"""Fixed features, computed from the pixels of a digit, as input of the first dense layer.

A view (the pixels or these features) has no weights to learn. It is part of the network, so it is
computed from the distorted image while training, and from the original image otherwise.
"""

from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.networks.backend import keras, ops
from kaggle_kit.networks.resampling import multiply_maps

DIRECTIONS = 8
# Windows along an axis: their spacing, and their reach to each side, in pixels.
FINE = (2.8, 3.0)
HALVING = (2.0, 2.0)
COARSE = (7 / 3, 2.5)  # for an axis that was halved before
LARGE = 32  # pixels; in larger images, the windows grow with the image


class OrientedGradients(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """How strongly ink increases in each of eight directions, around each point of a coarse grid.

    These are the gradient features of handwriting recognition (Liu, Nakashima, Sako and Fujisawa,
    "Handwritten digit recognition: benchmarking of state-of-the-art techniques", 2003). They
    resemble HOG (Dalal and Triggs, 2005). Each Sobel gradient is split between the two directions
    that it lies between. The parts are summed under overlapping triangular windows. The layer
    consists of linear maps and ReLUs only: they are cheap and compile on every backend.

    Call with images of shape (n, height, width), 0..1; returns (n, 8 * cells), float32.
    """

    def call(self, images: Any) -> Any:
        _, height, width = images.shape
        maps = ops.stack(_directed(*_sobel(images)), axis=1)
        pooled = multiply_maps(maps, windows(height), windows(width))
        return ops.reshape(pooled, (-1, DIRECTIONS * pooled.shape[1] * pooled.shape[2]))


class SecondGradients(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """How strongly the gradients of each direction increase in each of eight directions.

    These features show where edges bend, end and meet, which sums of gradients cannot tell apart.
    They are the second order of scattering (Bruna and Mallat, "Invariant scattering convolution
    networks", 2013), with Sobel gradients as wavelets and ReLUs as the modulus. The maps that
    `OrientedGradients` sums are halved in size. The gradients of each map are split and summed like
    those of the image. The layer consists of linear maps and ReLUs only.

    Call with images of shape (n, height, width), 0..1; returns (n, 64 * cells), float32.
    """

    def call(self, images: Any) -> Any:
        _, height, width = images.shape
        maps = ops.stack(_directed(*_sobel(images)), axis=1)
        down, across = (_halved_slopes(size) for size in (height, width))
        columns, rows = across.smooth.shape[1], down.smooth.shape[1]
        gradients = (
            multiply_maps(maps, down.smooth, across.slope),
            multiply_maps(maps, down.slope, across.smooth),
        )
        flat = (ops.reshape(gradient, (-1, columns * rows)) for gradient in gradients)
        cells = np.kron(windows(columns, COARSE), windows(rows, COARSE))
        sums = [ops.matmul(each, cells) for each in _directed(*flat)]
        return ops.concatenate(
            [ops.reshape(each, (-1, DIRECTIONS * cells.shape[1])) for each in sums], axis=1
        )


class EdgeMaps(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """The maps of `SecondGradients`: how strongly ink increases in eight directions, and the ink.

    Call with images of shape (n, height, width), 0..1; returns (n, height / 2, width / 2, 9),
    float32.
    """

    def call(self, images: Any) -> Any:
        _, height, width = images.shape
        maps = ops.stack([*_directed(*_sobel(images)), images], axis=1)
        halved = multiply_maps(maps, windows(height, HALVING), windows(width, HALVING))
        _, columns, rows = halved.shape
        return ops.transpose(ops.reshape(halved, (-1, maps.shape[1], columns, rows)), (0, 3, 2, 1))


class PhotoGradients(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """The gradients of a photograph in eight directions around the points of a grid, normalised.

    These are histograms of oriented gradients (Dalal and Triggs, "Histograms of oriented gradients
    for human detection", 2005). Of several channels, the one with the largest gradient counts, here
    in each direction by itself. Each cell is divided by the strength of the gradients around it,
    because light and contrast differ between photographs and within them.

    Call with images of shape (n, height, width) or (n, height, width, 3), 0..1; returns
    (n, 8 * cells), float32.
    """

    def call(self, images: Any) -> Any:
        _, height, width, *channels = images.shape
        layers = [images[:, :, :, i] for i in range(3)] if channels else [images]
        directed = zip(*(_directed(*_sobel(layer)) for layer in layers), strict=True)
        maps = ops.stack([reduce(ops.maximum, parts) for parts in directed], axis=1)
        pooled = multiply_maps(maps, windows(height), windows(width))
        _, columns, rows = pooled.shape
        cells = ops.reshape(pooled, (-1, DIRECTIONS, columns * rows))
        around = np.kron(_neighbours(columns), _neighbours(rows))
        strength = ops.matmul(ops.sum(cells * cells, axis=1), around) + 1e-3
        normal = cells / ops.expand_dims(ops.sqrt(strength), axis=1)
        return ops.reshape(normal, (-1, DIRECTIONS * columns * rows))


def _neighbours(cells: int) -> NDArray[np.float32]:
    """The weights of a cell and of the two beside it; columns sum to 1."""
    weights = sum(np.eye(cells, k=k, dtype=np.float32) for k in (-1, 0, 1))
    return np.asarray(weights / np.sum(weights, axis=0), dtype=np.float32)


def as_maps(features: Any, image_shape: tuple[int, int]) -> NDArray[np.float32]:
    """Reshape the output of OrientedGradients (n, 8 * cells) to maps (n, 8, rows, columns)."""
    rows, columns = (windows(size).shape[1] for size in image_shape)
    across_first = np.asarray(features, dtype=np.float32).reshape(-1, DIRECTIONS, columns, rows)
    return across_first.transpose(0, 1, 3, 2)


def _directed(across: Any, down: Any) -> list[Any]:
    """Split gradients, given across and down, into non-negative parts, one map per direction.

    Each gradient is the sum of its parts in the two directions that it lies between.
    """
    parts = []
    for angle in np.arange(DIRECTIONS) * 2 * np.pi / DIRECTIONS:
        cos, sin = float(np.cos(angle)), float(np.sin(angle))
        aside = cos * down - sin * across
        # 0 for gradients 45 degrees or more off, where the next direction takes over.
        parts.append(ops.relu(cos * across + sin * down - ops.relu(aside) - ops.relu(-aside)))
    return parts


def _sobel(images: Any) -> tuple[Any, Any]:
    """Half of Sobel's gradients of (n, height, width) across and down, each of the same shape.

    The filter along the rows is a matrix product. With slices instead, compilers would fuse each
    slice with the distortion before it, and compute the distortion again for each slice.
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
    """The two factors of Sobel's filter as matrices, for an axis of `size` pixels halved first."""
    halving = windows(size, HALVING)
    centre, before, after = (np.eye(halving.shape[1], k=k, dtype=np.float32) for k in (0, 1, -1))
    return _Slopes(halving @ (before + 2 * centre + after), halving @ (after - before))


def windows(size: int, spacing: tuple[float, float] = FINE) -> NDArray[np.float32]:
    """Triangular windows along an axis of `size` pixels, one per column; columns sum to 1.

    `spacing` is the approximate distance between windows, and their reach to each side, in pixels
    of an image that is not `LARGE`.
    """
    growth = max(1.0, size / (LARGE if spacing == FINE else LARGE / 2))
    apart, reach = (pixels if spacing == HALVING else growth * pixels for pixels in spacing)
    cells = max(2, round(size / apart))
    centres = np.linspace(reach / 2, size - 1 - reach / 2, cells)
    distances = np.abs(np.arange(size)[:, None] - centres)
    weights = np.clip(1 - distances / reach, 0, None)
    weights /= weights.sum(axis=0)
    return weights.astype(np.float32)
