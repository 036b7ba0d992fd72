"""Draw letters and signs that are no digits, from fonts and from strokes, as people draw them.

One half of the fonts, signs and drawn letters served to tune the kit; the other half is held out.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib import get_data_path
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage
from scipy.interpolate import CubicSpline

Grey = np.ndarray[Any, np.dtype[np.float64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

FONTS = Path(get_data_path(), "fonts", "ttf")
SIGN_FONT = "DejaVuSans.ttf"
TUNED_FONTS = ("DejaVuSans.ttf", "DejaVuSerif.ttf", "cmr10.ttf", "cmtt10.ttf")
HELD_OUT_FONTS = (
    "DejaVuSansMono-Oblique.ttf",
    "STIXGeneral.ttf",
    "cmss10.ttf",
    "cmti10.ttf",
    "DejaVuSansMono-Bold.ttf",
    "cmb10.ttf",
)
# Without those that may be read as digits: OoDQ, IiljJ, Zz, Ss, Gb, B, qgy.
LETTERS = "ACEFHKLMNPRTUVWXYacdefhkmnprtuvwx"
SIGNS = (
    "+×%&?!@#$§¶©®€£¥Ωπλψ∑∏√∞∫≠≈±÷←↑→↓☺☹☂☎★☆✈✓✗☃♥♣♠♦♪♫⚡⌂☀☁☠☯✂✏❄"
    "ЖЮФЯДЩЧѲאשقنשλξζθβµ♀♂⚓⚽✚▲◆△□~^*=<>{}"
)
SIDE, GLYPH, MARGIN = 220, 150, 30  # pixels of the canvas, of the glyph, and around the canvas
PEN = (6.0, 20.0)  # pixels


class Odd(NamedTuple):
    """A picture of something that is no digit."""

    kind: str
    name: str
    picture: Image.Image


def odd_pictures(each: int, rng: np.random.Generator, *, held_out: bool) -> Iterator[Odd]:
    """Pictures of every letter and sign of one half, some of them `each` times."""
    for font in HELD_OUT_FONTS if held_out else TUNED_FONTS:
        for letter in LETTERS:
            yield Odd("letters of fonts", letter, _printed(letter, font, rng))
            for _ in range(each):
                yield Odd("letters of fonts, with a pen", letter, _traced(letter, font, rng))
    for sign in _half(dict.fromkeys(SIGNS), held_out=held_out):
        yield Odd("signs of a font", sign, _printed(sign, SIGN_FONT, rng))
        for _ in range(2 * each):
            yield Odd("signs of a font, with a pen", sign, _traced(sign, SIGN_FONT, rng))
    strokes = load_strokes()
    for length, kind in ((1, "drawn letters"), (2, "drawn signs")):
        names = [name for name in strokes if min(len(name), 2) == length]
        for name in _half(names, held_out=held_out):
            for _ in range(8 * each):
                yield Odd(kind, name, _drawn(strokes[name], rng))


def load_strokes() -> dict[str, list[tuple[bool, Grey]]]:
    """The strokes of each drawn letter and sign: whether it is a curve, and its points (n, 2)."""
    found = {}
    lines = Path(__file__).with_name("strokes.txt").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        name, _, parts = line.partition(": ")
        found[name] = [
            (
                part.startswith("~ "),
                np.array([p.split(",") for p in part.strip("~ ").split()], float),
            )
            for part in parts.split(" | ")
        ]
    return found


def _half(names: Iterable[str], *, held_out: bool) -> list[str]:
    return sorted(names)[int(held_out) :: 2]


def _printed(glyph: str, font: str, rng: np.random.Generator) -> Image.Image:
    return _on_white(_warped(_typeset(glyph, font, rng), rng, 1.5))


def _traced(glyph: str, font: str, rng: np.random.Generator) -> Image.Image:
    """The middle lines of a glyph, drawn with a pen."""
    lines = _widened(_thinned(_typeset(glyph, font, rng) > 128), 4)
    ink = _widened(_warped(255.0 * lines, rng, 5) > 128, rng.uniform(*PEN))
    return _on_white(255.0 * ink)


def _typeset(glyph: str, font: str, rng: np.random.Generator) -> Grey:
    file = str(FONTS / font)
    left, top, right, bottom = ImageFont.truetype(file, GLYPH).getbbox(glyph)
    size = GLYPH**2 / max(right - left, bottom - top) * rng.uniform(0.8, 1)
    fitted = ImageFont.truetype(file, max(8, int(size)))
    left, top, right, bottom = fitted.getbbox(glyph)
    canvas = Image.new("L", (SIDE, SIDE))
    at = (SIDE - right - left) / 2, (SIDE - top - bottom) / 2
    ImageDraw.Draw(canvas).text(at, glyph, fill=255, font=fitted)
    return np.asarray(canvas, dtype=float)


def _thinned(mask: Mask) -> Mask:
    """The lines in the middle of strokes, by the algorithm of Zhang and Suen, 1984."""
    rest = np.pad(mask, 1)
    around = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
    while True:
        before = rest.sum()
        for first in (True, False):
            near = [np.roll(rest, shift, (0, 1)) for shift in around]
            up, _, right, _, down, _, left, _ = near
            ends = (right & down & (up | left)) if first else (up & left & (right | down))
            count = np.sum(near, axis=0)
            rises = np.sum([~a & b for a, b in zip(near, near[1:] + near[:1], strict=True)], axis=0)
            rest = rest & ~((count >= 2) & (count <= 6) & (rises == 1) & ~ends)
        if rest.sum() == before:
            return np.asarray(rest[1:-1, 1:-1])


def _widened(mask: Mask, width: float) -> Mask:
    return np.asarray(ndimage.distance_transform_edt(~mask) <= width / 2)


def _warped(ink: Grey, rng: np.random.Generator, amount: float) -> Grey:
    """The ink, turned, slanted and scaled a little, and moved by some `amount` of pixels."""
    turn, slant, (high, wide) = (
        np.radians(rng.normal(0, 5)),
        rng.normal(0, 0.12),
        np.exp(rng.normal(0, 0.1, 2)),
    )
    cos, sin = np.cos(turn), np.sin(turn)
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[high, 0], [slant, wide]])
    noise = rng.standard_normal((2, SIDE, SIDE))
    moved = ndimage.gaussian_filter(noise, (0, SIDE / 8, SIDE / 8))
    moved *= amount / moved.std(axis=(1, 2), keepdims=True)
    places = np.tensordot(matrix, np.indices(ink.shape) - SIDE / 2, 1) + SIDE / 2 + moved
    return np.asarray(ndimage.map_coordinates(ink, places, order=1))


def _drawn(strokes: list[tuple[bool, Grey]], rng: np.random.Generator) -> Image.Image:
    """Strokes with an unsteady hand."""
    fine = 4
    canvas = Image.new("L", (fine * SIDE, fine * SIDE))
    pen, width = ImageDraw.Draw(canvas), fine * rng.uniform(*PEN)
    stretch = np.exp(rng.normal(0, 0.12)) ** np.array([1, -1])
    for is_curve, points in strokes:
        unsteady = points / 100 + rng.normal(0, 0.025, points.shape)
        path = _curve(unsteady) if is_curve and len(points) > 2 else _bent(unsteady, rng)
        path = (path - 0.5) * stretch.clip(max=1) * 0.72 * fine * SIDE + fine * SIDE / 2
        pen.line([tuple(point) for point in path], fill=255, width=int(width), joint="curve")
        for point in path:
            pen.ellipse([*(point - width / 2), *(point + width / 2)], fill=255)
    return _on_white(_warped(np.asarray(canvas.reduce(fine), dtype=float), rng, 3))


def _curve(points: Grey) -> Grey:
    lengths = np.hypot(*np.diff(points, axis=0).T) + 1e-6
    along = np.concatenate([[0], np.cumsum(lengths)])
    return np.asarray(CubicSpline(along, points)(np.linspace(0, along[-1], 60)))


def _bent(points: Grey, rng: np.random.Generator) -> Grey:
    """Lines that are not quite straight."""
    share = np.linspace(0, 1, 12)[:, None]
    lines = []
    for start, end in pairwise(points):
        across = np.array([end[1] - start[1], start[0] - end[0]])
        bend = rng.normal(0, 0.12) * share * (1 - share)
        lines.append(start + (end - start) * share + across * bend)
    return np.concatenate(lines)


def _on_white(ink: Grey) -> Image.Image:
    return Image.fromarray(255 - np.pad(ink, MARGIN).clip(0, 255).astype(np.uint8))
