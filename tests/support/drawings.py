"""Ways in which a person may draw a digit and save it, and how alike two images are."""

import io

import numpy as np
from PIL import Image, ImageOps


def as_bytes(picture, kind="", **options):
    """A file of the picture, of the first kind that takes its mode."""
    memory = io.BytesIO()
    kind = kind or ("TIFF" if picture.mode in {"I", "F", "CMYK", "LAB"} else "PNG")
    picture.save(memory, kind, **options)
    return memory.getvalue()


def drawn(row, size=(280, 240), long=130, at=(31, 77)):
    """A row enlarged or shrunk onto a canvas, light on black, off the middle."""
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
    """Grey ink on paper that gets less and less light, and a camera's noise."""
    ink = np.asarray(drawn(row)) / 255
    light = np.linspace(darkest, 1, ink.shape[1]) * np.linspace(1, 0.8, ink.shape[0])[:, None]
    noise = np.random.default_rng(0).normal(0, 3, ink.shape)
    return Image.fromarray(((235 - 170 * ink) * light + noise).clip(0, 255).astype(np.uint8))


def likeness(images, others):
    """The correlation of the pixels of each pair."""
    return [np.corrcoef(*map(np.ravel, pair))[0, 1] for pair in zip(images, others, strict=True)]
