"""Measure how much accuracy is lost when digits are sent as pictures, by kind of picture.

    python -m benchmarks.quality.pictures [HOME] [--run NAME] [--rows 1000] [--seed 0]
                                          [--kinds TEXT ...] [--out FILE]

Rows of train.csv are written as picture files of many kinds. The kit reads and prepares the files
as it does with uploaded pictures. The networks of the fold that held out the row classify them. The
test set is not used.
"""

import argparse
import io
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from benchmarks.machine import publish
from benchmarks.quality.scenes import photographed, random_scene
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.data.dataset import load_train
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.errors import InputError
from kaggle_kit.explainer.pictures import read_picture
from kaggle_kit.explainer.preprocessing import prepare
from kaggle_kit.training.folds import load_folds
from kaggle_kit.workspace.paths import Home

COMPETITION = get_competition("digit-recognizer")
CANVAS = 280
Image8 = np.ndarray[Any, np.dtype[np.uint8]]
Answers = np.ndarray[Any, np.dtype[np.integer]]
Draw = Callable[[Image8, np.random.Generator], bytes]
Read = Callable[[bytes], Image8]


def main() -> None:
    options = _options()
    home = Home(options.home)
    digits = load_train(home.data(COMPETITION.slug), COMPETITION)
    run = home.run(options.run)
    ensemble = Ensemble.load(run)
    folds = load_folds(run.folds, len(digits.images), len(ensemble.committees))
    rows = np.random.default_rng(options.seed).choice(
        len(digits.images), options.rows, replace=False
    )
    labels = digits.known_labels[rows]

    def answers(images: Image8) -> Answers:
        found: Answers = ensemble.out_of_fold_logits(images, folds[rows]).argmax(axis=1)
        return found

    plain = answers(digits.images[rows])
    base = 100 * np.mean(plain == labels)
    lines = [f"| rows as they are | {base:.1f} | | | | |"]
    for name, (draw, read) in KINDS.items():
        if not any(text in name for text in options.kinds):
            continue
        images, refused, milliseconds = send(digits.images[rows], draw, read, options.seed + 1)
        found = answers(images)
        accuracy = 100 * np.mean(found == labels)
        changed = np.sum(found != plain)
        lines.append(
            f"| {name} | {accuracy:.1f} | {accuracy - base:+.1f} | {changed} | {refused} "
            f"| {milliseconds:.1f} |"
        )
        print(lines[-1], file=sys.stderr, flush=True)
    head = f"{options.rows:,} rows of train.csv, each judged by networks that did not train on it"
    publish([head, "", *TABLE_HEAD, *lines], options.out)


TABLE_HEAD = (
    "| sent as | accuracy, % | difference, points | answers changed | refused | ms a picture |",
    "|---|---|---|---|---|---|",
)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("home", nargs="?", type=Path, default=Path())
    parser.add_argument("--run", default="default")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="of the rows and of the scenes")
    parser.add_argument("--kinds", nargs="+", default=[""], help="parts of their names")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def send(rows: Image8, draw: Draw, read: Read, seed: int) -> tuple[Image8, int, float]:
    """Send the rows as pictures.

    Returns
    -------
    images : uint8 array of shape (n, height, width)
        The images as read; a refused picture becomes a black image.
    refused : int
    milliseconds : float
        The mean time per picture.
    """
    rng = np.random.default_rng(seed)
    images, refused, spent = np.zeros_like(rows), 0, 0.0
    for image, row in zip(images, rows, strict=True):
        content = draw(row, rng)
        started = time.perf_counter()
        try:
            image[:] = read(content)
        except InputError:
            refused += 1
        spent += time.perf_counter() - started
    return images, refused, 1000 * spent / len(rows)


def _prepared(content: bytes) -> Image8:
    return prepare(read_picture(content), COMPETITION.image_shape)


def _merely_shrunk(content: bytes) -> Image8:
    """The simple conversion without the kit, for a known dark ink."""
    shrunk = Image.open(io.BytesIO(content)).resize((28, 28), Image.Resampling.LANCZOS)
    return 255 - np.asarray(shrunk)


def _drawn(row: Image8, rng: np.random.Generator) -> Image.Image:
    """The digit on a larger black canvas, in light ink, at a random size and position."""
    digit = Image.fromarray(row)
    digit = digit.crop(digit.getbbox())
    scale = rng.integers(60, 201) / max(digit.size)
    width, height = (max(1, round(side * scale)) for side in digit.size)
    canvas = Image.new("L", (CANVAS, CANVAS))
    left, top = rng.integers(CANVAS - width + 1), rng.integers(CANVAS - height + 1)
    canvas.paste(digit.resize((width, height), Image.Resampling.BICUBIC), (int(left), int(top)))
    return canvas


def _bytes(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    memory = io.BytesIO()
    picture.save(memory, kind, **options)
    return memory.getvalue()


def _transparent(row: Image8, rng: np.random.Generator, ink: int) -> bytes:
    strokes = Image.new("RGBA", (CANVAS, CANVAS), (ink, ink, ink, 0))
    strokes.putalpha(_drawn(row, rng))
    return _bytes(strokes)


def _photograph(row: Image8, rng: np.random.Generator) -> bytes:
    """A JPEG photograph: grey ink on paper, with a third of the light at one end."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:CANVAS, :CANVAS] / CANVAS
    along = np.cos(angle) * x + np.sin(angle) * y
    light = 0.3 + 0.65 * (along - along.min()) / np.ptp(along)
    paper = (255 - 0.75 * np.asarray(_drawn(row, rng))) * light
    paper += rng.normal(0, 3, paper.shape)
    return _bytes(Image.fromarray(paper.clip(0, 255).astype(np.uint8)), "JPEG", quality=85)


def _sixteen_bits(row: Image8, rng: np.random.Generator) -> bytes:
    values = 65535 - 257 * np.asarray(_drawn(row, rng)).astype(np.uint16)
    return _bytes(Image.fromarray(values))


def _black_on_white(row: Image8, rng: np.random.Generator) -> bytes:
    return _bytes(ImageOps.invert(_drawn(row, rng)))


def _on_a_table(row: Image8, rng: np.random.Generator, **fixed: Any) -> bytes:
    """A JPEG photograph of a sheet on a table; what is not fixed is drawn at random."""
    photo = photographed(row, random_scene(rng, **fixed), rng)
    return _bytes(Image.fromarray(photo), "JPEG", quality=90)


DRAWN: dict[str, Draw] = {
    "28x28 PNG": lambda row, _: _bytes(Image.fromarray(row)),
    "28x28 PNG, black on white": lambda row, _: _bytes(Image.fromarray(255 - row)),
    "280x280, black on white": _black_on_white,
    "280x280, white on black": lambda row, rng: _bytes(_drawn(row, rng)),
    "transparent, black ink": lambda row, rng: _transparent(row, rng, 0),
    "transparent, white ink": lambda row, rng: _transparent(row, rng, 255),
    "JPEG of quality 60": lambda row, rng: _bytes(
        ImageOps.invert(_drawn(row, rng)), "JPEG", quality=60
    ),
    "photograph in uneven light": _photograph,
    "16 bits": _sixteen_bits,
}
EVEN = {"shadow": "none", "ruling": "plain", "outside": 0.0}
SCENES: dict[str, dict[str, Any]] = {
    **{
        f"sheet on a table, turned by {degrees}°": EVEN | {"degrees": degrees}
        for degrees in (0.0, 3.0, 8.0, 14.0, 20.0)
    },
    "the same, any angle, soft shadow": EVEN | {"shadow": "soft"},
    "the same, any angle, hard shadow": EVEN | {"shadow": "hard"},
    "the same, any angle, ruled": EVEN | {"ruling": "ruled"},
    "the same, any angle, squared": EVEN | {"ruling": "squared"},
    "the same, of 12 million pixels": EVEN | {"width": 4000, "height": 3000},
    "any angle, table, shadow, ruling and part outside": {},
}
KINDS: dict[str, tuple[Draw, Read]] = {
    "280x280, black on white, inverted and shrunk only": (_black_on_white, _merely_shrunk),
    **{name: (draw, _prepared) for name, draw in DRAWN.items()},
    **{name: (partial(_on_a_table, **fixed), _prepared) for name, fixed in SCENES.items()},
}


if __name__ == "__main__":
    main()
