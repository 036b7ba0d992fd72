"""The columns of a CSV that are pixels, by the numbers in their names."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST = 36  # pixels of an image; six by six
NUMBER = re.compile(r"(\d{1,6})")


@dataclass(frozen=True)
class PixelColumns:
    """The pattern of the names of pixel columns.

    Attributes
    ----------
    pattern : str
        As `images.columns` of a description has it.
    first : int
        The first number.
    size : (height, width) or None
        None if the number of columns is no square, and the names tell no rows.
    names : frozenset of str
    """

    pattern: str
    first: int
    size: tuple[int, int] | None
    names: frozenset[str]


def find_pixels(columns: Sequence[str]) -> PixelColumns | None:
    """The pixel columns among `columns`; None if most of the columns are something else.

    They are called by one number, as `pixel0` and `pixel_0001`, or by two, as `1x1`.
    """
    groups: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    for name in columns:
        parts = NUMBER.split(name)
        if len(parts) in {3, 5} and not {"{", "}"} & set(name):
            groups[tuple(parts[::2])].append(tuple(parts[1::2]))
    if not groups:
        return None
    texts, numbers = max(groups.items(), key=lambda group: len(group[1]))
    if len(numbers) < FEWEST or 2 * len(numbers) < len(columns):
        return None
    found = _counted(texts, numbers) if len(texts) == 2 else _grid(texts, numbers)
    if found is None:
        return None
    pattern, first, size = found
    names = [texts[0] + "".join(map("".join, zip(row, texts[1:], strict=True))) for row in numbers]
    return PixelColumns(pattern, first, size, frozenset(names))


_Found = tuple[str, int, tuple[int, int] | None]


def _counted(texts: Sequence[str], numbers: Sequence[tuple[str, ...]]) -> _Found | None:
    digits = [number for (number,) in numbers]
    values = sorted(map(int, digits))
    if values != list(range(values[0], values[0] + len(values))):
        return None
    side = math.isqrt(len(values))
    size = (side, side) if side * side == len(values) else None
    place = _place("", digits)
    return (f"{texts[0]}{place}{texts[1]}", values[0], size) if place else None


def _grid(texts: Sequence[str], numbers: Sequence[tuple[str, ...]]) -> _Found | None:
    pairs = [(int(a), int(b)) for a, b in numbers]
    one, other = ({pair[i] for pair in pairs} for i in range(2))
    first = min(one)
    whole = {
        (a, b) for a in range(first, first + len(one)) for b in range(first, first + len(other))
    }
    if len(pairs) != len(whole) or set(pairs) != whole:
        return None
    names, size = ("row", "column"), (len(one), len(other))
    if pairs[1][0] != pairs[0][0] and pairs[1][1] == pairs[0][1]:  # the first number runs faster
        names, size = ("column", "row"), (len(other), len(one))
    places = [_place(name, [row[i] for row in numbers]) for i, name in enumerate(names)]
    if not all(places):
        return None
    return f"{texts[0]}{places[0]}{texts[1]}{places[1]}{texts[2]}", first, size


def _place(name: str, digits: Sequence[str]) -> str:
    """The place of a number in the pattern; empty if zeros in front of it follow no rule."""
    if all(number == str(int(number)) for number in digits):
        return f"{{{name}}}"
    lengths = {len(number) for number in digits}
    width = lengths.pop()
    return f"{{{name}:0{width}}}" if not lengths and width < 10 else ""
