"""Read a whole CSV of a competition into pixels, labels and line numbers."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.csv_parsing import CORRECT_OR_FETCH, Layout, parse, split
from kaggle_kit.errors import DataError

RUN_BYTES = 1 << 18  # small enough that the parser's arrays stay in a core's cache
LONGEST_HEADER = 1 << 20
SHOWN = 8


@dataclass(frozen=True)
class Table:
    """The numbers of a CSV, and the line of each row.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (rows, pixels)
        The columns are pixel0, pixel1, …, in this order, whatever the order in the file.
    labels : ndarray of uint8, shape (rows,), or None
    lines : ndarray of int64, shape (rows,)
        The line of the file for each row; the header is line 1.
    missing : int
        The number of pixels without a value; they are 0 in `pixels`.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.uint8] | None
    lines: NDArray[np.int64]
    missing: int


def expected_columns(competition: Competition, *, labelled: bool) -> list[str]:
    label = [competition.label_column] if labelled else []
    return label + competition.pixel_columns


def read_table(name: str, content: bytes, competition: Competition, *, labelled: bool) -> Table:
    """Read a CSV given as bytes.

    Parameters
    ----------
    name : str
        The name of the file in error messages.
    labelled : bool
        Whether there is a label column.

    Raises
    ------
    DataError
        If the file is not valid; the message names the line and column of the first problem.
    """
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    columns = read_header(name, content, expected_columns(competition, labelled=labelled))
    label = columns.index(competition.label_column) if labelled else None
    layout = Layout(name, columns, label, competition.classes)
    order = _places(columns, competition.pixel_columns)

    _keep_freed_memory()
    # A row has at least one byte per field, which limits the number of rows. Memory that is
    # never written to costs nothing.
    most = len(content) // len(columns) + 1
    pixels = np.empty((most, competition.pixels), np.uint8)
    labels = np.empty(most, np.uint8)
    lines = np.empty(most, np.int64)
    count = missing = 0
    for first, text in _runs(content):
        rows = parse(layout, text, first)
        here = slice(count, count + len(rows.values))
        pixels[here] = rows.values[:, order]
        lines[here] = rows.lines
        if label is not None:
            labels[here] = rows.values[:, label]
        count += len(rows.values)
        missing += rows.missing
    if not count:
        raise DataError(f"{name} has no rows: nothing follows the column names", CORRECT_OR_FETCH)
    return Table(pixels[:count], labels[:count] if labelled else None, lines[:count], missing)


def read_header(name: str, content: bytes, expected: Sequence[str]) -> list[str]:
    """Return the column names on line 1, which must be the `expected` names in any order.

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
    wrong = {
        "missing": [column for column in expected if column not in count],
        "unexpected": [column for column in count if column not in wanted],
        "there twice": [column for column in count if count[column] > 1],
    }
    found = "; ".join(f"{what}: {shortened(names)}" for what, names in wrong.items() if names)
    if found:
        raise DataError(
            f"{name}, line 1: expected {shortened(expected)}; {found}", CORRECT_OR_FETCH
        )
    return columns


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
