"""Alter photographs, and writing in colours, as another camera or another light would have.

Each function takes uint8 images (n, height, width) or (n, height, width, 3), 0..255, and returns
the same number of images of the same shape and dtype. The same images always give the same result.
What lies outside an image is taken to be like its edge. The kinds of alterations are a choice of
those of Hendrycks and Dietterich, "Benchmarking neural network robustness to common corruptions and
perturbations" (2019).
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from kaggle_kit.evaluation.robustness.perturbations import Alteration, Images, noisy

GREY = np.array([0.299, 0.587, 0.114], np.float32)  # the luminance of ITU-R 601
BY = 1 / 16  # of the size, by which an image is moved


def rotated(images: Images, degrees: float) -> Images:
    """Rotate clockwise (anticlockwise if negative)."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return _mapped(images, np.array([[cos, -sin], [sin, cos]]))


def scaled(images: Images, factor: float) -> Images:
    """Make what an image shows larger or smaller."""
    return _mapped(images, np.eye(2) / factor)


def moved(images: Images) -> Images:
    """Move to the right and down."""
    return _mapped(images, np.eye(2), -BY * np.array(images.shape[1:3]))


def mirrored(images: Images) -> Images:
    """Swap left and right."""
    return np.ascontiguousarray(images[:, :, ::-1])


def blurred(images: Images, pixels: float) -> Images:
    """Blur with a normal distribution of this standard deviation."""
    widths = [0, pixels, pixels] + [0] * (images.ndim - 3)
    return _bytes(ndimage.gaussian_filter(images.astype(np.float32), widths, mode="nearest"))


def brightened(images: Images, factor: float) -> Images:
    """Multiply all values."""
    return _bytes(np.float32(factor) * images)


def flattened(images: Images, factor: float) -> Images:
    """Multiply the contrast: the distance of all values from the mean of their image."""
    mean = images.mean(axis=tuple(range(1, images.ndim)), keepdims=True, dtype=np.float32)
    return _bytes(mean + np.float32(factor) * (images - mean))


def without_colour(images: Images) -> Images:
    """Make colours grey; the shape stays (n, height, width, 3)."""
    return _bytes(np.repeat((images @ GREY)[..., None], 3, axis=3))


def alterations(*, colour: bool, mirror: bool) -> dict[str, Alteration]:
    """The alterations of images, by name; the first one leaves them as they are.

    Parameters
    ----------
    colour : bool
        Whether the images have colours.
    mirror : bool
        Whether the mirror image of an image is as good.
    """
    found: dict[str, Alteration] = {
        "as they are": np.copy,
        "rotated by 15° anticlockwise": partial(rotated, degrees=-15),
        "rotated by 15° clockwise": partial(rotated, degrees=15),
        "at 0.85 of the size": partial(scaled, factor=0.85),
        "at 1.15 of the size": partial(scaled, factor=1.15),
        "moved by a sixteenth": moved,
        "half as bright": partial(brightened, factor=0.5),
        "1.5 times as bright": partial(brightened, factor=1.5),
        "half the contrast": partial(flattened, factor=0.5),
        "blurred by 1 pixel": partial(blurred, pixels=1),
        "noise of 10 levels": partial(noisy, deviation=10),
        "noise of 25 levels": partial(noisy, deviation=25),
    }
    if mirror:
        found["mirrored"] = mirrored
    if colour:
        found["without colour"] = without_colour
    return found


def _mapped(
    images: Images, matrix: NDArray[np.float64], offset: NDArray[np.float64] | float = 0.0
) -> Images:
    """Sample each pixel bilinearly at `matrix` times its position, plus `offset`.

    Positions are (row, column) from the middle.
    """
    middle = (np.array(images.shape[1:3]) - 1) / 2
    rest = images.ndim - 3
    whole = np.eye(images.ndim)
    whole[1:3, 1:3] = matrix
    shift = (0, *(middle - matrix @ middle + offset), *[0] * rest)
    mapped: Images = ndimage.affine_transform(images, whole, shift, order=1, mode="nearest")
    return mapped


def _bytes(values: NDArray[np.floating]) -> Images:
    return values.round().clip(0, 255).astype(np.uint8)
