"""Render a row of train.csv as the photograph of a sheet of paper that lies on a table."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.special import expit

Image8 = np.ndarray[Any, np.dtype[np.uint8]]
Grey = np.ndarray[Any, np.dtype[np.float32]]
LONG = 900  # pixels of the longer side of the sheet, before it is photographed
TABLES = ("dark", "light", "wooden")
SHADOWS = ("none", "soft", "hard")
RULINGS = ("plain", "ruled", "squared")


@dataclass(frozen=True)
class Scene:
    """What lies where in a photograph; lengths are shares.

    Attributes
    ----------
    degrees : float
        By which the sheet is turned clockwise.
    width, height : int
        Pixels of the photograph.
    share : float
        The longer side of the sheet, of the shorter side of the photograph.
    aspect : float
        Width of the sheet, of its height.
    outside : float
        By how much of its width the sheet is moved out of the frame.
    perspective : float
        The shortening of the far side.
    paper, pen, line : float
        Brightness of the paper, of 255; of the ink and of ruled lines, of the paper.
    digit : float
        The longer side of the digit, of the shorter side of the sheet.
    blur, noise : float
        Standard deviation in pixels of a photograph of 1,000 pixels, and in levels of 255.
    """

    degrees: float = 0.0
    table: str = "dark"
    shadow: str = "none"
    ruling: str = "plain"
    width: int = 1000
    height: int = 750
    share: float = 0.8
    aspect: float = 0.75
    outside: float = 0.0
    perspective: float = 0.0
    paper: float = 225.0
    pen: float = 0.3
    line: float = 0.7
    digit: float = 0.4
    blur: float = 1.0
    noise: float = 4.0


def random_scene(rng: np.random.Generator, **fixed: Any) -> Scene:
    """A scene in which everything that is not fixed is drawn at random."""
    long = int(rng.choice([360, 640, 1000, 1600]))
    scene = Scene(
        degrees=rng.uniform(-20, 20),
        table=str(rng.choice(TABLES)),
        shadow=str(rng.choice(SHADOWS)),
        ruling=str(rng.choice(RULINGS)),
        width=long,
        height=int(long * rng.choice([0.75, 1.0, 1.33])),
        share=rng.uniform(0.5, 0.95),
        aspect=float(rng.choice([0.71, 0.8, 1.0, 1.41])),
        outside=float(rng.choice([0.0, 0.0, 0.0, 0.15])),
        perspective=rng.uniform(0, 0.1),
        paper=rng.uniform(190, 245),
        pen=rng.uniform(0.15, 0.5),
        line=rng.uniform(0.65, 0.85),
        digit=rng.uniform(0.25, 0.6),
        blur=rng.uniform(0.3, 1.5),
        noise=rng.uniform(0, 6),
    )
    return replace(scene, **fixed)


def photographed(row: Image8, scene: Scene, rng: np.random.Generator) -> Image8:
    """The photograph, a uint8 array of shape (scene.height, scene.width)."""
    sheet = _sheet(row, scene, rng)
    light, table, corners = (
        _light(scene, rng),
        _table(scene, rng),
        _corners(sheet.shape, scene, rng),
    )
    size = scene.width, scene.height
    way = _perspective(corners, sheet.shape)
    # The sheet's pixels are many; without this filter its lines would flicker.
    smooth = max(LONG / (scene.share * min(size)) / 3, 0.1)
    flat = Image.fromarray(ndimage.gaussian_filter(sheet, smooth))
    lying = np.asarray(flat.transform(size, Image.Transform.PERSPECTIVE, way, Image.BILINEAR))
    full = Image.new("F", flat.size, 1.0)
    cover = np.asarray(full.transform(size, Image.Transform.PERSPECTIVE, way, Image.BILINEAR))
    long = scene.width / 1000
    dark = _softened(cover, long)  # at the edge of the sheet
    seen = np.where(cover > 0.5, lying, table * (1 - 0.25 * dark)) * light
    seen = ndimage.gaussian_filter(seen, scene.blur * long, truncate=3)
    seen += scene.noise * rng.standard_normal(seen.shape, dtype=np.float32)
    return seen.clip(0, 255).astype(np.uint8)


def _softened(cover: Grey, long: float) -> Grey:
    """The cover, blurred by 4 pixels of a photograph of 1,000 pixels; made small for speed."""
    height, width = cover.shape
    small = Image.fromarray(cover).resize(
        (max(2, round(width / long / 4)), max(2, round(height / long / 4))), Image.Resampling.BOX
    )
    soft = Image.fromarray(ndimage.gaussian_filter(np.asarray(small), 1))
    return np.asarray(soft.resize((width, height), Image.Resampling.BILINEAR))


def _sheet(row: Image8, scene: Scene, rng: np.random.Generator) -> Grey:
    """The sheet as seen from above, in even light."""
    width, height = (
        round(LONG * side) for side in (min(1, scene.aspect), min(1, 1 / scene.aspect))
    )
    sheet = np.full((height, width), 1.0, dtype=np.float32)
    step, thick = rng.integers(LONG // 28, LONG // 14), int(rng.integers(2, 4))
    for start in range(thick):
        if scene.ruling != "plain":
            sheet[start + step // 2 :: step] = scene.line
        if scene.ruling == "squared":
            sheet[:, start + step // 2 :: step] = scene.line
    digit = Image.fromarray(row)
    digit = digit.crop(digit.getbbox())
    scale = scene.digit * min(width, height) / max(digit.size)
    wide, high = (max(1, round(side * scale)) for side in digit.size)
    ink = np.asarray(digit.resize((wide, high), Image.Resampling.BICUBIC)) / 255
    left = int(rng.uniform(0.3, 0.7) * (width - wide))
    top = int(rng.uniform(0.3, 0.7) * (height - high))
    place = sheet[top : top + high, left : left + wide]
    place[:] = place * (1 - ink) + np.minimum(place, scene.pen) * ink
    return scene.paper * sheet


def _table(scene: Scene, rng: np.random.Generator) -> Grey:
    shape = scene.height, scene.width
    if scene.table == "dark":
        return np.full(shape, rng.uniform(25, 90), dtype=np.float32)
    if scene.table == "light":
        share = rng.uniform(0.72, 0.85) if rng.random() < 0.5 else rng.uniform(1.12, 1.25)
        return np.full(shape, share * scene.paper, dtype=np.float32)
    long = scene.width / 1000
    grain = _grain(scene, rng, (1.5 * long, 60 * long)) + _grain(
        scene, rng, (12 * long, 200 * long)
    )
    return np.asarray(rng.uniform(90, 140) * (1 + 0.09 * grain), dtype=np.float32)


def _grain(scene: Scene, rng: np.random.Generator, size: tuple[float, float]) -> Grey:
    """Noise of this size down and across, in pixels, with a standard deviation of 1."""
    steps = [max(1.0, side / 4) for side in size]
    shape = [
        max(2, round(side / step))
        for side, step in zip((scene.height, scene.width), steps, strict=True)
    ]
    noise = rng.standard_normal(shape, dtype=np.float32)
    smooth = ndimage.gaussian_filter(noise, np.divide(size, steps))
    whole = Image.fromarray(smooth / smooth.std()).resize(
        (scene.width, scene.height), Image.Resampling.BICUBIC
    )
    return np.asarray(whole)


def _light(scene: Scene, rng: np.random.Generator) -> Grey:
    """A slope of the light, and a shadow whose edge crosses the middle."""
    x = np.linspace(-0.5, 0.5, scene.width, dtype=np.float32)
    y = np.linspace(-0.5, 0.5, scene.height, dtype=np.float32)[:, None]
    way, across = rng.uniform(0, 2 * np.pi, 2).astype(np.float32)
    light = 0.9 + 0.2 * (np.cos(way) * x + np.sin(way) * y)
    if scene.shadow == "none":
        return light
    far = np.cos(across) * x + np.sin(across) * y - np.float32(rng.uniform(-0.15, 0.15))
    edge = 0.003 if scene.shadow == "hard" else 0.08
    return light * (1 - np.float32(rng.uniform(0.3, 0.5)) * expit(far / np.float32(edge)))


def _corners(sheet: tuple[int, ...], scene: Scene, rng: np.random.Generator) -> Grey:
    """Where the corners of the sheet lie in the photograph, (4, 2), as (column, row)."""
    scale = scene.share * min(scene.width, scene.height) / max(sheet)
    high, wide = (side * scale / 2 for side in sheet)
    far = 1 - scene.perspective
    flat = np.array([[-wide * far, -high], [wide * far, -high], [wide, high], [-wide, high]])
    angle = np.radians(scene.degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = flat @ turn
    room = np.array([scene.width, scene.height]) / 2 - np.abs(corners).max(axis=0)
    middle = rng.uniform(-1, 1, 2) * room.clip(0) * 0.8
    if scene.outside:
        middle[0] = rng.choice([-1, 1]) * (max(room[0], 0) + scene.outside * 2 * wide)
    return np.asarray(corners + middle + [scene.width / 2, scene.height / 2])


def _perspective(corners: Grey, sheet: tuple[int, ...]) -> list[float]:
    """Pillow's eight coefficients, which map a place in the photograph to one on the sheet."""
    height, width = sheet
    rows, values = [], []
    for (x, y), (u, v) in zip(
        corners, [(0, 0), (width, 0), (width, height), (0, height)], strict=True
    ):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(value) for value in np.linalg.solve(rows, values)]
