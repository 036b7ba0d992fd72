"""Decode an image file into an array of the competition's size and channels.

Workers import this module, so it imports nothing heavy.

How an image is read:

- Its EXIF orientation is applied. Of several frames, the first counts.
- What is transparent shows white, as on a page.
- Grey is the luminance of ITU-R 601, as in Pillow.
- 16 bits go from 0 to 65535 unless `images.range` says otherwise.
- It is scaled by a bicubic filter that covers all pixels of a larger image. JPEGs are decoded at a
  fraction of their size where that is at least twice the wanted size.
"""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from kaggle_kit.competition.description import Images, Resize
from kaggle_kit.errors import counted

ENDINGS = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff"),
    *(".bmp", ".gif", ".webp", ".pgm", ".ppm"),
}
# Not all that Pillow knows: some formats are opened by other programs.
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP", "PPM")
BYTES = (0, 255)
ORIENTATION = 0x0112  # the tag of EXIF and TIFF
SPARE = 2.0  # how many times larger a coarsely scaled image is than the final one
HOW = {
    Resize.STRETCH: "scaled to",
    Resize.CROP: "scaled and cropped to",
    Resize.PAD: "scaled and padded to",
}
WIDE_MODES = ("I", "F")  # their values are wider than a byte; so are those of I;16


class UnreadableImageError(ValueError):
    """The file is no image, or a damaged one; the message says which, in a few words."""


class OutOfRangeError(ValueError):
    """A value is outside the range of black and white.

    Attributes
    ----------
    value : float
    position : int
        Its position in the flattened array.
    """

    def __init__(self, value: float, position: int, limits: tuple[float, float]) -> None:
        low, high = limits
        super().__init__(f"expected values from {low:g} to {high:g}, found {value:g}")
        self.value, self.position = value, position


@dataclass(frozen=True)
class Resized:
    """How many images had another size than the wanted one.

    Attributes
    ----------
    count : int
    least, most : (height, width)
        The sizes of those with the fewest and with the most pixels, before they were resized.
    """

    count: int = 0
    least: tuple[int, int] = (0, 0)
    most: tuple[int, int] = (0, 0)

    def __add__(self, other: "Resized") -> "Resized":
        if not (self.count and other.count):
            return self if self.count else other
        both = sorted((self.least, self.most, other.least, other.most), key=_area)
        return Resized(self.count + other.count, both[0], both[-1])

    def describe(self, images: Images) -> str:
        """A sentence, for at least one image."""
        sizes = dict.fromkeys(" × ".join(map(str, size)) for size in (self.least, self.most))
        wanted = " × ".join(map(str, images.size))
        count = counted(self.count, "image")
        return f"{count} of {' to '.join(sizes)} pixels {HOW[images.resize]} {wanted}"


def _area(size: tuple[int, int]) -> tuple[int, int]:
    return size[0] * size[1], size[0]


def decode(content: bytes, images: Images) -> NDArray[np.uint8]:
    """Decode the bytes of an image file; see `decode_and_tell`."""
    return decode_and_tell(content, images)[0]


def decode_and_tell(content: bytes, images: Images) -> tuple[NDArray[np.uint8], Resized]:
    """Decode the bytes of an image file, and tell whether the image had another size.

    Parameters
    ----------
    content : bytes
    images : Images
        The size, the channels, the range of the values, and how other sizes get the size.

    Returns
    -------
    ndarray of uint8, shape `images.shape`
    Resized
        Of one image, or of none.

    Raises
    ------
    UnreadableImageError
        The bytes are no image of a known format, are damaged or cut short, or have more pixels
        than `PIL.Image.MAX_IMAGE_PIXELS`.
    OutOfRangeError
        A value is outside `images.range`.
    """
    if not content:
        raise UnreadableImageError("it is empty")
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        _check_pixels(image)
        width, height = image.size
        picture = _converted(_loaded(image, images), images)
        upright = _upright(picture, image)
        if (width < height) != (upright.width < upright.height):  # it was turned
            width, height = height, width
        size = height, width
        resized = Resized() if size == images.size else Resized(1, size, size)
        return np.asarray(_fitted(upright, images)), resized
    except (UnreadableImageError, OutOfRangeError):
        raise
    except UnidentifiedImageError:
        raise UnreadableImageError("it is no image") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except Exception as error:
        # A damaged file makes Pillow's parsers fail in almost any way.
        text = "it is cut short" if "truncated" in str(error).lower() else "it is damaged"
        raise UnreadableImageError(text) from error


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Silence Pillow's warnings about odd files; what is wrong with a file is an error here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


def to_bytes(values: NDArray[np.generic], limits: tuple[float, float]) -> NDArray[np.uint8]:
    """Map values linearly and round: the lower limit becomes 0, the upper one 255.

    Raises
    ------
    OutOfRangeError
        A value is outside the limits, or not a number. It is the first such value.
    """
    low, high = limits
    if values.dtype == np.uint8 and limits == BYTES:
        return values  # type: ignore[return-value]
    inside = (values >= low) & (values <= high)  # type: ignore[operator]
    if not inside.all():
        position = int(np.argmin(inside))
        raise OutOfRangeError(float(values.flat[position]), position, limits)
    scaled = (values.astype(np.float64) - low) * (255 / (high - low))
    return np.rint(scaled).astype(np.uint8)


def _check_pixels(image: Image.Image) -> None:
    most = Image.MAX_IMAGE_PIXELS
    if most and image.width * image.height > most:
        raise _too_large()


def _too_large() -> UnreadableImageError:
    return UnreadableImageError(f"it has more than {Image.MAX_IMAGE_PIXELS:,} pixels")


def _loaded(image: ImageFile.ImageFile, images: Images) -> Image.Image:
    """The image with all its pixels, or at a fraction of its size if that is large enough."""
    side = int(SPARE * max(images.size))
    # Of a small image that has the wanted mode, there is nothing to leave out.
    can_be_less = image.mode != _mode(images) or min(image.size) > side
    if image.format == "JPEG" and image.mode in {"L", "RGB"} and can_be_less:
        image.draft(_mode(images), (side, side))
    if images.range != BYTES and image.mode.startswith("RGB") and ";16" in str(image.tile):
        raise UnreadableImageError("its colours have 16 bits, which images.range cannot map")
    if isinstance(image, TiffImageFile) and image.tag_v2.get(ORIENTATION, 1) == 1:
        # Pillow would parse all tags again to turn the image, which takes a quarter of the time.
        image.load_end = lambda: None  # type: ignore[method-assign]
    image.load()
    return image


def _mode(images: Images) -> str:
    return "L" if images.channels == 1 else "RGB"


def _converted(image: Image.Image, images: Images) -> Image.Image:
    """The image in mode L or RGB."""
    if image.mode.startswith(WIDE_MODES):
        image = _from_wide(image, images)
    elif images.range != BYTES and image.mode not in {"1", "P"}:  # which have no range
        image = _from_bytes(image, images)
    if image.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image if image.mode == _mode(images) else image.convert(_mode(images))


def _from_wide(image: Image.Image, images: Images) -> Image.Image:
    is_16_bit = image.mode.startswith("I;16") or (image.format, image.mode) == ("PNG", "I")
    limits = (0, 65535) if is_16_bit and images.range == BYTES else images.range
    return Image.fromarray(to_bytes(np.asarray(image), limits))


def _from_bytes(image: Image.Image, images: Images) -> Image.Image:
    if image.mode not in {"L", "RGB"}:  # an alpha channel has no such range
        image = image.convert("L" if image.mode in {"LA", "La"} else "RGB")
    image.info.pop("transparency", None)
    return Image.fromarray(to_bytes(np.asarray(image), images.range))


def _upright(image: Image.Image, source: Image.Image) -> Image.Image:
    """The image turned as its EXIF data say; Pillow has already done so for TIFF."""
    if "exif" not in source.info:
        return image
    try:
        orientation = source.getexif().get(ORIENTATION, 1)
    except (SyntaxError, ValueError, KeyError, TypeError, EOFError, OSError, struct.error):
        return image  # damaged EXIF data do not make an image unreadable
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)
    return image if turn is None else image.transpose(turn)


def _fitted(image: Image.Image, images: Images) -> Image.Image:
    height, width = images.size
    if image.size == (width, height):
        return image
    across, down = image.width / width, image.height / height
    if images.resize == Resize.PAD:
        scale = max(across, down)
        size = max(1, round(image.width / scale)), max(1, round(image.height / scale))
        padded = Image.new(image.mode, (width, height))
        padded.paste(_resized(image, size), ((width - size[0]) // 2, (height - size[1]) // 2))
        return padded
    scale_x, scale_y = (min(across, down),) * 2 if images.resize == Resize.CROP else (across, down)
    left, top = (image.width - width * scale_x) / 2, (image.height - height * scale_y) / 2
    left, top = max(left, 0.0), max(top, 0.0)
    return _resized(image, (width, height), (left, top, image.width - left, image.height - top))


def _resized(
    image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
) -> Image.Image:
    return image.resize(size, Image.Resampling.BICUBIC, box, reducing_gap=SPARE)
