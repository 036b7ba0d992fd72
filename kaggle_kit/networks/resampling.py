"""Sample images at other coordinates and multiply maps along both axes, on every backend."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.networks.backend import ops


def sample(images: Any, rows: Any, columns: Any) -> Any:
    """Sample images at fractional coordinates, bilinearly; pixels outside are 0.

    Parameters
    ----------
    images : tensor of shape (n, height, width)
    rows, columns : float32 tensors of shape (n, height * width)
        The position from which each pixel of the result is sampled, in pixels.

    Returns
    -------
    float32 tensor of shape (n, height, width)
    """
    _, height, width = images.shape
    # One pixel of zeros before and two after, so that no neighbour needs a bounds check.
    padded = ops.pad(ops.cast(images, "float32"), ((0, 0), (1, 2), (1, 2)))
    stride = width + 3
    # Put all images in one row: TensorFlow's lookup is twice as fast without a batch axis.
    flat = ops.reshape(padded, (-1,))
    first = _numbers(images) * ((height + 3) * stride)
    rows = ops.clip(rows + 1, 0, height + 1)
    columns = ops.clip(columns + 1, 0, width + 1)
    top, left = ops.floor(rows), ops.floor(columns)
    down, right = rows - top, columns - left
    corner = ops.cast(top * stride + left, "int32") + first[:, None]

    def pixel(offset: int) -> Any:
        return ops.take(flat, corner + offset, axis=0)

    upper = pixel(0) + (pixel(1) - pixel(0)) * right
    lower = pixel(stride) + (pixel(stride + 1) - pixel(stride)) * right
    return ops.reshape(upper + (lower - upper) * down, (-1, height, width))


def _numbers(images: Any) -> Any:
    """The numbers 0 to n - 1, int32, for n images; n may still be unknown (symbolic tensors)."""
    count = ops.shape(images)[0]
    if count is None:
        return ops.cumsum(ops.ones_like(images[:, 0, 0], dtype="int32")) - 1
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
