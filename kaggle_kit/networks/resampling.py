"""Sample images at other coordinates, shrink them, and multiply maps along both axes."""

import math
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.networks.backend import keras, ops


def sample(images: Any, rows: Any, columns: Any, *, extend: bool = False) -> Any:
    """Sample images at fractional coordinates, bilinearly.

    Parameters
    ----------
    images : tensor of shape (n, height, width) or (n, height, width, channels)
    rows, columns : float32 tensors of shape (n, height * width)
        The position from which each pixel of the result is sampled, in pixels.
    extend : bool
        Outside the image is the nearest pixel of its border. Without, pixels outside are 0.

    Returns
    -------
    float32 tensor of the shape of `images`
    """
    _, height, width, *channels = images.shape
    if extend:
        rows, columns = ops.clip(rows, 0, height - 1), ops.clip(columns, 0, width - 1)
    # One pixel of zeros before and two after, so that no neighbour needs a bounds check.
    border = ((0, 0), (1, 2), (1, 2), *((0, 0) for _ in channels))
    padded = ops.pad(ops.cast(images, "float32"), border)
    stride = width + 3
    # Put all images in one row: TensorFlow's lookup is twice as fast without a batch axis.
    flat = ops.reshape(padded, (-1, *channels))
    first = _numbers(images) * ((height + 3) * stride)
    rows = ops.clip(rows + 1, 0, height + 1)
    columns = ops.clip(columns + 1, 0, width + 1)
    top, left = ops.floor(rows), ops.floor(columns)
    down, right = rows - top, columns - left
    corner = ops.cast(top * stride + left, "int32") + first[:, None]
    if channels:
        down, right = down[:, :, None], right[:, :, None]

    def pixel(offset: int) -> Any:
        return ops.take(flat, corner + offset, axis=0)

    upper = pixel(0) + (pixel(1) - pixel(0)) * right
    lower = pixel(stride) + (pixel(stride + 1) - pixel(stride)) * right
    return ops.reshape(upper + (lower - upper) * down, (-1, height, width, *channels))


def shrink(images: Any, longest: int) -> Any:
    """Shrink images until no side is longer than `longest` pixels, by area averages.

    Parameters
    ----------
    images : tensor of shape (n, height, width) or (n, height, width, channels)

    Returns
    -------
    float32 tensor of the same rank
    """
    images = ops.cast(images, "float32")
    _, height, width, *channels = images.shape
    share = min(1.0, longest / max(height, width))
    if share == 1:
        return images
    rows, columns = (max(1, round(share * size)) for size in (height, width))
    if height % rows == 0 and width % columns == 0:  # whole pixels: faster than products
        high, wide = height // rows, width // columns
        summed = reduce(ops.add, [images[:, first::high] for first in range(high)])
        summed = reduce(ops.add, [summed[:, :, first::wide] for first in range(wide)])
        return summed / (high * wide)
    down, across = area_averages(height, rows), area_averages(width, columns)
    if channels:
        across = np.kron(across, np.eye(channels[0], dtype=np.float32))
    flat = ops.reshape(images, (-1, height, across.shape[0]))
    small = ops.matmul(ops.matmul(down.T, flat), across)
    return ops.reshape(small, (-1, rows, columns, *channels))


def area_averages(size: int, smaller: int) -> NDArray[np.float32]:
    """The weight of each of `size` pixels (rows) in each of `smaller` ones (columns)."""
    edges = np.linspace(0, size, smaller + 1)
    pixels = np.arange(size)[:, None]
    overlaps = np.minimum(pixels + 1, edges[1:]) - np.maximum(pixels, edges[:-1])
    weights: NDArray[np.float32] = np.clip(overlaps * smaller / size, 0, None).astype(np.float32)
    return weights


class Shrunk(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """The layer that applies `shrink`."""

    def __init__(self, longest: int) -> None:
        super().__init__(name="shrunk")
        self.longest = longest

    def call(self, images: Any) -> Any:
        return shrink(images, self.longest)


def _numbers(images: Any) -> Any:
    """The numbers 0 to n - 1, int32, for n images; n may still be unknown (symbolic tensors)."""
    count = ops.shape(images)[0]
    if count is None:
        first = ops.reshape(images, (-1, math.prod(images.shape[1:])))[:, 0]
        return ops.cumsum(ops.ones_like(first, dtype="int32")) - 1
    return ops.arange(count, dtype="int32")


def multiply_maps(maps: Any, down: NDArray[np.float32], across: NDArray[np.float32]) -> Any:
    """Multiply maps (n, m, height, width) by (height, rows) and (width, columns) matrices.

    Returns
    -------
    float32 tensor of shape (n * m, columns, rows)
    """
    _, _, height, width = maps.shape
    products = ops.matmul(ops.reshape(maps, (-1, width)), across)
    products = ops.reshape(products, (-1, height, across.shape[1]))
    products = ops.reshape(ops.transpose(products, (0, 2, 1)), (-1, height))
    return ops.reshape(ops.matmul(products, down), (-1, across.shape[1], down.shape[1]))
