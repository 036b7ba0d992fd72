"""How a digit is written: its slant, the width of its strokes, and its breadth.

Of uint8 images (n, height, width), light ink on black, 0..255; each measure is a float32 array of
shape (n,). Pixels count by their brightness, so the measures are finer than pixels; of an image
without ink they mean nothing.
"""

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
Measure = NDArray[np.float32]
BLOCK = 4096  # images at a time, or the temporary arrays would take a gigabyte


def slant(images: Images) -> Measure:
    """Degrees by which the ink leans to the right, from its second moments.

    The slant that LeCun, Bottou, Bengio and Haffner ("Gradient-based learning applied to document
    recognition", 1998) take out.
    """
    _, down, mixed = _second_moments(images)
    return np.degrees(np.arctan2(-mixed, down))


def breadth(images: Images) -> Measure:
    """How far the ink spreads across, as a multiple of how far it spreads down, slant taken out."""
    across, down, mixed = _second_moments(images)
    upright = across - mixed**2 / np.maximum(down, 1e-6)
    return np.sqrt(np.maximum(upright, 0) / np.maximum(down, 1e-6))


def stroke_width(images: Images) -> Measure:
    """Pixels: twice the area of the ink over the length of its edge.

    The length is the total variation, which is the mean length of the edges at all brightnesses
    (the coarea formula; Rudin, Osher and Fatemi, "Nonlinear total variation based noise removal
    algorithms", 1992).
    """
    blocks = range(0, len(images), BLOCK)
    return np.concatenate([_stroke_width(images[i : i + BLOCK]) for i in blocks])


def _stroke_width(images: Images) -> Measure:
    ink = np.pad(images, ((0, 0), (1, 1), (1, 1))).astype(np.float32)
    down = np.diff(ink, axis=1)[:, :, :-1]
    across = np.diff(ink, axis=2)[:, :-1]
    edge = np.hypot(down, across).sum(axis=(1, 2))
    width: Measure = 2 * ink.sum(axis=(1, 2)) / np.maximum(edge, 1)
    return width


def moment_basis(height: int, width: int) -> NDArray[np.float32]:
    """What pixels are multiplied with, and summed, for the moments of the ink.

    Returns
    -------
    float32 array of shape (height * width, 6): for each pixel 1, x, y, x², y² and xy, where x
    (columns) and y (rows) are counted from the middle of the image.
    """
    y, x = np.mgrid[:height, :width].reshape(2, -1).astype(np.float32)
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1)


def _second_moments(images: Images) -> tuple[Measure, Measure, Measure]:
    """Variance of the ink across, its variance down, and the covariance of both, in pixels²."""
    _, height, width = images.shape
    basis = moment_basis(height, width)
    sums = np.concatenate(
        [
            images[i : i + BLOCK].reshape(-1, height * width).astype(np.float32) @ basis
            for i in range(0, len(images), BLOCK)
        ]
    )
    mean_x, mean_y, xx, yy, xy = (sums[:, 1:] / np.maximum(sums[:, :1], 1)).T
    return xx - mean_x**2, yy - mean_y**2, xy - mean_x * mean_y
