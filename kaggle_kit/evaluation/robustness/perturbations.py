"""Alter digits as another hand, another pen or another scanner would have made them.

Each function takes uint8 images (n, height, width), light ink on black, 0..255, and returns the
same number of images of the same shape and dtype. The same images always give the same result. The
middle of an image stays in place, and ink that leaves the image is lost.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Images = NDArray[np.uint8]
Mask = NDArray[np.bool_]
SEED = 0
FINER = 4
Alteration = Callable[[Images], Images]
Alterations = Mapping[str, Alteration]
WAYS = ((0, 1), (1, 0), (0, -1), (-1, 0))  # rows down and columns to the right


def slanted(images: Images, degrees: float) -> Images:
    """Shear images so that upright strokes lean to the right (to the left if negative)."""
    return _mapped(images, np.array([[1.0, 0.0], [np.tan(np.radians(degrees)), 1.0]]))


def rotated(images: Images, degrees: float) -> Images:
    """Rotate clockwise (anticlockwise if negative)."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return _mapped(images, np.array([[cos, -sin], [sin, cos]]))


def scaled(images: Images, factor: float) -> Images:
    return _mapped(images, np.eye(2) / factor)


def shifted(images: Images, pixels: int) -> Images:
    """Move the first image to the right, the second down, then left, then up, and so on."""
    moved = np.zeros_like(images)
    for first, way in enumerate(WAYS):
        offset = -pixels * np.array(way, dtype=float)
        moved[first :: len(WAYS)] = _mapped(images[first :: len(WAYS)], np.eye(2), offset)
    return moved


def thickened(images: Images, pixels: float) -> Images:
    """Make strokes wider by this number of pixels (thinner if negative), half on each side.

    The width changes in whole steps of half a pixel. Each pixel is divided into 4 x 4 parts. To
    make strokes wider, the parts that are more than half inked grow by octagons; to make them
    thinner, the other parts grow.
    """
    _, height, width = images.shape
    fine = _finer(height) @ images.astype(np.float32) @ _finer(width).T
    growing = fine > 127 if pixels > 0 else fine <= 127
    for step in range(round(abs(pixels) * FINER / 2)):
        growing = _grown(growing, corners=step % 2 == 1)
    inked = growing if pixels > 0 else ~growing
    parts = inked.reshape(-1, height, FINER, width, FINER)
    return _bytes(255 * parts.mean(axis=(2, 4), dtype=np.float32))


def faded(images: Images, factor: float) -> Images:
    """Multiply the brightness of the ink."""
    return _bytes(factor * images.astype(np.float32))


def noisy(images: Images, deviation: float) -> Images:
    """Add normal noise of this standard deviation, in levels of 255, and clip."""
    random = np.random.default_rng(SEED)
    noise = random.standard_normal(images.shape, dtype=np.float32)
    return _bytes(images + np.float32(deviation) * noise)


def speckled(images: Images, share: float) -> Images:
    """Make this share of the pixels black or white, half of it each."""
    random = np.random.default_rng(SEED)
    draws = random.random(images.shape, dtype=np.float32)
    return np.where(draws < share, np.where(draws < share / 2, 0, 255), images).astype(np.uint8)


def inverted(images: Images) -> Images:
    """Turn light ink on black into dark ink on white."""
    return 255 - images


def _mapped(
    images: Images, matrix: NDArray[np.float64], offset: NDArray[np.float64] | float = 0.0
) -> Images:
    """Sample each pixel bilinearly at `matrix` times its position, plus `offset`.

    Positions are (row, column) from the middle. Outside the image everything is black.
    """
    middle = (np.array(images.shape[1:]) - 1) / 2
    whole = np.eye(3)
    whole[1:, 1:] = matrix
    shift = middle - matrix @ middle + offset
    mapped: Images = ndimage.affine_transform(images, whole, (0, *shift), order=1)
    return mapped


def _finer(size: int) -> NDArray[np.float32]:
    """Weights (FINER * size, size) that interpolate between pixels."""
    places = (np.arange(FINER * size) + 0.5) / FINER - 0.5
    columns = [np.interp(places, np.arange(size), pixel) for pixel in np.eye(size)]
    return np.stack(columns, axis=1).astype(np.float32)


def _grown(mask: Mask, *, corners: bool) -> Mask:
    """Grow the mask by its four neighbours, or by all eight with `corners`.

    SciPy's binary dilation does the same, but takes several times as long.
    """
    tall = mask.copy()
    tall[:, 1:] |= mask[:, :-1]
    tall[:, :-1] |= mask[:, 1:]
    beside, grown = tall if corners else mask, tall.copy()
    grown[:, :, 1:] |= beside[:, :, :-1]
    grown[:, :, :-1] |= beside[:, :, 1:]
    return grown


def _bytes(values: NDArray[np.floating]) -> Images:
    return values.round().clip(0, 255).astype(np.uint8)


PERTURBATIONS: dict[str, Alteration] = {
    "as they are": np.copy,
    "slanted 30° to the left": partial(slanted, degrees=-30),
    "slanted 15° to the left": partial(slanted, degrees=-15),
    "slanted 15° to the right": partial(slanted, degrees=15),
    "slanted 30° to the right": partial(slanted, degrees=30),
    "rotated by 15° anticlockwise": partial(rotated, degrees=-15),
    "rotated by 15° clockwise": partial(rotated, degrees=15),
    "rotated by 30° anticlockwise": partial(rotated, degrees=-30),
    "rotated by 30° clockwise": partial(rotated, degrees=30),
    "strokes half a pixel thinner": partial(thickened, pixels=-0.5),
    "strokes 1 pixel thinner": partial(thickened, pixels=-1),
    "strokes 1 pixel thicker": partial(thickened, pixels=1),
    "strokes 2 pixels thicker": partial(thickened, pixels=2),
    "at 0.7 of the size": partial(scaled, factor=0.7),
    "at 0.85 of the size": partial(scaled, factor=0.85),
    "at 1.15 of the size": partial(scaled, factor=1.15),
    "moved by 2 pixels": partial(shifted, pixels=2),
    "moved by 4 pixels": partial(shifted, pixels=4),
    "ink half as bright": partial(faded, factor=0.5),
    "noise of 25 levels": partial(noisy, deviation=25),
    "noise of 50 levels": partial(noisy, deviation=50),
    "noise of 100 levels": partial(noisy, deviation=100),
    "2% of pixels black or white": partial(speckled, share=0.02),
    "10% of pixels black or white": partial(speckled, share=0.1),
    "dark ink on white": inverted,
}
