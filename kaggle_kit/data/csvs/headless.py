"""A CSV whose first line has no names: what its columns are, where that is clear."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence

from kaggle_kit.data.csvs.columns import INDEX, Matched, Wanted
from kaggle_kit.data.labels import plain
from kaggle_kit.errors import DataError

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
MOST_ALIKE = 0.9  # of the rows have one label; pixels at the edge are mostly of one value
FILLED = 0.8  # of the numbers up to the highest label are labels, too
HINT = "write the names of the columns into a first line"


def is_headless(first: Sequence[str]) -> bool:
    """Whether the first line holds values: numbers that do not count up, and a label at most."""
    numbers = [float(one) for one in first if NUMBER.fullmatch(one)]
    if len(numbers) < 2 or len(first) - len(numbers) - first.count("") > 1:
        return False
    return not all(b - a == 1 for a, b in itertools.pairwise(numbers))


def name_columns(name: str, rows: Sequence[Sequence[str]], wanted: Wanted) -> Matched:
    """The columns of a CSV of pixels that has no line of names.

    The pixels are row by row, after or before one other column at most.

    Parameters
    ----------
    rows : sequence of rows
        The first rows, without blanks around the fields.

    Raises
    ------
    DataError
        It is not clear which column is which.
    """
    pixels, width = wanted.pixels, len(rows[0])
    labels = wanted.labels if len(wanted.labels) == 1 else ()
    other = ""
    if not wanted.group and width == len(pixels) + 1 and len(wanted.labels) < 2:
        other = labels[0] if labels else wanted.id or INDEX
    elif wanted.labels or width != len(pixels):
        raise _unclear(name, wanted, width)
    names = pixels
    if other:
        at = other_column(rows, wanted.classes, is_label=bool(labels))
        if at is None:
            raise _unclear(name, wanted, width)
        names = [other, *pixels] if at == 0 else [*pixels, other]
    ends = [one.strip() or "index" for one in (names[0], names[1], names[-1])]
    note = f"no line of names; read as {ends[0]}, {ends[1]}, …, {ends[2]}"
    return Matched(names, (note,), is_header=False)


def other_column(
    rows: Sequence[Sequence[str]], classes: Sequence[str] = (), *, is_label: bool = True
) -> int | None:
    """Which of the first (0) and the last column (-1) is no pixel; None if that is unclear."""
    told = [at for at in (0, -1) if any(not NUMBER.fullmatch(row[at] or "0") for row in rows)]
    if not told:
        told = [
            at for at in (0, -1) if _can_be([row[at] for row in rows], classes, is_label=is_label)
        ]
    return told[0] if len(told) == 1 else None


def _can_be(values: Sequence[str], classes: Sequence[str], *, is_label: bool) -> bool:
    names = [plain(value) for value in values]
    if not is_label and len(set(names)) == len(names):
        return True
    if not all(name.isascii() and name.isdigit() for name in names):
        return False
    counts = Counter(names)
    if len(counts) < 2 or max(counts.values()) > MOST_ALIKE * len(names):
        return False
    if classes:
        return set(names) <= set(classes)
    highest, lowest = max(map(int, counts)), min(map(int, counts))
    return lowest <= 1 and len(counts) >= FILLED * (highest + 1 - lowest)


def _unclear(name: str, wanted: Wanted, width: int) -> DataError:
    pixels = f"{len(wanted.pixels):,} pixels"
    what = f"{wanted.labels[0]} and {pixels}" if len(wanted.labels) == 1 else pixels
    return DataError(
        f"{name} has no line of column names, and it is not clear which of its {width:,} columns "
        f"are {what}",
        HINT,
    )
