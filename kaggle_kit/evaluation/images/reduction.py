"""Images as small vectors of numbers, block by block, so that a memory map is never read whole."""

import mmap
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kaggle_kit import system

Images = NDArray[np.uint8]
CELLS = 1 << 24  # of images at a time, 64 MB as float32
SCATTERED = 256  # images at a time, if they are scattered: each may bring 2 MB of a file along


def reduced(images: Images, side: int) -> NDArray[np.float32]:
    """The means of the areas that a grid of at most `side` x `side` divides images into.

    Parameters
    ----------
    images : uint8 array of shape (n, height, width) or (n, height, width, channels)

    Returns
    -------
    float32 array of shape (n, channels, grid height, grid width), 0..255
    """
    _, height, width, *channels = images.shape
    down, across = (_averaging(size, min(size, side)) for size in (height, width))
    found: NDArray[np.float32] = np.moveaxis(
        images.reshape(-1, height, width, *(channels or [1])), 3, 1
    ).astype(np.float32)
    if len(down) < height:
        found = down @ found
    if len(across) < width:
        found = found @ across.T
    return found


def blocks(images: Images) -> Iterator[slice]:
    """Slices of consecutive images that have at most CELLS values each, one image at least.

    The pages of a memory map that is only read are given back after each slice.
    """
    size = max(1, CELLS // max(1, int(np.prod(images.shape[1:]))))
    for first in range(0, len(images), size):
        yield slice(first, min(first + size, len(images)))
        give_back(images)


def give_back(images: Images) -> None:
    """Give back the memory of the pages of a memory map that were read, if it is only read."""
    mapped: object = images
    while isinstance(mapped, np.ndarray) and getattr(mapped, "mode", "r") == "r":
        mapped = mapped.base
    if isinstance(mapped, mmap.mmap):
        system.give_back(mapped)


def _averaging(size: int, parts: int) -> NDArray[np.float32]:
    """The matrix (parts, size) that averages `size` pixels over `parts` parts of equal length."""
    ends = np.linspace(0, size, parts + 1)
    pixels = np.arange(size)
    low, high = ends[:-1, None], ends[1:, None]
    shares = np.minimum(pixels + 1, high) - np.maximum(pixels, low)
    matrix: NDArray[np.float32] = (shares.clip(0, 1) * parts / size).astype(np.float32)
    return matrix
