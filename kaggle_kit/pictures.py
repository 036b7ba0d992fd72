"""Any picture of a digit -> the image that the networks know: light ink on black, centred.

MNIST's digits were scaled to fit a box of 20 in 28 pixels and centred by their mass; so are these.
"""

import io
import warnings
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy import ndimage

from kaggle_kit.errors import InputError

Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]

MOST_PIXELS = 64_000_000
BOX = 20 / 28
SMALLEST, LARGEST = 256, 1024  # the longer side of what is worked on
CELLS = 64  # along the longer side, for which parts belong together
THIN = 6.0
FAINTEST = 10  # levels of 255 between ink and paper
ANOTHER = "send a PNG or JPEG of one digit"


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
    except FileNotFoundError:
        raise InputError(f"{source} does not exist", hint="check the path") from None
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}") from None


def prepare(picture: Image.Image, shape: tuple[int, int] = (28, 28)) -> NDArray[np.uint8]:
    """The digit in a picture of any mode, as an image of `shape`, 0..255, light on black.

    One that is such an image already keeps every byte.

    Raises
    ------
    InputError
        Nothing is drawn in the picture, or nothing but noise.
    """
    if 0 in picture.size:
        raise _blank()
    grey = _grey(picture)
    if grey.shape == shape:
        for image in (grey, 255 - grey):
            if _is_ready(image):
                return image.round().astype(np.uint8)
    return _place(_digit(_ink(_resized(_on_black(_unframed(_smoothed(grey)))))), shape)


def _decode(file: IO[bytes], name: str) -> Image.Image:
    with warnings.catch_warnings(action="ignore"):
        try:
            picture = Image.open(file)
        except Image.DecompressionBombError:
            raise _too_large(name, "far") from None
        except Exception as error:
            raise InputError(f"{name} is no picture that can be read", hint=ANOTHER) from error
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise _too_large(name, f"{width}x{height}")
        if picture.format == "EPS":  # a program, which Pillow would have Ghostscript run
            raise InputError(f"{name} is PostScript, not a picture", hint=ANOTHER)
        try:
            picture.load()
            return ImageOps.exif_transpose(picture)
        except Exception as error:
            raise InputError(f"{name} is damaged: {error}", hint="save or send it again") from error


def _too_large(name: str, found: str) -> InputError:
    return InputError(
        f"{name} has {found} pixels, more than {MOST_PIXELS:,}", hint="make it smaller, or crop it"
    )


def _blank() -> InputError:
    return InputError("there is no digit in the picture", hint="draw one, large and in one colour")


def _grey(picture: Image.Image) -> Grey:
    """Brightness, 0..255, of at most LARGEST pixels a side; transparency filled in."""
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = _of_bytes(picture)
    elif picture.has_transparency_data:
        picture = picture.convert("RGBA")
    elif picture.mode == "LAB":
        picture = picture.getchannel("L")
    elif picture.mode != "L":
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    channels = np.asarray(picture.reduce(-(-max(picture.size) // LARGEST)), dtype=np.float32)
    if channels.ndim == 2:
        return channels
    alpha = channels[..., 3] / 255 if channels.shape[2] == 4 else np.ones_like(channels[..., 0])
    return _filled(_contrast(channels[..., :3], alpha), alpha)


def _of_bytes(picture: Image.Image) -> Image.Image:
    """Numbers of more than eight bits scaled to 0..255, in mode F."""
    values = np.nan_to_num(np.asarray(picture).astype(np.float32), posinf=0, neginf=0)
    values -= min(values.min(), 0)
    tops = [65535] if picture.mode.startswith("I;16") else [1, 255, 65535][picture.mode == "I" :]
    top = next((top for top in tops if values.max() <= top), values.max())
    return Image.fromarray(values * np.float32(255 / top))


def _contrast(colours: NDArray[np.float32], alpha: Grey) -> Grey:
    """Colours (height, width, 3) along the direction in which they differ most, 0..255."""
    middle = np.average(colours, axis=(0, 1), weights=np.dstack([alpha + 1e-6] * 3))
    spread = ((colours - middle) * alpha[..., None]).reshape(-1, 3)
    axis = np.linalg.eigh(spread.T @ spread / len(spread) + 1)[1][:, -1]
    axis /= np.abs(axis).sum() * np.sign(axis.sum())
    grey: Grey = colours @ axis.astype(np.float32) - 255 * min(axis.clip(max=0).sum(), 0)
    return grey


def _filled(grey: Grey, alpha: Grey) -> Grey:
    """Lay the picture on what is opposite to its ink; on more of the same if it has paper."""
    seen = grey[alpha > 0.5] if (alpha > 0.5).any() else grey[alpha > 0]
    if not seen.size:
        raise _blank()
    if seen.std() > 40:
        behind = np.median(seen)
    else:
        behind = 0 if seen.mean() > 127 else 255
    return grey * alpha + np.float32(behind) * (1 - alpha)


def _is_ready(image: Grey) -> bool:
    """Whether it is placed as MNIST's are, on black."""
    rows, columns = (np.flatnonzero(image.max(axis=axis) > 0) for axis in (1, 0))
    if not rows.size:
        return False
    long = max(np.ptp(rows), np.ptp(columns)) + 1
    centre = np.array(ndimage.center_of_mass(image))
    size = max(image.shape)
    return bool(
        abs(long / size - BOX) <= 1.5 / size and np.abs(centre - np.array(image.shape) / 2).max() < 0.6
    )


def _resized(grey: Grey) -> Grey:
    factor = max(1, SMALLEST / max(grey.shape))
    height, width = (max(1, round(side * factor)) for side in grey.shape)
    return np.asarray(Image.fromarray(grey).resize((width, height), Image.Resampling.BICUBIC))


def _otsu(grey: Grey) -> float:
    """The threshold that parts the values into two classes that vary least within."""
    counts, edges = np.histogram(grey, bins=256)
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)[:-1]
    sums = np.cumsum(counts * middles)
    above = counts.sum() - below
    gap = sums[:-1] / below.clip(1) - (sums[-1] - sums[:-1]) / above.clip(1)
    best = below * above * gap**2
    # Of an empty stretch between two classes, its middle.
    return float(edges[1:-1][best >= best.max() * (1 - 1e-9)].mean())


def _edge(mask: Mask) -> float:
    ring = [mask[0], mask[-1], mask[:, 0], mask[:, -1]]
    return float(np.concatenate(ring).mean())


def _smoothed(grey: Grey) -> Grey:
    """Without the noise of a camera; what has none stays as it is."""
    aside = np.abs(grey[:, 1:] - grey[:, :-1])
    if np.median(aside) < 1:
        return grey
    return ndimage.gaussian_filter(grey, max(grey.shape) / 150)


def _unframed(grey: Grey) -> Grey:
    """Without what goes all around the paper: a frame, or the table that it lies on."""
    light = grey > _otsu(grey)
    paper = light if light.mean() > 0.5 else ~light
    if _edge(paper) > 0.1:
        return grey
    height, width = grey.shape
    top = left = 0
    bottom, right = height, width
    while min(bottom - top, right - left) > 0.5 * min(grey.shape):
        inner = paper[top:bottom, left:right]
        shares = [inner[0].mean(), inner[-1].mean(), inner[:, 0].mean(), inner[:, -1].mean()]
        worst = int(np.argmin(shares))
        if shares[worst] > 0.8:
            return grey[top:bottom, left:right]
        top, bottom = top + (worst == 0), bottom - (worst == 1)
        left, right = left + (worst == 2), right - (worst == 3)
    return grey


def _on_black(grey: Grey) -> Grey:
    """Light on black, and evenly lit."""
    light = grey > _otsu(grey)
    plain = 255 - grey if _edge(light) + light.mean() > 1 else grey
    if (doubt := _doubt(plain)) < 0.2 or max(grey.shape) < CELLS:
        return plain
    detail = grey - ndimage.gaussian_filter(grey, max(grey.shape) / 6)
    even = _evened(grey if (detail**3).sum() < 0 else 255 - grey)
    return even if _doubt(even) < doubt else plain


def _doubt(grey: Grey) -> float:
    """How far light on black is from ink in the middle of paper of one brightness; 0 at best."""
    light = grey > _otsu(grey)
    if not light.any():
        return 2.0
    gap = grey[light].mean() - grey[~light].mean()
    return _edge(light) + float(np.ptp(np.percentile(grey[~light], [25, 75])) / gap)


def _evened(grey: Grey) -> Grey:
    """Dark ink on paper in uneven light -> light on black."""
    picture = Image.fromarray(grey)
    small = picture.copy()
    small.thumbnail((CELLS, CELLS), Image.Resampling.BOX)
    cells = np.asarray(small)
    ink = ndimage.grey_closing(cells, CELLS // 3, mode="nearest") - cells
    mask = ndimage.binary_dilation(ink > max(15, 0.3 * ink.max()), np.ones((3, 3)))
    nearest = ndimage.distance_transform_edt(mask, return_distances=False, return_indices=True)
    paper = cells[tuple(nearest)]
    paper = np.where(mask, ndimage.gaussian_filter(paper, 1), paper)
    paper = np.asarray(Image.fromarray(paper).resize(picture.size, Image.Resampling.BICUBIC))
    return 255 * (1 - grey / paper.clip(8)).clip(0)


def _ink(grey: Grey) -> Grey:
    """How much ink there is, 0..1."""
    light = grey > (threshold := _otsu(grey))
    if not light.any():
        raise _blank()
    ink = np.percentile(grey[light], 90)
    paper = np.median(grey[~light])
    noise = 1.5 * np.median(np.abs(grey[~light] - paper))
    if ink - paper < max(FAINTEST, 5 * noise):
        raise _blank()
    low = min(paper + 3 * noise, threshold)
    return ((grey - low) / (ink - low)).clip(0, 1)


def _digit(ink: Grey) -> Grey:
    """The ink without specks, frames and what comes in from the edge."""
    step = -(-max(ink.shape) // CELLS)
    padded = np.pad(ink, [(0, -side % step) for side in ink.shape])
    height, width = (side // step for side in padded.shape)
    cells = padded.reshape(height, step, width, step)
    parts, count = ndimage.label(cells.max(axis=(1, 3)) > 0.4, np.ones((3, 3)))
    if not count:
        raise _blank()
    numbers = np.arange(1, count + 1)
    mass = ndimage.sum_labels(cells.sum(axis=(1, 3)), parts, numbers)
    outside = np.array([_edge(parts == n) > 0.08 or _is_frame(parts, n) for n in numbers])
    heavy = mass > 0.06 * mass.max()
    if (heavy & ~outside).any():
        mass = np.where(outside, 0, mass)
    at_edge = np.array([_edge(parts == n) > 0 for n in numbers])
    kept = np.concatenate([[False], mass > np.where(at_edge, 0.3, 0.06) * mass.max()])
    mask = ndimage.binary_dilation(kept[parts], np.ones((3, 3)))
    whole = np.repeat(np.repeat(mask, step, axis=0), step, axis=1)
    return ink * whole[: ink.shape[0], : ink.shape[1]]


def _is_frame(parts: NDArray[np.int32], number: int) -> bool:
    """Whether a part goes all around, along a rectangle, with another part inside."""
    inside = parts[ndimage.find_objects(parts)[number - 1]]
    return _edge(inside == number) > 0.8 and bool((~np.isin(inside, [0, number])).any())


def _place(ink: Grey, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Scale the longer side to the box, and centre by mass."""
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > 0.35) for axis in (1, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = max(ink.shape) / (BOX * max(shape))
    size = [max(1, round(side / scale)) for side in ink.shape]
    fine = Image.fromarray(ink).resize((4 * size[1], 4 * size[0]), Image.Resampling.BOX)
    small = np.asarray(Image.fromarray(_thick(np.asarray(fine))).reduce(4)).clip(0, 1)
    image = np.zeros(shape, np.uint8)
    centre = ndimage.center_of_mass(small)
    start = [
        min(max(round(side / 2 - c), 0), side - n)
        for side, c, n in zip(shape, centre, small.shape, strict=True)
    ]
    image[start[0] : start[0] + size[0], start[1] : start[1] + size[1]] = (255 * small).round()
    return image


def _thick(ink: Grey, width: float = THIN) -> Grey:
    """Strokes that are thinner than any of MNIST's made as wide as those."""
    ink = ink / np.percentile(ink[ink > 0.25 * ink.max()], 75)
    mask = ink > 0.5
    found = 4 * ndimage.distance_transform_edt(mask)[mask].mean() - 2
    lacking = round((width - found) / 2)
    if lacking < 1:
        return ink.clip(0, 1)
    y, x = np.mgrid[-lacking : lacking + 1, -lacking : lacking + 1]
    disc = y**2 + x**2 <= (lacking + 0.5) ** 2
    padded = np.pad(ink, lacking)
    padded = ndimage.grey_dilation(padded, footprint=disc)
    return np.asarray(Image.fromarray(padded).resize(ink.shape[::-1], Image.Resampling.BOX)).clip(0,1)
