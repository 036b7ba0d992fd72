"""Read a CSV with a column for each pixel: `read_pixel_columns`.

The columns may stand in any order. Columns that are neither pixels nor labels, ids or groups are
not used, and told.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.labels import CORRECT_OR_FETCH, from_one_hot
from kaggle_kit.data.layouts.base import RawImages
from kaggle_kit.data.layouts.csv_parsing import Layout, parse, split
from kaggle_kit.errors import DataError

RUN_BYTES = 1 << 18  # small enough that the parser's arrays stay in a core's cache
LONGEST_HEADER = 1 << 20
SHOWN = 8


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
    """

    pixels: NDArray[np.uint8]
    texts: dict[str, list[str]]
    lines: NDArray[np.int64]
    missing: int


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

    used = {declared.id, declared.group, *label_columns(competition)}
    unused = [column for column in table.texts if column not in used]
    findings = [f"column{'s'[: len(unused) != 1]} {shortened(unused)} not used"] if unused else []
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


def label_columns(competition: Competition) -> tuple[str, ...]:
    """The names of the columns that hold the labels."""
    return competition.labels.columns or (competition.labels.column,)


def expected_columns(competition: Competition, *, labelled: bool) -> list[str]:
    """The columns that a CSV must have."""
    labels = label_columns(competition) if labelled else ()
    group = [competition.labels.group] if labelled and competition.labels.group else []
    return [*labels, *group, *competition.images.pixel_columns]


def read_table(name: str, content: bytes, competition: Competition, *, labelled: bool) -> Table:
    """Read the pixels and texts of a CSV given as bytes; the errors are those above."""
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    columns = read_header(name, content, expected_columns(competition, labelled=labelled))
    pixel_columns = competition.images.pixel_columns
    is_pixel = set(pixel_columns)
    texts = [position for position, column in enumerate(columns) if column not in is_pixel]
    layout = Layout(name, columns, texts, competition.images.range)
    order = _places([column for column in columns if column in is_pixel], pixel_columns)

    _keep_freed_memory()
    # A row has at least one byte per field, which limits the number of rows. Memory that is
    # never written to costs nothing.
    most = len(content) // len(columns) + 1
    pixels = np.empty((most, len(pixel_columns)), np.uint8)
    lines = np.empty(most, np.int64)
    found: list[list[str]] = []
    count = missing = 0
    for first, text in _runs(content):
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
    return Table(pixels[:count], by_name, lines[:count], missing)


def read_header(name: str, content: bytes, expected: Sequence[str]) -> list[str]:
    """Return the column names on line 1, which must have the `expected` ones, in any order.

    Other columns are taken, unless their names begin like those of pixels.

    Raises
    ------
    DataError
        If the file is empty or is not such a CSV, or if columns are missing, unexpected or there
        twice; the message names these columns.
    """
    if not content or content.isspace():
        raise DataError(f"{name} is empty", CORRECT_OR_FETCH)
    line = content[:LONGEST_HEADER].splitlines()[0]
    try:
        columns = [column.strip() for column in split(line.decode("utf-8-sig"))]
    except (UnicodeDecodeError, csv.Error):
        columns = []
    count, wanted = Counter(columns), set(expected)
    if not wanted & count.keys():
        raise DataError(
            f"{name} is not the expected CSV: line 1 should hold the column names "
            f"{shortened(expected)}, separated by commas; it starts with "
            f"{line[:40].decode('utf-8', 'backslashreplace')!r}",
            CORRECT_OR_FETCH,
        )
    like_pixels = {_without_digits(column) for column in expected[1:]}
    missing = [column for column in expected if column not in count]
    wrong = {
        "missing": missing,
        "unexpected": [
            column
            for column in count
            if column not in wanted
            and (missing or not column or _without_digits(column) in like_pixels)
        ],
        "there twice": [column for column in count if count[column] > 1],
    }
    found = "; ".join(f"{what}: {shortened(names)}" for what, names in wrong.items() if names)
    if found:
        raise DataError(
            f"{name}, line 1: expected {shortened(expected)}; {found}", CORRECT_OR_FETCH
        )
    return columns


def _without_digits(column: str) -> str:
    return "".join(character for character in column if not character.isdigit())


def shortened(names: Sequence[str]) -> str:
    """Join names for a message.

    A long list is shortened to its first few names, its last name and the number of names.
    """
    shown = [name[:40] if name.isprintable() and name else repr(name[:40]) for name in names]
    if len(shown) <= SHOWN:
        return ", ".join(shown)
    return f"{', '.join(shown[:3])}, …, {shown[-1]} ({len(shown)} in all)"


def _runs(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines below the header in runs of about RUN_BYTES, with the first line's number."""
    content = content if content.endswith(b"\n") else content + b"\n"
    start = content.index(b"\n") + 1
    line = 2
    while start < len(content):
        stop = content.rfind(b"\n", start, start + RUN_BYTES) + 1
        stop = stop or content.index(b"\n", start) + 1
        text = content[start:stop]
        yield line, text
        line += text.count(b"\n")
        start = stop


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
