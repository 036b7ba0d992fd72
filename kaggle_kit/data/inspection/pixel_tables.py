"""Images in CSVs: which of them train, which test, and where their pixels are."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kaggle_kit.competition.description import Layout
from kaggle_kit.data.csvs.pixel_names import FEWEST, PixelColumns, find_pixels
from kaggle_kit.data.inspection.findings import Findings, Sure, choose
from kaggle_kit.data.inspection.label_columns import find_labels, suggest_group
from kaggle_kit.data.inspection.pictures import guess_kind
from kaggle_kit.errors import DataError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kaggle_kit.data.inspection.tables import Table

STRING = re.compile(r"-?[\d.]+(\s+-?[\d.]+)+")
ROWS = 300  # whose pixels are read


@dataclass(frozen=True)
class PixelTable:
    """A CSV of images, and the columns of its pixels."""

    table: Table
    columns: PixelColumns | None
    string: str = ""
    length: int = 0

    @property
    def pixels(self) -> frozenset[str]:
        """The names of the pixel columns."""
        return self.columns.names if self.columns else frozenset({self.string})

    @property
    def others(self) -> list[str]:
        """The names of the other columns."""
        return [name for name in self.table.columns if name and name not in self.pixels]

    @property
    def may_be_labelled(self) -> bool:
        """Whether a column that is no pixel has values that occur again, as labels do."""
        rows = len(self.table.head)
        return any(len(set(self.table.first(name))) < max(2, 0.9 * rows) for name in self.others)

    def values(self) -> NDArray[np.floating]:
        """The pixels of the first rows, (rows, pixels); raises DataError if they are no numbers."""
        rows = self.table.head[:ROWS]
        try:
            if self.columns is None:
                texts = self.table.first(self.string)[:ROWS]
                return np.array([text.split() for text in texts], float)
            places = [i for i, name in enumerate(self.table.columns) if name in self.pixels]
            return np.array([[row[i] or "0" for i in places] for row in rows], float)
        except ValueError:
            raise DataError(
                f"{self.table.name} has pixels that are no numbers, or too few of them",
                "correct the file, or fetch it again",
            ) from None


def find_pixel_tables(tables: Sequence[Table]) -> list[PixelTable]:
    """The CSVs that have images."""
    found = []
    for table in tables:
        columns = find_pixels(table.columns)
        if columns:
            found.append(PixelTable(table, columns))
            continue
        for name in table.columns:
            lengths = {len(text.split()) for text in table.first(name) if STRING.fullmatch(text)}
            if len(lengths) == 1 and max(lengths) >= FEWEST:
                found.append(PixelTable(table, None, name, lengths.pop()))
                break
    return found


def inspect_pixel_tables(
    found: Sequence[PixelTable], example: Table | None, findings: Findings
) -> Table | None:
    """Find train, test and further files, the pixels and the labels; return the training table.

    Raises
    ------
    InputError
        An option contradicts the files, or the images are in colour in columns.
    """
    train, test = _parts(found, example, findings)
    if train is None or test is None:
        return None
    _take_pixels(train, findings)
    further = [
        one.table.name
        for one in found
        if one not in (train, test)
        and one.table.columns == train.table.columns
        and not re.search(r"test|valid|solution", one.table.name, re.IGNORECASE)
    ]
    if further and set(train.table.columns) != set(test.table.columns):
        why = f"the same columns as {train.table.name}"
        findings.take("images.further", further, why, Sure.LIKELY)
    used = {train.table.name, test.table.name, *further}
    left = [one.table.name for one in found if one.table.name not in used]
    if left:
        findings.note(f"{', '.join(left)} have images too, and are not used")
    asked = example.columns[1:] if example else []
    key = _id_column(test, example, findings)
    taken = {*train.pixels, *([key] if key else [])}
    both = set(train.others) <= set(test.others)  # the test file has labels as well
    find_labels(train.table, taken, None if both else test.table, asked, findings)
    suggest_group(train.table, taken, test.table, findings)
    return train.table


def _parts(
    found: Sequence[PixelTable], example: Table | None, findings: Findings
) -> tuple[PixelTable | None, PixelTable | None]:
    by_name = {one.table.name: one for one in found}
    given = findings.given
    labelled = [one.table.name for one in found if one.may_be_labelled]
    other = [name for name in by_name if name not in labelled] or list(by_name)
    if any("test" in name.lower() for name in labelled):  # its labels are of no use
        other = list(by_name)
    if given.label:
        labelled = [name for name in by_name if given.label in by_name[name].others]
        other = [name for name in by_name if name not in labelled] or other
    rows = len(example.column(example.columns[0])) if example else 0
    train = choose("train", labelled or list(by_name), by_name, findings)
    other = [name for name in other if name != train and not _is_more(by_name, name, train)]
    if rows and len(other) > 1 and not given.test:
        same = [name for name in other if _rows(by_name[name]) == rows]
        other = same or other
    test = choose("test", other, by_name, findings)
    if train:
        findings.take("images.train", train, f"images with {_shown(by_name[train].others)}")
    if test:
        findings.take("images.test", test, f"images with {_shown(by_name[test].others)}")
    return by_name.get(train or ""), by_name.get(test or "")


def _is_more(by_name: dict[str, PixelTable], name: str, train: str | None) -> bool:
    """Whether a file is more of the training file rather than a test file."""
    if train is None or re.search("test", name, re.IGNORECASE):
        return False
    return by_name[name].table.columns == by_name[train].table.columns


def _rows(one: PixelTable) -> int:
    name = one.others[0] if one.others else one.table.columns[0]
    return len(one.table.column(name))


def _take_pixels(train: PixelTable, findings: Findings) -> None:
    columns, name = train.columns, train.table.name
    if columns:
        findings.take("images.layout", Layout.PIXEL_COLUMNS.value, f"{len(columns.names)} columns")
        findings.take("images.columns", columns.pattern, f"the columns of {name}")
        findings.take("images.first", columns.first, f"the columns of {name}")
        _take_size(len(columns.names), columns.size, findings)
    else:
        findings.take(
            "images.layout", Layout.PIXEL_STRING.value, f"{train.length} numbers in a column"
        )
        findings.take("images.column", train.string, f"{train.length} numbers in each row")
        side = math.isqrt(train.length)
        colour = math.isqrt(train.length // 3)
        if side * side != train.length and 3 * colour * colour == train.length:
            findings.take("images.channels", 3, f"3 x {colour} x {colour} numbers", Sure.LIKELY)
            side = colour
        whole = side * side * findings.value("images.channels", 1) == train.length
        _take_size(train.length, (side, side) if whole else None, findings)
    values = train.values()
    _take_range(values, findings)
    low, high = findings.value("images.range")
    guess_kind(list((values - low) * 255 / (high - low)), findings)


def _take_size(count: int, size: tuple[int, int] | None, findings: Findings) -> None:
    channels = findings.value("images.channels", 1)
    given = findings.value("images.size")
    if given:
        if given[0] * given[1] * channels != count:
            raise InputError(
                f"there are {count} pixels, which are not {given[0]}x{given[1]}",
                "give a --size with as many pixels, height first",
            )
    elif size:
        findings.take("images.size", list(size), f"{count} pixels")
    elif count % 3 == 0 and math.isqrt(count // 3) ** 2 == count // 3 and channels == 1:
        side = math.isqrt(count // 3)
        raise InputError(
            f"there are {count} pixel columns, as of images of {side}x{side} in colour, "
            "which are not read from columns",
            "save the images as .npz or as image files; or give --size if they are grey",
        )
    else:
        side = next(n for n in range(math.isqrt(count), 0, -1) if count % n == 0)
        why = f"{count} pixels are no square: give height and width"
        findings.ask("size", why, f"{side}x{count // side}")


def _take_range(values: NDArray[np.floating], findings: Findings) -> None:
    low, high = float(values.min()), float(values.max())
    seen = f"the first rows have values from {low:g} to {high:g}"
    if not math.isfinite(low + high):
        raise DataError("there are pixels that are no finite numbers", "correct the file")
    if low < 0:
        symmetric = [-1, 1] if high <= 1 and low >= -1 else [math.floor(low), math.ceil(high)]
        findings.take("images.range", symmetric, seen, Sure.GUESS)
        return
    limits = [limit for limit in (1, 16, 255, 65535) if high <= limit]
    if not limits:
        raise DataError(f"{seen}, expected 65535 at most", "correct the file")
    sure = Sure.CERTAIN if high == limits[0] or limits[0] in {1, 255} else Sure.LIKELY
    findings.take("images.range", [0, limits[0]], seen, sure)


def _id_column(test: PixelTable, example: Table | None, findings: Findings) -> str:
    """The column of the ids of test rows, if there is one."""
    said = findings.given.id
    if said:
        if said not in test.table.columns:
            raise InputError(
                f"{test.table.name} has no column {said!r}: it has {_shown(test.others)}",
                "give another --id, or leave it out",
            )
        findings.option("labels.id", said)
        return said
    wanted = set(example.column(example.columns[0])) if example else set()
    for name in test.others:
        if wanted and set(test.table.column(name)) == wanted:
            why = f"{test.table.name} has the ids of {example.name if example else ''} there"
            findings.take("labels.id", name, why)
            return name
    ids = [name for name in test.others if name.lower() in {"id", "image_id", "imageid", "index"}]
    usable = [
        n for n in ids if not example and len(set(test.table.first(n))) == len(test.table.head)
    ]
    if usable:
        findings.take("labels.id", usable[0], f"{test.table.name} has no value twice there")
        return usable[0]
    if example and len(wanted) != _rows(test):
        findings.note(
            f"{example.name} has {len(wanted)} ids, and {test.table.name} has {_rows(test)} rows"
        )
    return ""


def _shown(names: Sequence[str]) -> str:
    return f"column {', '.join(name[:30] for name in names[:5])}" if names else "no other column"
