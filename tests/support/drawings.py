"""Ways in which a person may draw and save a digit, and the likeness of two images."""

import io

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from kaggle_kit.explainer.preprocessing import prepare

# Strokes from point to point in a square of 10.
SIGNS = {
    "K": [[(1, 0), (1, 10)], [(9, 0), (1, 5), (9, 10)]],
    "M": [[(0, 10), (1, 0), (5, 7), (9, 0), (10, 10)]],
    "E": [[(9, 0), (1, 0), (1, 10), (9, 10)], [(1, 5), (8, 5)]],
    "W": [[(0, 0), (2, 10), (5, 3), (8, 10), (10, 0)]],
    "star": [[(5, 0), (8, 10), (0, 4), (10, 4), (2, 10), (5, 0)]],
    "house": [[(1, 4), (1, 10), (9, 10), (9, 4), (5, 0), (1, 4), (9, 4)]],
    "arrow": [[(0, 5), (10, 5)], [(6, 2), (10, 5), (6, 8)]],
    "hash": [[(3, 0), (3, 10)], [(7, 0), (7, 10)], [(0, 3), (10, 3)], [(0, 7), (10, 7)]],
    "zigzag": [[(0, 7), (2, 3), (4, 7), (6, 3), (8, 7), (10, 3)]],
    "plus": [[(5, 0), (5, 10)], [(0, 5), (10, 5)]],
}


def as_bytes(picture, kind="", **options):
    """Return the picture as an image file, by default in a format that supports its mode."""
    memory = io.BytesIO()
    kind = kind or ("TIFF" if picture.mode in {"I", "F", "CMYK", "LAB"} else "PNG")
    picture.save(memory, kind, **options)
    return memory.getvalue()


def drawn(row, size=(280, 240), long=130, at=(31, 77)):
    """Return an image of the data, resized on a larger canvas: light on black, off the middle."""
    digit = Image.fromarray(row)
    digit = digit.crop(digit.getbbox())
    scale = long / max(digit.size)
    sides = [max(1, round(side * scale)) for side in digit.size]
    canvas = Image.new("L", size)
    canvas.paste(digit.resize(sides, Image.Resampling.BICUBIC), at)
    return canvas


def on_white(row):
    return ImageOps.invert(drawn(row))


def photograph(row, darkest=0.3):
    """Return grey ink on paper with uneven light, with the noise of a camera."""
    ink = np.asarray(drawn(row)) / 255
    light = np.linspace(darkest, 1, ink.shape[1]) * np.linspace(1, 0.8, ink.shape[0])[:, None]
    noise = np.random.default_rng(0).normal(0, 3, ink.shape)
    return Image.fromarray(((235 - 170 * ink) * light + noise).clip(0, 255).astype(np.uint8))


def on_a_turned_sheet(row, degrees, table):
    """Return a photograph of a sheet that lies on a table, turned clockwise."""
    sheet = on_white(row).point(lambda value: 60 + value * 150 // 255)
    photo = Image.new("L", (400, 380), table)
    cover = Image.new("L", sheet.size, 255).rotate(-degrees, Image.Resampling.BICUBIC, expand=True)
    turned = sheet.rotate(-degrees, Image.Resampling.BICUBIC, expand=True)
    photo.paste(turned, [(a - b) // 2 for a, b in zip(photo.size, turned.size, strict=True)], cover)
    noise = np.random.default_rng(0).normal(0, 3, (380, 400))
    return Image.fromarray((np.asarray(photo) + noise).clip(0, 255).astype(np.uint8))


def signs():
    """Return images of letters and signs that are no digits, prepared for the networks."""
    return np.stack([prepare(_in_strokes(strokes)) for strokes in SIGNS.values()])


def _in_strokes(strokes):
    picture = Image.new("L", (280, 280), 255)
    for stroke in strokes:
        points = [(60 + 16 * x, 60 + 16 * y) for x, y in stroke]
        ImageDraw.Draw(picture).line(points, fill=0, width=14, joint="curve")
    return picture


def likeness(images, others):
    """Return the correlation of the pixels in each pair of images."""
    return [np.corrcoef(*map(np.ravel, pair))[0, 1] for pair in zip(images, others, strict=True)]
