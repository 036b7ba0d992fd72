"""Where in an image brightness rises, and in which direction: features of the shape of strokes."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Maps = NDArray[np.float32]

DIRECTIONS = 8
CELLS = 7  # along an axis
SMOOTH, SLOPE = (0.25, 0.5, 0.25), (-1.0, 0.0, 1.0)  # a Sobel gradient, across and along


def oriented_gradients(images: Maps) -> Maps:
    """How strongly brightness rises in each of eight directions around the points of a grid.

    Each Sobel gradient is split between the two directions that it lies between, and averaged
    under overlapping triangular windows, as in Liu, Nakashima, Sako and Fujisawa, "Handwritten
    digit recognition: benchmarking of state-of-the-art techniques", 2003. The square root keeps
    strong edges from deciding alone.

    Parameters
    ----------
    images : float32 array of shape (n, height, width), 0..1

    Returns
    -------
    float32 array of shape (n, DIRECTIONS * CELLS * CELLS)
    """
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode="edge")
    smooth = (ndimage.correlate1d(padded, SMOOTH, axis) for axis in (2, 1))
    down, right = (
        ndimage.correlate1d(maps, SLOPE, axis) for maps, axis in zip(smooth, (1, 2), strict=True)
    )
    turns = np.arctan2(down, right) * (DIRECTIONS / 2 / np.pi) % DIRECTIONS
    strength = np.hypot(down, right)
    across, along = (_windows(size) for size in padded.shape[1:])
    found = np.empty((len(images), DIRECTIONS, CELLS, CELLS), dtype=np.float32)
    for direction in range(DIRECTIONS):
        away = np.abs((turns - direction + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2)
        found[:, direction] = across @ (strength * (1 - away).clip(0)) @ along.T
    return np.sqrt(found).reshape(len(images), DIRECTIONS * CELLS * CELLS)


def _windows(size: int) -> Maps:
    """The matrix (CELLS, size) of triangular windows, each with a sum of 1."""
    step = size / CELLS
    middles = (np.arange(CELLS) + 0.5) * step
    weights = (1 - np.abs(np.arange(size) + 0.5 - middles[:, None]) / max(step, 1)).clip(0)
    found: Maps = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return found
