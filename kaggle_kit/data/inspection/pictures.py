"""Size, channels and kind of images, from some of them."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from kaggle_kit.competition.description import Kind, Resize
from kaggle_kit.data.inspection.findings import Findings, Sure
from kaggle_kit.errors import DataError, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kaggle_kit.data.inspection.material import Material

LOOKED_AT = 120  # images of each part
LARGEST = 96  # of images that all have one size
CHOSEN = 64  # the side of images that are larger, or of many sizes
BACKGROUND = 0.3  # the share of pixels that are quite black or quite white in writing
WRITING = re.compile(
    r"digit|letter|character|handwrit|handwritten|alphabet|glyph|kanji|hiragana|kuzushiji|mnist"
)


def look_at(material: Material, paths: Sequence[str], findings: Findings) -> None:
    """Find size, channels and kind of image files.

    Raises
    ------
    DataError
        None of the images can be read.
    """
    chosen = [
        paths[i] for i in np.linspace(0, len(paths) - 1, min(LOOKED_AT, len(paths)), dtype=int)
    ]
    chosen = list(dict.fromkeys(chosen))
    material.unpack(chosen)
    pictures, problem = [], ""
    for path in chosen:
        try:
            pictures.append(_pixels(material, path))
        except Exception as error:  # noqa: BLE001  Pillow raises what it likes
            problem = problem or f"{path} cannot be read as an image: {in_words(error)}"
    if not pictures:
        raise DataError(problem, "give the whole files, as Kaggle has them")
    if problem:
        findings.note(f"{problem}; `kaggle-kit download --skip-unreadable` leaves such images out")
    _take_size([picture.shape[:2] for picture in pictures], findings)
    grey = all(picture.ndim == 2 for picture in pictures)
    looked = f"of {len(pictures)} images"
    if grey:
        findings.take("images.channels", 1, f"all {looked} are grey")
    elif all(picture.ndim == 2 or _is_grey(picture) for picture in pictures):
        why = f"all {looked} are grey, though saved in colour"
        findings.take("images.channels", 1, why, Sure.LIKELY)
    else:
        findings.take("images.channels", 3, f"{looked[3:]} were looked at, and some are in colour")
    if grey and _border_is_black(pictures) and len({p.shape for p in pictures}) > 1:
        why = "the images end in black, which padding continues"
        findings.take("images.resize", Resize.PAD.value, why, Sure.LIKELY)
    guess_kind(pictures, findings)


def guess_kind(pictures: Sequence[NDArray[Any]], findings: Findings) -> None:
    """Guess whether the images are writing; pixels are from 0 to 255.

    A wrong `photo` would train with mirror images of writing, so `glyph` is the careful guess.
    """
    name = f"{findings.value('slug', '')} {findings.value('title', '')}".lower()
    if findings.value("images.channels", 1) == 3:
        writing = WRITING.search(name)
        if writing:
            why = f'the name has "{writing[0]}"; --kind photo if they are photographs'
            findings.take("kind", Kind.GLYPH.value, why, Sure.GUESS)
        else:
            why = "in colour; --kind glyph if they are writing"
            findings.take("kind", Kind.PHOTO.value, why, Sure.LIKELY)
        return
    shares = [np.mean((picture <= 5) | (picture >= 250)) for picture in pictures]
    share = float(np.mean(shares))
    if share >= BACKGROUND:
        why = f"grey, and {share:.0%} of the pixels quite black or white; --kind photo if not"
        findings.take("kind", Kind.GLYPH.value, why, Sure.GUESS)
    else:
        why = f"grey, with many shades: {share:.0%} quite black or white; --kind glyph if not"
        findings.take("kind", Kind.PHOTO.value, why, Sure.GUESS)


def _take_size(sizes: Sequence[tuple[int, ...]], findings: Findings) -> None:
    seen = f"{len(sizes)} images"
    median = [int(np.median([size[axis] for size in sizes])) for axis in range(2)]
    shown = f"{median[0]}x{median[1]}"
    if len(set(sizes)) == 1 and max(median) <= LARGEST:
        findings.take("images.size", median, f"all of {seen} are {shown}")
    elif max(median) > CHOSEN:
        of = "all are" if len(set(sizes)) == 1 else "their median is"
        why = f"{of} {shown}; larger ones train slowly; --size HxW takes another"
        findings.take("images.size", [CHOSEN, CHOSEN], why, Sure.LIKELY)
    else:
        why = f"the median of {seen}, which have many sizes"
        findings.take("images.size", median, why, Sure.LIKELY)


def _pixels(material: Material, path: str) -> NDArray[np.uint8]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(material.local(path)) as picture:
            picture.load()
            if picture.mode.startswith(("I", "F")):
                values = np.asarray(picture, float)
                grey: NDArray[np.uint8] = (values * 255 / max(1.0, values.max())).astype(np.uint8)
                return grey
            mode = "L" if picture.mode in {"1", "L", "LA"} else "RGB"
            return np.asarray(picture.convert(mode))


def _is_grey(picture: NDArray[np.uint8]) -> bool:
    return bool((picture.max(axis=2).astype(int) - picture.min(axis=2) <= 2).all())


def _border_is_black(pictures: Sequence[NDArray[np.uint8]]) -> bool:
    """Whether most of the pixels at the edges of the images are quite black."""
    edges = [np.concatenate([p[0], p[-1], p[:, 0], p[:, -1]]) for p in pictures]
    return float(np.mean([np.mean(edge <= 5) for edge in edges])) >= 0.4
