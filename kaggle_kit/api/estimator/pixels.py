"""How the values of a user's pixels become 0..255, and what shape the images have."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kaggle_kit.errors import ArrayError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAR = 9  # how many times the range a value may lie outside of it, before it is an error
BLOCK = 1 << 24  # values that are converted at a time
SHAPES = "X is (n, height, width), (n, height, width, 1, 3 or 4), or (n, pixels)"


@dataclass(frozen=True)
class Range:
    """The values of black and white, which become 0 and 255."""

    low: float
    high: float

    @classmethod
    def of(cls, values: NDArray[Any]) -> Range:
        """The range of training images, as `ImageClassifier` documents it."""
        low, high = float(values.min()), float(values.max())
        if values.dtype == bool or (low >= 0 and high <= 1 and _is_whole(values)):
            return cls(0.0, 1.0)
        if values.dtype == np.uint8:
            return cls(0.0, 255.0)
        for most in (1.0, 255.0, 65535.0):
            if low >= 0 and most / 2 < high <= most:
                return cls(0.0, most)
        return cls(low, high)

    def to_bytes(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Map the range linearly to 0..255 and round; values outside are clipped.

        Raises
        ------
        ArrayError
            A value lies so far outside that it has another unit.
        """
        if values.dtype == np.uint8 and (self.low, self.high) == (0, 255):
            return values
        width = self.high - self.low
        if values.size:
            least, most = float(values.min()), float(values.max())
            if least < self.low - FAR * max(width, 1) or most > self.high + FAR * max(width, 1):
                raise ArrayError(
                    f"the images have values from {least:g} to {most:g}, those of the training "
                    f"from {self.low:g} to {self.high:g}",
                    "scale them as the training images",
                )
        found = np.empty(values.shape, np.uint8)
        step = max(1, BLOCK // max(1, math.prod(values.shape[1:])))
        factor = 255 / width if width > 0 else 0.0
        for first in range(0, len(values), step):
            part = values[first : first + step].astype(np.float64)
            scaled = (part - self.low) * factor
            found[first : first + step] = np.rint(np.clip(scaled, 0, 255))
        return found


def _is_whole(values: NDArray[Any]) -> bool:
    return values.dtype.kind in "ui"


def shape_of(shape: tuple[int, ...], image_shape: tuple[int, ...] | None) -> tuple[int, ...]:
    """The shape that the images of an array of this shape have.

    Parameters
    ----------
    shape : (n, pixels), (n, height, width) or (n, height, width, channels)
    image_shape : (height, width) or (height, width, channels), optional
        The shape of an image of `pixels` values. By default a square, or else a single row.

    Returns
    -------
    (height, width), (height, width, 3) or (height, width, 4)

    Raises
    ------
    ArrayError
        The array has another number of axes, channels or values.
    """
    given = _checked(image_shape) if image_shape is not None else None
    if len(shape) == 2:
        found = given or _default(shape[1])
        if math.prod(found) != shape[1]:
            raise ArrayError(
                f"X has {shape[1]} features, an image of {_text(found)} has {math.prod(found)}",
                "give image_shape=(height, width) or (height, width, 3)",
            )
        return _plain(found)
    if len(shape) not in {3, 4}:
        raise ArrayError(f"X has the shape {shape}", SHAPES)
    found = _plain(shape[1:])
    if len(shape) == 4 and shape[3] not in {1, 3, 4}:
        first = shape[1] in {1, 3, 4}
        hint = "np.moveaxis(X, 1, -1) moves the channels to the end" if first else SHAPES
        raise ArrayError(f"X has the shape {shape}, expected 1, 3 or 4 channels last", hint)
    if given is not None and found != _plain(given):
        raise ArrayError(
            f"the images of X are {_text(found)}, image_shape is {_text(given)}",
            "leave image_shape out; it is for X of shape (n, pixels)",
        )
    return found


def _checked(shape: Any) -> tuple[int, ...]:
    try:
        sides = tuple(int(side) for side in shape)
    except (TypeError, ValueError):
        sides = ()
    if (
        len(sides) not in {2, 3}
        or min(sides) < 1
        or (len(sides) == 3 and sides[2] not in {1, 3, 4})
    ):
        raise ArrayError(
            f"image_shape is {shape!r}, expected (height, width) or (height, width, channels)",
            "for example image_shape=(28, 28)",
        )
    return sides


def _default(pixels: int) -> tuple[int, ...]:
    side = math.isqrt(pixels)
    return (side, side) if side * side == pixels else (1, pixels)


def _plain(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape without an axis for a single channel."""
    return shape[:2] if shape[2:] == (1,) else tuple(shape)


def _text(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def without_alpha(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images (n, height, width, 4) on white, as (n, height, width, 3); others as they are."""
    if images.ndim < 4 or images.shape[3] != 4:
        return images
    colour, alpha = images[..., :3].astype(np.float32), images[..., 3:].astype(np.float32) / 255
    seen: NDArray[np.uint8] = np.rint(colour * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return seen
