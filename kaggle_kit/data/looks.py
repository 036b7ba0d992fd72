"""What images look like as a whole: only two values, and a bright or a dark background."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition, Kind
from kaggle_kit.errors import DataError

ROWS = 2000  # images that are looked at, spread evenly
BRIGHT, DARK = 128, 32
MOST = 0.9  # of the images have the same background
READ = "only the values 0 and 1"


@dataclass(frozen=True)
class Looks:
    """What the images of one part have in common.

    Attributes
    ----------
    values : tuple of int
        Their values, if there are two; else empty.
    highest : int
        The highest value.
    background : str
        "bright" or "dark", by the median of the edge of nearly every image; else empty.
    """

    values: tuple[int, ...] = ()
    background: str = ""
    highest: int = 255

    @classmethod
    def of(cls, images: NDArray[np.uint8], competition: Competition) -> "Looks":
        """The looks of images; only glyphs in grey have values and background."""
        if not len(images):
            return cls()
        some = images[:: -(-len(images) // ROWS)]
        highest = int(some.max())
        if images.ndim != 3 or competition.kind != Kind.GLYPH:
            return cls(highest=highest)
        values = np.flatnonzero(np.bincount(some.ravel(), minlength=256))
        if len(values) == 2 and len(some) < len(images):
            values = np.unique(images)
        edges = [some[:, 0], some[:, -1], some[:, 1:-1, 0], some[:, 1:-1, -1]]
        bright = float((np.median(np.hstack(edges), axis=1) >= BRIGHT).mean())
        background = "bright" if bright >= MOST else "dark" if bright <= 1 - MOST else ""
        found = tuple(int(value) for value in values) if len(values) == 2 else ()
        return cls(found, background, highest)

    def notes(self, told: tuple[str, ...]) -> tuple[str, ...]:
        """Sentences about what may not be meant; `told` is what was said before."""
        notes = []
        if self.highest < DARK:
            notes.append(f"no value above {self.highest} of 255; is images.range right?")
        if self.values and not any(READ in one for one in told):
            notes.append("only the values {} and {}".format(*self.values))
        if self.background == "bright":
            notes.append("dark on a bright background")
        return tuple(notes)


def check_alike(train: Looks, test: Looks, names: tuple[str, str]) -> None:
    """Check that the images of both parts look alike.

    Raises
    ------
    DataError
        The images of one part are inverted or binarised, and those of the other are not.
    """
    if train.background and test.background and train.background != test.background:
        raise DataError(
            f"images look inverted: their background is {train.background} in {names[0]} and "
            f"{test.background} in {names[1]}"
        )
    if bool(train.values) != bool(test.values):
        one, other = names if train.values else names[::-1]
        raise DataError(
            "images look binarised: there are only the values {} and {} in {}, and more in "
            "{}".format(*(train.values or test.values), one, other)
        )
