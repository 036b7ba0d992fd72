"""Find a sheet of paper that lies on a table, and cut it out upright.

The picture is made small and its ink is taken out. Every region of even brightness is then a
candidate, and so are two such regions together, because the edge of a shadow divides a sheet. The
sheet is the candidate that fills a rectangle, has ink inside, and stands out most: large, smooth,
and with edges on every side that end at its corners.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from kaggle_kit.explainer.paper.shadow import without_shadow
from kaggle_kit.explainer.pictures import Grey

Mask = NDArray[np.bool_]
Points = NDArray[np.float64]

SMALL = 160  # pixels of the longer side of the picture in which the sheet is searched
INK = 15  # pixels there; wider strokes are not taken for ink
LEAST_AREA = 0.06  # of the picture
PIECE = 0.01  # of the picture; a smaller part of the sheet that a shadow cuts off is ignored
LEAST_FIT = 0.88  # area of a region, of the area of its rectangle within the picture
LEAST_INK = 0.2  # darkness of the ink, of the brightness of the paper
FLAT = (0.015, 0.03, 0.06, 0.12)  # steps of the logarithm of the brightness, a pixel
LEVELS = np.linspace(0.1, 0.9, 9)  # between the darkest and the brightest
BROADEST = 0.2  # width of a stroke, of the shorter side of the sheet
MARGIN = 0.03  # of the sheet, at each side
LARGEST = 640  # pixels of the longer side of the sheet that is cut out
REACH = 9  # pixels
SIDE = np.linspace(-0.45, 0.45, 24)  # of the length of a side, from its middle
BEYOND = np.linspace(0.56, 0.8, 10)
AROUND = np.ones((3, 3))
DEGREES = np.arange(-45, 45)
_COS, _SIN = np.cos(np.radians(DEGREES)), np.sin(np.radians(DEGREES))
AXES = np.stack([np.stack([_COS, -_SIN], 1), np.stack([_SIN, _COS], 1)], 1)  # (angles, 2, 2)


@dataclass(frozen=True)
class Rectangle:
    """A turned rectangle in a picture.

    Attributes
    ----------
    middle : float array of shape (2,)
        As (row, column).
    sides : float array of shape (2,)
        Its height and width, in pixels.
    degrees : float
        By which it is turned clockwise, -45..45.
    """

    middle: Points
    sides: Points
    degrees: float

    @property
    def axes(self) -> Points:
        """The unit vectors along height and width, one a row."""
        cos, sin = np.cos(np.radians(self.degrees)), np.sin(np.radians(self.degrees))
        return np.array([[cos, -sin], [sin, cos]])

    def contains(self, points: Points) -> Mask:
        """Whether each (row, column) lies inside."""
        offsets = np.abs((points - self.middle) @ self.axes.T)
        return np.asarray((offsets <= self.sides / 2).all(axis=-1))


def flattened(grey: Grey) -> Grey:
    """The sheet in the picture, upright, evenly lit and without its border.

    A picture without a sheet on a table is returned as it is.
    """
    sheet = find_sheet(grey)
    return grey if sheet is None else _evenly_lit(_cut(grey, sheet))


def find_sheet(grey: Grey) -> Rectangle | None:
    """The rectangle of the sheet that lies on a table, or None if the picture shows no table."""
    scale = SMALL / max(grey.shape)
    if scale >= 1:
        return None
    height, width = (max(2, round(side * scale)) for side in grey.shape)
    small = np.asarray(Image.fromarray(grey).resize((width, height), Image.Resampling.BOX))
    paper = _paper(small)
    score, found = _search(small, paper)
    lit = without_shadow(paper, small)
    if lit is not None:
        score, found = max((score, found), _search(lit, _paper(lit)), key=itemgetter(0))
    if found is None:
        return None
    ratio = np.array(grey.shape) / small.shape
    return Rectangle((found.middle + 0.5) * ratio - 0.5, found.sides * ratio.mean(), found.degrees)


def _search(small: Grey, paper: Grey) -> tuple[float, Rectangle | None]:
    """The best rectangle in a small picture, after its score; (0, None) if there is none."""
    ink = 1 - small / paper.clip(1)
    edges = ndimage.gaussian_gradient_magnitude(np.log(paper + 8), 1)
    texture = ndimage.gaussian_gradient_magnitude(np.log(_paper(small, 5) + 8), 1)
    return _best(_candidates(paper, edges), ink, ndimage.maximum_filter(edges, 5), texture)


def _paper(small: Grey, thick: int = INK) -> Grey:
    """The small picture without dark strokes of fewer pixels than `thick`."""
    padded = np.pad(ndimage.median_filter(small, 3), INK, mode="edge")
    return np.asarray(ndimage.grey_closing(padded, thick)[INK:-INK, INK:-INK])


def _cut(grey: Grey, sheet: Rectangle) -> Grey:
    """The part of the picture within the rectangle, turned upright."""
    sides = (1 - 2 * MARGIN) * sheet.sides
    step = max(1.0, max(sides) / LARGEST)
    height, width = (round(side / step) for side in sides)
    corner = sheet.middle - (sides - step) / 2 @ sheet.axes
    (a, b), (d, e) = step * sheet.axes.T[::-1, ::-1]
    room = int(np.ceil(max(grey.shape) / 2))
    padded = Image.fromarray(np.pad(grey, room, mode="edge"))
    way = (a, b, corner[1] + room, d, e, corner[0] + room)
    cut = padded.transform((width, height), Image.Transform.AFFINE, way, Image.Resampling.BILINEAR)
    return np.asarray(cut)


def _evenly_lit(sheet: Grey) -> Grey:
    """Divide by the brightness of the paper, which has no stroke wider than BROADEST."""
    size = int(BROADEST * min(sheet.shape)) | 1
    paper = ndimage.grey_closing(np.pad(sheet, size, mode="edge"), size)
    return np.asarray(255 * sheet / paper[size:-size, size:-size].clip(1))


def _candidates(paper: Grey, steps: Grey) -> Iterator[Mask]:
    """Regions that may be the sheet."""
    logs = np.log(paper + 8)
    for most in FLAT:
        regions = _regions(steps < most, PIECE)
        regions = [ndimage.maximum_filter(one.view(np.uint8), 5).view(np.bool_) for one in regions]
        yield from regions
        wide = [ndimage.maximum_filter(one.view(np.uint8), 3).view(np.bool_) for one in regions]
        for first, one in enumerate(wide):
            for other, piece in zip(wide[:first], regions, strict=False):
                if (one & other).sum() > 15:
                    both = (regions[first] | piece).view(np.uint8)
                    yield ndimage.grey_closing(both, 7, mode="nearest").view(np.bool_)
    low, high = logs.min(), logs.max()
    for level in LEVELS:
        light = logs > low + level * (high - low)
        yield from _regions(light, LEAST_AREA)
        yield from _regions(~light, LEAST_AREA)


def _regions(mask: Mask, least: float) -> list[Mask]:
    """The largest connected parts of a mask, without holes, of at least this share of it."""
    parts, _ = ndimage.label(mask)
    sizes = np.bincount(parts.ravel())[1:]
    numbers = 1 + np.argsort(-sizes)[:8]
    found = [parts == n for n in numbers if sizes[n - 1] > least * mask.size]
    return [ndimage.binary_fill_holes(one) for one in found]


def _best(
    regions: Iterator[Mask], ink: Grey, edges: Grey, texture: Grey
) -> tuple[float, Rectangle | None]:
    best, most = None, 0.0
    seen = set()
    for region in regions:
        key = tuple(np.r_[region.sum() // 40, region.argmax() // 40])
        if key in seen or not _has_ink(region, ink):
            continue
        seen.add(key)
        found = _rectangle(region)
        if found is None:
            continue
        found = _snapped(found, edges)
        rough = float(np.percentile(texture[region], 60))
        score = _support(found, edges) / (rough + 0.01) * found.sides.prod() ** 0.5
        if score > most:
            best, most = found, score
    return most, best


def _has_ink(region: Mask, ink: Grey) -> bool:
    parts, count = ndimage.label((ink > LEAST_INK) & region, AROUND)
    inner = ndimage.minimum_filter(region.view(np.uint8), 5, mode="nearest").view(np.bool_)
    sizes = np.bincount(parts[region], minlength=count + 1)[1:]
    sizes[np.unique(parts[region & ~inner & (parts > 0)]) - 1] = 0
    return bool(sizes.max(initial=0) >= 8)


def _snapped(rect: Rectangle, edges: Grey) -> Rectangle:
    """Move each side to the strongest edge near it."""
    for axis, sign in ((0, -1), (0, 1), (1, -1), (1, 1)):
        moved = []
        for step in range(-REACH, REACH // 3 + 1):
            sides, way = rect.sides.copy(), np.zeros(2)
            sides[axis] += step
            way[axis] = sign * step / 2
            moved.append(Rectangle(rect.middle + way @ rect.axes, sides, rect.degrees))
        strengths = [_along(one, edges, SIDE, axis, sign) for one in moved]
        if all(len(one) >= len(SIDE) / 4 for one in strengths):
            rect = moved[int(np.argmax([np.median(one) for one in strengths]))]
    return rect


def _support(rect: Rectangle, edges: Grey) -> float:
    """How strong the edges of the picture are along the weakest visible side.

    Edges that go on beyond the corners are of a shadow or of the table, and count less.
    """
    weakest, beyond, shown = np.inf, [0.0], 0.0
    for axis, sign in ((0, -1), (0, 1), (1, -1), (1, 1)):
        side = _along(rect, edges, SIDE, axis, sign)
        if len(side) < len(SIDE) / 4:
            continue
        shown += len(side) / len(SIDE) / 4
        strength = float(np.percentile(side, 25))
        weakest = min(weakest, strength)
        for more in (BEYOND, -BEYOND):
            after = _along(rect, edges, more, axis, sign)
            if len(after) >= len(BEYOND) / 2:
                beyond.append(min(1.0, float(np.percentile(after, 25)) / max(strength, 1e-3)))
    return weakest * shown * (1 - float(np.mean(beyond))) if shown > 0.3 else 0.0


def _along(rect: Rectangle, edges: Grey, places: Points, axis: int, sign: int) -> Grey:
    """The edges at these places along one side's line, of its length; those in the picture."""
    ends = np.full_like(places, 0.5 * sign)
    pairs = np.stack([ends, places] if axis == 0 else [places, ends], axis=1)
    points = np.rint(pairs * rect.sides @ rect.axes + rect.middle).astype(int)
    within = ((points >= 1) & (points < np.array(edges.shape) - 1)).all(axis=1)
    return np.asarray(edges[tuple(points[within].T)])


def _rectangle(region: Mask) -> Rectangle | None:
    """The rectangle that the region fills, or None."""
    opened = ndimage.grey_opening(region.view(np.uint8), 9, mode="nearest").view(np.bool_)
    if opened.sum() < LEAST_AREA * opened.size:
        return None
    border = opened & ~ndimage.binary_erosion(opened, border_value=1)
    points = np.argwhere(border).astype(float)
    if len(points) < 40:
        return None
    whole = np.argwhere(opened & ~ndimage.binary_erosion(opened)).astype(float)
    along = AXES @ whole.T
    first, last = along.min(axis=2), along.max(axis=2)  # (angles, 2)
    near = AXES @ points.T
    off = np.minimum(near - first[..., None], last[..., None] - near).min(axis=1)
    straight = (off <= 2).mean(axis=1)
    best = int(straight.argmax())
    middle = (first[best] + last[best]) / 2 @ AXES[best]
    rect = Rectangle(middle, last[best] - first[best] + 1, float(DEGREES[best]))
    inside = rect.contains(np.moveaxis(np.indices(region.shape).astype(float), 0, -1))
    fit = opened.sum() / inside.sum()
    visible = len(points) / rect.sides.sum() / 2
    if min(rect.sides) < SMALL / 5 or straight[best] < 0.5 or fit < LEAST_FIT or visible < 0.3:
        return None
    return rect
