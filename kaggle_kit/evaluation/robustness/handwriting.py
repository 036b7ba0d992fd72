"""Measures of handwriting: the slant of a digit, the width of its strokes, and its breadth.

The functions take uint8 images (n, height, width), light ink on black, 0..255. They return a
float32 array of shape (n,). Pixels are weighted by their brightness, so the measures are finer than
pixels. The measures of an image without ink are meaningless.
"""

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
Measure = NDArray[np.float32]
SOME = 500  # images that show what all are like
BLOCK = 4096  # images at a time; otherwise the temporary arrays would take a gigabyte


def is_light_on_dark(images: Images) -> bool:
    """Whether the margins of grey images (n, height, width) are nearer to black than to white."""
    some = images[:: max(1, len(images) // SOME)]
    margins = (some[:, 0], some[:, -1], some[:, :, 0], some[:, :, -1])
    return float(np.median(np.concatenate([margin.ravel() for margin in margins]))) < 128


def slant(images: Images) -> Measure:
    """Degrees by which the ink leans to the right, from its second moments.

    This is the slant that LeCun, Bottou, Bengio and Haffner ("Gradient-based learning applied to
    document recognition", 1998) remove.
    """
    _, down, mixed = _second_moments(images)
    return np.degrees(np.arctan2(-mixed, down))


def breadth(images: Images) -> Measure:
    """The horizontal spread of the ink divided by its vertical spread, with the slant removed."""
    across, down, mixed = _second_moments(images)
    upright = across - mixed**2 / np.maximum(down, 1e-6)
    return np.sqrt(np.maximum(upright, 0) / np.maximum(down, 1e-6))


def stroke_width(images: Images) -> Measure:
    """The stroke width in pixels: twice the area of the ink divided by the length of its edge.

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
    """The weights of the pixels in the sums that give the moments of the ink.

    Returns
    -------
    float32 array of shape (height * width, 6)
        1, x, y, x², y² and xy of each pixel, where x (columns) and y (rows) are counted from the
        middle of the image.
    """
    y, x = np.mgrid[:height, :width].reshape(2, -1).astype(np.float32)
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1)


def _second_moments(images: Images) -> tuple[Measure, Measure, Measure]:
    """The horizontal and the vertical variance of the ink, and their covariance, in pixels²."""
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
