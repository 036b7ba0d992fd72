"""Read a CSV with a column for each pixel: `read_pixel_columns`.

The columns may stand in any order. Columns that are neither pixels nor labels, ids or groups are
not used, and told.
"""

import contextlib
import hashlib
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.csvs.columns import EMPTY, INDEX, Matched, Wanted
from kaggle_kit.data.csvs.opening import CsvFile
from kaggle_kit.data.labels import CORRECT_OR_FETCH, from_one_hot, shortened
from kaggle_kit.data.layouts.base import RawImages
from kaggle_kit.data.layouts.csv_parsing import Layout, NotUtf8Error, WrongValueError, parse
from kaggle_kit.errors import DataError

RUN_BYTES = 1 << 18  # small enough that the parser's arrays stay in a core's cache
HEAD = 200  # rows that are looked at first
BYTES = (0, 255)
SCALED = ((0, 1), (-1, 1))  # ranges that are told from the values
BINARY = "only the values 0 and 1, read as 0 and 255"


@dataclass(frozen=True)
class Table:
    """The pixels and texts of a CSV, and the line of each row.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (rows, pixels)
        The columns are in the order of the description, whatever the order in the file.
    texts : dict of str to list of str
        The columns that are no pixels, by name.
    lines : ndarray of int64, shape (rows,)
        The line of the file for each row; the header is line 1.
    missing : int
        The number of pixels without a value; they are 0 in `pixels`.
    notes : tuple of str
        How the file differs from the usual form, in words.
    """

    pixels: NDArray[np.uint8]
    texts: dict[str, list[str]]
    lines: NDArray[np.int64]
    missing: int
    notes: tuple[str, ...] = ()

    def noting(self, *notes: str) -> "Table":
        """The same with more notes."""
        return replace(self, notes=(*self.notes, *notes))


def read_pixel_columns(
    name: str, content: bytes, competition: Competition, *, labelled: bool
) -> RawImages:
    """Read a CSV given as bytes.

    Parameters
    ----------
    name : str
        The name of the file in error messages.
    labelled : bool
        Whether the labels are needed.

    Raises
    ------
    DataError
        If the file is not valid; the message names the line and column of the first problem.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    table = read_table(name, content, competition, labelled=labelled)
    return raw_images(name, table, competition, sha256, labelled=labelled)


def raw_images(
    name: str, table: Table, competition: Competition, sha256: str, *, labelled: bool
) -> RawImages:
    """What the table of a CSV says about the images."""
    declared, lines = competition.labels, table.lines

    def place(row: int) -> str:
        return f"{name}, line {lines[row]}"

    used = {declared.id, declared.group, *label_columns(competition), INDEX}
    unused = [column for column in table.texts if column not in used]
    findings = ["; ".join(table.notes)] if table.notes else []
    findings += _other_size(competition.images.size)
    findings += [f"column{'s'[: len(unused) != 1]} {shortened(unused)} not used"] if unused else []
    labels = None
    if labelled:
        labels = tuple(
            from_one_hot(declared.columns, table.texts, place)
            if declared.columns
            else table.texts[declared.column]
        )
    elif any(column in table.texts for column in label_columns(competition)):
        findings.append("its labels are not used")
    groups = table.texts.get(declared.group)
    return RawImages(
        images=table.pixels.reshape(-1, *competition.image_shape),
        ids=tuple(table.texts.get(declared.id, ())),
        labels=labels,
        groups=tuple(groups) if labelled and groups is not None else None,
        place=place,
        missing=table.missing,
        sha256=sha256,
        findings=tuple(findings),
    )


def _other_size(size: tuple[int, int]) -> list[str]:
    """A sentence if as many pixels could be a square, and are read as something else."""
    side = math.isqrt(size[0] * size[1])
    if side * side != size[0] * size[1] or size[0] == size[1]:
        return []
    return [f"read as images of {size[0]}x{size[1]}, though they could be of {side}x{side}"]


def label_columns(competition: Competition) -> tuple[str, ...]:
    """The names of the columns that hold the labels."""
    return competition.labels.columns or (competition.labels.column,)


def read_table(name: str, content: bytes, competition: Competition, *, labelled: bool) -> Table:
    """Read the pixels and texts of a CSV given as bytes; the errors are those above."""
    wanted = Wanted.of(competition, labelled=labelled)
    file = CsvFile.of(name, content, wanted)
    range_ = competition.images.range
    try:
        table = _pixels(file, wanted, range_)
    except NotUtf8Error:
        table = _pixels(file.in_utf8(), wanted, range_)
    except WrongValueError:
        for other in SCALED if range_ == BYTES else ():
            with contextlib.suppress(WrongValueError):
                table = _pixels(file, wanted, other)
                return table.noting(f"values from {other[0]} to {other[1]} read as 0 to 255")
        raise
    if range_ == BYTES and is_binary(table.pixels):
        table.pixels[:] *= 255
        return table.noting(BINARY)
    return table


def _pixels(file: CsvFile, wanted: Wanted, range_: tuple[float, float]) -> Table:
    """The table of a file whose values go from range_[0] to range_[1]."""
    name, columns, pixel_columns = file.name, file.matched.names, wanted.pixels
    is_pixel = set(pixel_columns)
    texts = [position for position, column in enumerate(columns) if column not in is_pixel]
    layout = Layout(name, columns, texts, range_)
    order = _places([column for column in columns if column in is_pixel], pixel_columns)

    _keep_freed_memory()
    # A row has at least one byte per field, which limits the number of rows. Memory that is
    # never written to costs nothing.
    most = len(file.plain.content) // len(columns) + 1
    pixels = np.empty((most, len(pixel_columns)), np.uint8)
    lines = np.empty(most, np.int64)
    found: list[list[str]] = []
    count = missing = 0
    for first, text in file.runs(RUN_BYTES):
        rows = parse(layout, text, first)
        here = slice(count, count + len(rows.values))
        pixels[here] = rows.values[:, order]
        lines[here] = rows.lines
        found += rows.texts
        count += len(rows.values)
        missing += rows.missing
    if not count:
        raise DataError(f"{name} has no rows: nothing follows the column names", CORRECT_OR_FETCH)
    by_name = {columns[place]: [row[i] for row in found] for i, place in enumerate(texts)}
    _check_empty(file, texts, found, lines)
    by_name.pop(EMPTY, None)
    table = Table(pixels[:count], by_name, lines[:count], missing)
    add_labels(name, table, file.matched, wanted)
    return table.noting(*file.plain.notes, *file.matched.notes)


def _check_empty(
    file: CsvFile, texts: list[int], found: list[list[str]], lines: NDArray[np.int64]
) -> None:
    """Raise DataError if columns without a name, at the end, have values further down."""
    columns = file.matched.names
    for place in [i for i, position in enumerate(texts) if columns[position] == EMPTY]:
        row = next((row for row, values in enumerate(found) if values[place]), None)
        if row is not None:
            raise DataError(
                f"{file.name}, line {lines[row]}: found {found[row][place][:40]!r} in a column "
                "without a name",
                CORRECT_OR_FETCH,
            )


def add_labels(name: str, table: Table, matched: Matched, wanted: Wanted) -> None:
    """Add the label column to a table that has a column for each class instead."""
    if matched.class_of:
        columns = list(matched.class_of)
        found = from_one_hot(columns, table.texts, lambda row: f"{name}, line {table.lines[row]}")
        for column in columns:
            del table.texts[column]
        table.texts[wanted.labels[0]] = [matched.class_of[column] for column in found]


def is_binary(pixels: NDArray[np.uint8]) -> bool:
    """Whether there are only the values 0 and 1, and both."""
    return bool(pixels[:HEAD].max() <= 1 and pixels.max() == 1 and pixels.min() == 0)


def _keep_freed_memory() -> None:
    """Let the parser's arrays reuse the same memory for every run of lines.

    glibc returns a large block to the system as soon as the block is freed. Allocating it again
    for every run costs more than the parsing itself. After glibc has freed one block of some MB,
    it keeps freed blocks of up to that size. With other C libraries this function does nothing.
    """
    np.empty(32 * RUN_BYTES, np.uint8)


def _places(columns: list[str], wanted: list[str]) -> slice | NDArray[np.intp]:
    """Return the positions of the wanted columns.

    If the columns are in order, the result is a slice, which NumPy copies faster.
    """
    place = {column: position for position, column in enumerate(columns)}
    places = np.array([place[column] for column in wanted])
    if (np.diff(places) == 1).all():
        return slice(int(places[0]), int(places[-1]) + 1)
    return places
