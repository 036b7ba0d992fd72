"""Write a second sample, which needs no account and no network: letters in colour, as files.

Capital letters are drawn with the fonts that matplotlib includes, in random colours, turned,
shifted and noisy. The font families of the test images do not occur in the training images. All
chance comes from a hash, so the CSVs have the same bytes on every machine. Pillow draws outlines
with FreeType, and another version of it may change some pixels a little; another zlib may compress
the PNGs to other bytes.
"""

from __future__ import annotations

import hashlib
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.data.verification import SOLUTION
from kaggle_kit.errors import KitError

if TYPE_CHECKING:
    from PIL import Image, ImageFont

SLUG = "letters"  # of the description of this sample
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

SIDE = 32
FINER = 4  # a letter is drawn this many times as large, then made smaller
POINTS = 96  # the size of the outlines
LENGTHS = (14, 22)  # pixels of the longer side of a letter
DEGREES = 15
SHIFT = 2  # pixels
CONTRAST = 60  # at least, between the lightness of ink and paper
NOISE = 48  # at most, in each channel
SEED = 0
# Bytes of chance for id and order, for size, angle and shifts, for pairs of colours, for noise.
CHANCE = (8, 4, 6 * 100, 2 * 3 * SIDE * SIDE)
Ints = NDArray[np.int64]


class Face(NamedTuple):
    """A font file, and where in it the letters begin: Unicode has more alphabets than one."""

    file: str
    first: int = ord("A")


def _faces(stem: str, *styles: str) -> list[Face]:
    return [Face(f"{stem}{style}.ttf") for style in styles]


# A family is wholly in one of the two parts, as its regular, bold and italic letters are alike. The
# sans-serif and the monospaced letters of STIX are among the mathematical letters of Unicode.
TRAIN_FAMILIES = {
    "DejaVu Sans": _faces("DejaVuSans", "", "-Bold", "-Oblique", "-BoldOblique"),
    "DejaVu Sans Mono": _faces("DejaVuSansMono", "", "-Bold", "-Oblique", "-BoldOblique"),
    "DejaVu Serif": _faces("DejaVuSerif", "", "-Bold", "-Italic", "-BoldItalic"),
    "Computer Modern Roman": _faces("cm", "r10", "b10", "ti10"),
    "Computer Modern Typewriter": _faces("cm", "tt10"),
    "STIX Sans": [Face("STIXGeneral.ttf", first) for first in range(0x1D5A0, 0x1D670, 52)],
    "STIX Mono": [Face("STIXGeneral.ttf", 0x1D670)],
}
TEST_FAMILIES = {
    "Computer Modern Sans": _faces("cm", "ss10"),
    "STIX General": _faces("STIXGeneral", "", "Bol", "Italic", "BolIta"),
}
TRAIN_IMAGES, TEST_IMAGES = 13, 12  # of each letter in each family


class Sample(NamedTuple):
    """What an image shows, and the bytes that decide how."""

    family: str
    letter: str
    face: Face
    chance: bytes

    @property
    def id(self) -> str:
        """A text of hexadecimal digits, some of which look like numbers."""
        return self.chance[:4].hex()


def write_letters(folder: Path) -> None:
    """Write training images, test images and the CSVs about them.

    `train.csv` has the columns id, letter and family; `sample_submission.csv` and `solution.csv`
    have id and letter. The images are `train/<id>.png` and `test/<id>.png`, 32x32 pixels in
    colour.

    Parameters
    ----------
    folder : Path
        An existing folder.

    Raises
    ------
    KitError
        If matplotlib was installed without its fonts.
    """
    train = _samples(TRAIN_FAMILIES, TRAIN_IMAGES)
    test = _samples(TEST_FAMILIES, TEST_IMAGES)
    answers = [[sample.id, sample.letter] for sample in test]
    tables = {
        "train.csv": [
            ["id", "letter", "family"],
            *([sample.id, sample.letter, sample.family] for sample in train),
        ],
        "sample_submission.csv": [["id", "letter"], *([id_, "A"] for id_, _ in answers)],
        SOLUTION: [["id", "letter"], *answers],
    }
    for name, samples in (("train", train), ("test", test)):
        (folder / name).mkdir()
        for sample in samples:
            _drawn(sample).save(folder / name / f"{sample.id}.png")
    for name, rows in tables.items():
        (folder / name).write_bytes("".join(f"{','.join(row)}\n" for row in rows).encode())


def _samples(families: dict[str, list[Face]], images: int) -> list[Sample]:
    """Return that many images of each letter in each family, in random order."""
    samples = []
    for family, faces in families.items():
        for letter in LETTERS:
            for number in range(images):
                key = f"{SEED} {family} {letter} {number}".encode()
                chance = hashlib.shake_256(key).digest(sum(CHANCE))
                samples.append(Sample(family, letter, faces[number % len(faces)], chance))
    return sorted(samples, key=lambda sample: sample.chance[4:])


def _drawn(sample: Sample) -> Image.Image:
    """Draw the image of a sample, RGB of 32x32 pixels."""
    from PIL import Image

    chance = np.frombuffer(sample.chance, np.uint8).astype(np.int64)
    _, posture, colours, noise = np.split(chance, np.cumsum(CHANCE[:-1]))
    paper, ink = _paper_and_ink(colours.reshape(-1, 2, 3))
    mask = _placed(_outline(sample.face, sample.letter), posture / 255)
    cover = np.asarray(mask).astype(np.int64)[:, :, None]
    noise = noise.reshape(SIDE, SIDE, 3, 2).sum(axis=3) - 255  # most values are near 0
    values = paper + (ink - paper) * cover // 255 + noise * NOISE // 255
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def _paper_and_ink(pairs: Ints) -> Ints:
    """Return the first of pairs of colours, shape (n, 2, 3), that has enough contrast."""
    lightness = pairs @ [299, 587, 114] // 1000
    enough = np.abs(lightness[:, 0] - lightness[:, 1]) >= CONTRAST
    first: Ints = pairs[enough.argmax()]
    return first


def _placed(outline: Image.Image, posture: NDArray[np.float64]) -> Image.Image:
    """Shrink a letter into an image of 32x32 pixels, in some size, turned and shifted.

    The posture is four numbers from 0 to 1: size, angle, shift to the right and shift down.
    """
    from PIL import Image

    shortest, longest = LENGTHS
    length, angle, *shift = 2 * posture - 1
    length = FINER * (shortest + longest + (longest - shortest) * length) / 2
    x, y = (FINER * (SIDE / 2 + SHIFT * pixels) for pixels in shift)  # where the middle goes
    scale = max(outline.size) / length
    angle = math.radians(DEGREES * angle)
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    middle, half = (side / 2 for side in outline.size)
    mapping = (cos, sin, middle - cos * x - sin * y, -sin, cos, half + sin * x - cos * y)
    size = (FINER * SIDE, FINER * SIDE)
    large = outline.transform(size, Image.Transform.AFFINE, mapping, Image.Resampling.BILINEAR)
    return large.reduce(FINER)


@cache
def _outline(face: Face, letter: str) -> Image.Image:
    """Return the letter in white on black, cut out."""
    from PIL import Image, ImageDraw

    canvas = Image.new("L", (3 * POINTS, 3 * POINTS))
    text = chr(face.first + LETTERS.index(letter))
    ImageDraw.Draw(canvas).text((POINTS, POINTS), text, fill=255, font=_font(face.file))
    return canvas.crop(canvas.getbbox())


@cache
def _font(file: str) -> ImageFont.FreeTypeFont:
    from matplotlib import get_data_path
    from PIL import ImageFont

    path = Path(get_data_path()) / "fonts" / "ttf" / file
    try:
        return ImageFont.truetype(str(path), POINTS, layout_engine=ImageFont.Layout.BASIC)
    except OSError:
        raise KitError(
            f"matplotlib has no font {path}",
            "install matplotlib from PyPI: `pip install --force-reinstall matplotlib`",
        ) from None
