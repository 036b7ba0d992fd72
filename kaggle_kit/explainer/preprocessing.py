"""Turn a picture of a glyph into an image as the networks know it: light ink on black, centred.

MNIST's digits were scaled to fit a box of 20 pixels in an image of 28, and centred by their centre
of mass. Digits and other glyphs are treated in the same way here, whatever the size of the image.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from kaggle_kit.explainer.paper.ruling import without_lines
from kaggle_kit.explainer.paper.sheet import flattened
from kaggle_kit.explainer.pictures import Grey, NothingReadableError, brightness

Mask = NDArray[np.bool_]

CELLS = 64  # along the longer side, to find the ink that belongs together
BOX = 20 / 28
THINNEST = 1.6 / 28  # stroke width, of the image's side; 99% of MNIST's strokes are wider
FAINTEST = 12  # least difference of ink and paper, in levels of 255
AROUND = np.ones((3, 3))


def prepare(
    picture: Image.Image, shape: tuple[int, int] = (28, 28), *, digit: bool = True
) -> NDArray[np.uint8]:
    """The glyph in a picture of any mode, as an image of `shape`, 0..255, light on black.

    A picture that already is such an image, or its negative, keeps every byte.

    Parameters
    ----------
    digit : bool
        Whether the glyph is a digit. Others may have more parts, and may fill their images more:
        any picture of `shape` is taken for such an image.

    Raises
    ------
    NothingReadableError
        The picture is empty, or contains only noise.
    """
    grey = brightness(picture)
    for image in (grey, 255 - grey):
        if grey.shape == shape and (_is_placed(image) if digit else _is_on_black(image)):
            return image.round().astype(np.uint8)
    if np.ptp(grey) < FAINTEST:
        raise NothingReadableError("nothing")
    if _is_gradient(_smoothed(grey)):
        raise NothingReadableError("a plain gradient")
    grey = _on_black(_unframed(_smoothed(without_lines(flattened(grey)))))
    placed = _place(_glyph(_ink(grey)), shape)
    if digit and _is_noise(placed > 100):
        raise NothingReadableError("noise or a texture")
    return placed


def _is_on_black(image: Grey) -> bool:
    """Whether there is something on the image, and most of its edge is dark."""
    rim = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    return bool(np.ptp(image) >= FAINTEST and np.median(rim) < 128)


def _is_placed(image: Grey) -> bool:
    """Whether the ink is on black, and as large and as well centred as in MNIST."""
    if not image.any():
        return False
    long = max(image[_box(image > 0)].shape)
    off = np.subtract(ndimage.center_of_mass(image), np.array(image.shape) / 2)
    return bool(abs(long - BOX * min(image.shape)) < 1.5 and np.abs(off).max() < 0.6)


def _smoothed(grey: Grey) -> Grey:
    """Smooth the noise of a camera; a picture without noise stays unchanged."""
    if grey.shape[1] < 2 or np.median(np.abs(np.diff(grey))) < 1:
        return grey
    return np.asarray(ndimage.gaussian_filter(grey, max(grey.shape) / 150))


def _is_gradient(smooth: Grey) -> bool:
    """Whether the brightness changes slowly everywhere."""
    width = max(max(smooth.shape) / 20, 2)  # pixels; less says nothing in a very small picture
    detail = smooth - ndimage.gaussian_filter(smooth, width, mode="nearest")
    return bool(np.abs(detail).max() < max(FAINTEST / 2, 0.08 * np.ptp(smooth)))


def _otsu(grey: Grey) -> float:
    """The threshold that splits the values into two classes with the least variance within them."""
    counts, edges = np.histogram(grey, bins=256, range=(grey.min(), grey.max() + 1))
    sums = np.cumsum(counts * (edges[1:] + edges[:-1]) / 2)
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    means = sums[:-1] / below.clip(1), (sums[-1] - sums[:-1]) / above.clip(1)
    between = below * above * (means[1] - means[0]) ** 2
    return float(edges[1:-1][between >= between.max() * (1 - 1e-9)].mean())


def _box(mask: Mask) -> tuple[slice, ...]:
    """The rows and columns that contain all set pixels; at least one must be set."""
    return tuple(ndimage.find_objects(mask.astype(np.int8))[0])


def _edge(mask: Mask) -> float:
    """The share of the outermost pixels that are set."""
    return float(np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).mean())


def _unframed(grey: Grey) -> Grey:
    """Cut off what surrounds the paper: a frame, or the table on which the paper lies."""
    light = grey > _otsu(grey)
    paper = light if _edge(light) < 0.5 else ~light
    if _edge(paper) > 0.1:
        return grey
    kept = []
    for shares in (paper.mean(axis=1), paper.mean(axis=0)):
        inside, margin = np.flatnonzero(shares >= 0.5 * shares.max()), len(shares) // 100
        kept.append(slice(inside[0] + margin, inside[-1] + 1 - margin))
    inner = paper[tuple(kept)]
    is_paper = inner.sum() > 0.3 * grey.size and inner.mean() > 0.5 and _edge(inner) > 0.8
    return grey[tuple(kept)] if is_paper else grey


def _on_black(grey: Grey) -> Grey:
    """Make the ink light on black, and the lighting even."""
    light = grey > _otsu(grey)
    plain = 255 - grey if _edge(light) + light.mean() > 1 else grey
    doubt = _doubt(plain)
    if doubt < 0.2 or max(grey.shape) < CELLS:
        return plain
    cells = _shrunk(grey)
    detail = cells - ndimage.gaussian_filter(cells, CELLS / 6)
    even = _evened(grey if (detail**3).sum() < 0 else 255 - grey)
    rest = _doubt(even) if even.max() > 3 * FAINTEST else 1.0
    if min(doubt, rest) > 0.5:
        raise NothingReadableError("no plain background")
    return even if rest < doubt else plain


def _doubt(grey: Grey) -> float:
    """The deviation from light ink in the middle of evenly dark paper; 0 is no deviation."""
    if np.ptp(grey) < FAINTEST:
        return 1.0
    light = grey > _otsu(grey)
    gap = grey[light].mean() - grey[~light].mean()
    return _edge(light) + float(np.ptp(np.percentile(grey[~light], [25, 75])) / gap)


def _evened(grey: Grey) -> Grey:
    """Turn dark ink on unevenly lit paper into light ink on black."""
    cells = _shrunk(grey)
    dark = ndimage.grey_closing(cells, CELLS // 3, mode="nearest") - cells
    mask = ndimage.binary_dilation(dark > max(15, 0.3 * dark.max()), AROUND)
    nearest = ndimage.distance_transform_edt(mask, return_distances=False, return_indices=True)
    paper = np.where(mask, ndimage.gaussian_filter(cells[tuple(nearest)], 1), cells)
    whole = Image.fromarray(paper).resize(grey.shape[::-1], Image.Resampling.BICUBIC)
    return np.asarray(255 * (1 - grey / np.asarray(whole).clip(8)).clip(0))


def _shrunk(grey: Grey) -> Grey:
    small = Image.fromarray(grey)
    small.thumbnail((CELLS, CELLS), Image.Resampling.BOX)
    return np.asarray(small)


def _ink(grey: Grey) -> Grey:
    """The amount of ink in each pixel, 0..1, estimated from its brightness."""
    threshold = _otsu(grey)
    dark, light = grey[grey <= threshold], grey[grey > threshold]
    paper = np.median(dark)
    noise = 1.5 * np.median(np.abs(dark - paper))
    ink = np.percentile(light, 90) if light.size else paper
    # In a picture of very few pixels, noise cannot be told apart from ink.
    if ink - paper < max(FAINTEST, min(5, max(grey.shape) / 6) * noise):
        raise NothingReadableError("nothing")
    return np.asarray(((grey - paper) / (ink - paper)).clip(0, 1))


def _glyph(ink: Grey) -> Grey:
    """The ink without specks, frames and marks that reach in from the edge."""
    step = -(-max(ink.shape) // CELLS)
    padded = np.pad(ink, [(0, -side % step) for side in ink.shape])
    cells = padded.reshape(padded.shape[0] // step, step, -1, step)
    parts, count = ndimage.label(cells.max(axis=(1, 3)) > 0.4, AROUND)
    numbers = range(1, count + 1)
    trust = ndimage.sum_labels(cells.sum(axis=(1, 3)), parts, numbers)
    trust = trust * [_trust(parts, number) for number in numbers]
    kept = np.concatenate([[False], trust > 0.06 * trust.max()])
    mask = ndimage.binary_dilation(kept[parts], AROUND).repeat(step, axis=0).repeat(step, axis=1)
    return np.asarray(ink * mask[: ink.shape[0], : ink.shape[1]])


def _trust(parts: NDArray[np.int32], number: int) -> float:
    """The weight of the ink of a part: small for a frame, and for a part along the edge."""
    touching = _edge(parts == number)
    box = parts[ndimage.find_objects(parts)[number - 1]]
    is_frame = _edge(box == number) > 0.8 and not np.isin(box, [0, number]).all()
    return 0.02 if is_frame or touching > 0.08 else 0.2 if touching else 1.0


def _place(ink: Grey, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Scale the ink by its longer side to fit the box, and centre it by its centre of mass."""
    ink = ink[_box(ink > 0.25)]
    scale = BOX * min(shape) / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    fine = Image.fromarray(ink).resize((4 * width, 4 * height), Image.Resampling.BICUBIC)
    small = np.asarray(
        Image.fromarray(_thickened(np.asarray(fine), THINNEST * min(shape))).reduce(4)
    )
    centre = ndimage.center_of_mass(small)
    room = np.subtract(shape, small.shape)
    top, left = (np.array(shape) / 2 - centre).round().astype(int).clip(0, room)
    around = [(top, room[0] - top), (left, room[1] - left)]
    return np.pad((255 * small).round().astype(np.uint8), around)


def _thickened(ink: Grey, least: float) -> Grey:
    """Make strokes at least so many pixels wide; `ink` has four times the size of the image."""
    ink = (ink / np.percentile(ink[ink > 0.25 * ink.max()], 75)).clip(0, 1)
    strokes = ink > 0.5
    width = 4 * ndimage.distance_transform_edt(strokes)[strokes].mean() - 2
    more = round((4 * least - width) / 2)
    if more < 1:
        return ink
    y, x = np.mgrid[-more : more + 1, -more : more + 1]
    disc = y**2 + x**2 <= (more + 0.5) ** 2
    thick = Image.fromarray(ndimage.grey_dilation(np.pad(ink, more), footprint=disc))
    return np.asarray(thick.resize(ink.shape[::-1], Image.Resampling.BOX))


def _is_noise(ink: Mask) -> bool:
    """Whether the ink has more parts and holes than a digit, or is only a filled box."""
    holes = ndimage.label(np.pad(~ink, 1, constant_values=True))[1] - 1
    box = ink[_box(ink)]
    is_solid = min(box.shape) > 0.3 * max(ink.shape) and box.mean() > 0.8
    return bool(ndimage.label(ink, AROUND)[1] + holes > 7 or is_solid)
