"""What is left of an image when all of it is taken away: paper, or a blurred photograph."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Image = NDArray[np.uint8]
Baseline = Callable[[Image], Image]

BLUR = 1 / 4  # standard deviation, of the longer side


def baseline_for(*, photo: bool) -> Baseline:
    """The baseline for photographs, or for writing."""
    return blurred if photo else paper


def paper(image: Image) -> Image:
    """Empty paper: the median colour of the outermost pixels, everywhere.

    The paper of light ink on black is black.

    Parameters
    ----------
    image : uint8 array of shape (height, width) or (height, width, 3)

    Returns
    -------
    uint8 array of the same shape
    """
    rim = np.concatenate([image[0], image[-1], image[1:-1, 0], image[1:-1, -1]])
    return np.full_like(image, np.median(rim, axis=0).astype(np.uint8))


def blurred(image: Image) -> Image:
    """The image without details: of a photograph, only its broad colours are left.

    Returns
    -------
    uint8 array of the same shape
    """
    sigma = BLUR * max(image.shape[:2])
    sigmas = (sigma, sigma, 0)[: image.ndim]
    smooth = ndimage.gaussian_filter(image.astype(np.float32), sigmas)
    return np.asarray(smooth.round().astype(np.uint8))
