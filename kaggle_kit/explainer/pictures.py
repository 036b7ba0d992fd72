"""Read a picture of any format and compute its brightness; `preprocessing` finds the digit."""

import contextlib
import io
import warnings
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, ImageStat

from kaggle_kit.errors import InputError, in_words

Grey = NDArray[np.float32]

MOST_PIXELS = 64_000_000
LARGEST = 1024  # pixels of the longer side of the picture after it was shrunk
MOST = 1e38  # of a pixel; the difference of two must stay below 3.4e38, the limit of float32
INSTEAD, ELSEWHERE = "send a PNG or a JPEG", "check the path"


class NothingReadableError(InputError):
    """A picture shows no glyph; `found` is what it shows instead."""

    def __init__(self, found: str, what: str = "digit") -> None:
        hint = f"draw one {what}, large, on a plain background"
        article = "an" if what[0] in "aeiou" else "a"
        super().__init__(f"expected {article} {what} in the picture, found {found}", hint=hint)
        self.found = found


def read_picture(source: bytes | Path) -> Image.Image:
    """Read a picture from a file or its bytes, and turn it upright; an animation's first frame.

    Raises
    ------
    InputError
        The file cannot be read, is not a picture that Pillow knows, is damaged or is too large.
    """
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), "the picture")
    try:
        with source.open("rb") as file:
            return _decode(file, str(source))
    except OSError as error:
        raise InputError(f"{source} cannot be read: {in_words(error)}", hint=ELSEWHERE) from None


def brightness(picture: Image.Image) -> Grey:
    """The brightness of a picture of any mode, in the colour band where ink and paper differ most.

    Transparent parts are filled with a brightness that contrasts with the ink.

    Returns
    -------
    float32 array of shape (height, width)
        0..255; each side has at most LARGEST pixels.

    Raises
    ------
    InputError
        The picture has no pixels, or is fully transparent.
    """
    if 0 in picture.size:
        raise NothingReadableError("no pixels")
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = _of_one_byte(picture)
    elif picture.has_transparency_data:
        picture = picture.convert("LA")
    else:
        bands = picture.convert({"1": "L", "P": "RGB"}.get(picture.mode, picture.mode)).split()
        # Red ink may be as bright as green paper overall, but not in every colour band.
        picture = max(bands, key=lambda band: ImageStat.Stat(band).var[0])
    picture = picture.reduce(-(-max(picture.size) // LARGEST))
    values = np.asarray(picture, dtype=np.float32)
    return values if values.ndim == 2 else _filled(values[..., 0], values[..., 1])


def _of_one_byte(picture: Image.Image) -> Image.Image:
    """Scale values of other ranges to 0..255, in mode F."""
    values = np.nan_to_num(np.asarray(picture).astype(np.float32), posinf=0, neginf=0)
    values = values.clip(-MOST, MOST)
    values -= min(values.min(), 0)
    tops = {"I": [255, 65535], "F": [1, 255, 65535]}.get(picture.mode, [65535])
    top = next((top for top in tops if values.max() <= top), values.max())
    values /= np.float32(top)
    return Image.fromarray(values * np.float32(255))


def _filled(grey: Grey, alpha: Grey) -> Grey:
    """Fill transparent parts with the opposite of the ink, or with the paper if any is visible."""
    alpha = alpha / np.float32(255)
    seen = grey[alpha > min(0.5, alpha.max() / 2)]
    if not seen.size:
        raise NothingReadableError("nothing but transparency")
    behind = np.median(seen) if seen.std() > 40 else 255 * (seen.mean() < 128)
    return grey * alpha + np.float32(behind) * (1 - alpha)


def _decode(file: IO[bytes], name: str) -> Image.Image:
    with warnings.catch_warnings(action="ignore"):
        try:
            picture: Image.Image = Image.open(file)
        except Image.DecompressionBombError:
            raise _too_large(name, "far") from None
        except Exception as error:
            raise InputError(f"{name} is not a picture of a known format", hint=INSTEAD) from error
        if picture.width * picture.height > MOST_PIXELS:
            raise _too_large(name, f"{picture.width}x{picture.height},")
        if picture.format == "EPS":  # EPS is a program, which Ghostscript would run
            raise InputError(f"{name} is PostScript, not a picture", hint=INSTEAD)
        try:
            picture.load()
        except Exception as error:
            raise InputError(f"{name} is damaged: {error}", hint="save or send it again") from error
        with contextlib.suppress(Exception):  # damaged EXIF does not spoil the picture
            picture = ImageOps.exif_transpose(picture)
        return picture


def _too_large(name: str, found: str) -> InputError:
    return InputError(f"{name} has {found} more than {MOST_PIXELS:,} pixels", hint="shrink it")
