"""The colours of a heat map: which ink speaks for a digit and which against it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

RED, BLUE = (178, 24, 43), (33, 102, 172)


def heat_colours(image: NDArray[np.uint8], values: NDArray[Any]) -> NDArray[np.uint8]:
    """Values (height, width), -1..1, in blue, white and red, over a shadow of the image.

    Returns
    -------
    uint8 array of shape (height, width, 3)
    """
    strength = np.clip(np.abs(values), 0, 1)[..., None] ** 0.6
    colour = np.where(values[..., None] > 0, RED, BLUE)
    paper = 255 - 0.22 * image[..., None].astype(np.float32)
    colours: NDArray[Any] = paper + (colour - paper) * strength
    return colours.round().astype(np.uint8)
