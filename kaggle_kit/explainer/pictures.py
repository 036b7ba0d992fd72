"""A picture of any format -> its brightness; what the digit in it is, `preparation` finds."""

import contextlib
import io
import warnings
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, ImageStat

from kaggle_kit.errors import InputError

Grey = NDArray[np.float32]

MOST_PIXELS = 64_000_000
LARGEST = 1024  # pixels of the longer side of what is worked on
MOST = 1e38  # of a pixel; float32 ends at 3.4e38, which the difference of two must not reach
INSTEAD, ELSEWHERE = "send a PNG or a JPEG", "check the path"
DRAW = "draw one digit, large, on a plain background"


def read_picture(source: bytes | Path) -> Image.Image:
    """The picture in a file, or in its bytes: upright, and the first one of an animation.

    Raises
    ------
    InputError
        The file cannot be read, is no picture that Pillow knows, is damaged or too large.
    """
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), "the picture")
    try:
        with source.open("rb") as file:
            return _decode(file, str(source))
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}", hint=ELSEWHERE) from None


def brightness(picture: Image.Image) -> Grey:
    """How bright a picture of any mode is, where its ink and its paper differ most.

    Transparency is filled in with what sets off the ink.

    Returns
    -------
    float32 array of shape (height, width)
        0..255, of at most LARGEST pixels a side.

    Raises
    ------
    InputError
        Nothing of it can be seen.
    """
    if 0 in picture.size:
        raise no_digit("no pixels")
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = _of_one_byte(picture)
    elif picture.has_transparency_data:
        picture = picture.convert("LA")
    else:
        bands = picture.convert({"1": "L", "P": "RGB"}.get(picture.mode, picture.mode)).split()
        # Red ink on green may be as bright as the paper, but not in each colour.
        picture = max(bands, key=lambda band: ImageStat.Stat(band).var[0])
    picture = picture.reduce(-(-max(picture.size) // LARGEST))
    values = np.asarray(picture, dtype=np.float32)
    return values if values.ndim == 2 else _filled(values[..., 0], values[..., 1])


def _of_one_byte(picture: Image.Image) -> Image.Image:
    """Numbers of other ranges scaled to 0..255, in mode F."""
    values = np.nan_to_num(np.asarray(picture).astype(np.float32), posinf=0, neginf=0)
    values = values.clip(-MOST, MOST)
    values -= min(values.min(), 0)
    tops = {"I": [255, 65535], "F": [1, 255, 65535]}.get(picture.mode, [65535])
    top = next((top for top in tops if values.max() <= top), values.max())
    values /= np.float32(top)
    return Image.fromarray(values * np.float32(255))


def _filled(grey: Grey, alpha: Grey) -> Grey:
    """Laid on what is opposite to the ink; on more of its own paper if it has some."""
    alpha = alpha / np.float32(255)
    seen = grey[alpha > min(0.5, alpha.max() / 2)]
    if not seen.size:
        raise no_digit("nothing but transparency")
    behind = np.median(seen) if seen.std() > 40 else 255 * (seen.mean() < 128)
    return grey * alpha + np.float32(behind) * (1 - alpha)


def no_digit(found: str) -> InputError:
    """The error of a picture that shows something else, or nothing."""
    return InputError(f"expected a digit in the picture, found {found}", hint=DRAW)


def _decode(file: IO[bytes], name: str) -> Image.Image:
    with warnings.catch_warnings(action="ignore"):
        try:
            picture: Image.Image = Image.open(file)
        except Image.DecompressionBombError:
            raise _too_large(name, "far") from None
        except Exception as error:
            raise InputError(f"{name} is no picture of a known format", hint=INSTEAD) from error
        if picture.width * picture.height > MOST_PIXELS:
            raise _too_large(name, f"{picture.width}x{picture.height},")
        if picture.format == "EPS":  # a program, which Ghostscript would run
            raise InputError(f"{name} is PostScript, not a picture", hint=INSTEAD)
        try:
            picture.load()
        except Exception as error:
            raise InputError(f"{name} is damaged: {error}", hint="save or send it anew") from error
        with contextlib.suppress(Exception):  # the picture is whole, if its EXIF is not
            picture = ImageOps.exif_transpose(picture)
        return picture


def _too_large(name: str, found: str) -> InputError:
    return InputError(f"{name} has {found} more than {MOST_PIXELS:,} pixels", hint="shrink it")
