"""Read a CSV with the pixels of an image in one column, separated by spaces."""

import csv
import hashlib
import io

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.labels import CORRECT_OR_FETCH
from kaggle_kit.data.layouts.base import RawImages
from kaggle_kit.data.layouts.csv_parsing import (
    MISSING,
    expected_value,
    parse_plain,
    pixel,
)
from kaggle_kit.data.layouts.pixel_columns import Table, label_columns, raw_images, shortened
from kaggle_kit.errors import DataError

ROWS = 256  # that are parsed at once


def read_pixel_string(
    name: str, content: bytes, competition: Competition, *, labelled: bool
) -> RawImages:
    """Read a CSV given as bytes; parameters and errors as in `read_pixel_columns`."""
    sha256 = hashlib.sha256(content).hexdigest()
    table = _read_table(name, content, competition, labelled=labelled)
    return raw_images(name, table, competition, sha256, labelled=labelled)


def _read_table(name: str, content: bytes, competition: Competition, *, labelled: bool) -> Table:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise DataError(
            f"{name}, line {line}: expected UTF-8 text, found other bytes", CORRECT_OR_FETCH
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        columns = [column.strip() for column in next(reader, [])]
        for row in reader:
            if any(field.strip() for field in row):
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise DataError(
            f"{name}, line {reader.line_num}: it cannot be read as CSV ({error})", CORRECT_OR_FETCH
        ) from None
    _check(name, columns, rows, lines, competition, labelled=labelled)
    position = columns.index(competition.images.column)
    pixels, missing = _pixels(name, [row[position] for row in rows], lines, competition)
    texts = {
        column: [row[i].strip() for row in rows]
        for i, column in enumerate(columns)
        if i != position
    }
    return Table(pixels, texts, np.array(lines, np.int64), missing)


def _check(
    name: str,
    columns: list[str],
    rows: list[list[str]],
    lines: list[int],
    competition: Competition,
    *,
    labelled: bool,
) -> None:
    labels = label_columns(competition) if labelled else ()
    wanted = [*labels, competition.images.column]
    lacking = [column for column in wanted if column not in columns]
    if lacking or len(set(columns)) < len(columns):
        what = f"{shortened(lacking)} missing" if lacking else "a column is there twice"
        raise DataError(
            f"{name}, line 1: expected {shortened(wanted)}, found {shortened(columns)}: {what}",
        )
    if not rows:
        raise DataError(f"{name} has no rows: nothing follows the column names", CORRECT_OR_FETCH)
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(columns):
            raise DataError(
                f"{name}, line {line}: expected {len(columns)} fields, found {len(row)}",
            )


def _pixels(
    name: str, strings: list[str], lines: list[int], competition: Competition
) -> tuple[NDArray[np.uint8], int]:
    """The pixels (rows, pixels) of strings, and how many have no value."""
    count = int(np.prod(competition.image_shape))
    pixels = np.empty((len(strings), count), np.uint8)
    missing = 0
    for start in range(0, len(strings), ROWS):
        part = [string.strip() for string in strings[start : start + ROWS]]
        values = None
        if competition.images.range == (0, 255) and all(string.isascii() for string in part):
            together = "".join(f"{string.replace(' ', ',')}\n" for string in part)
            values = parse_plain(together.encode(), count)
        if values is not None:
            pixels[start : start + ROWS] = values
            continue
        for row, string in enumerate(part, start=start):
            where = f"{name}, line {lines[row]}, column {competition.images.column}"
            missing += _one(where, string.split(), competition, pixels[row])
    return pixels, missing


def _one(where: str, fields: list[str], competition: Competition, out: NDArray[np.uint8]) -> int:
    """Write the values of one image into `out`; return how many are missing."""
    if len(fields) != len(out):
        height, width, *channels = competition.image_shape
        size = "x".join(map(str, (height, width, *channels)))
        raise DataError(
            f"{where}: expected {len(out)} values for an image of {size}, found {len(fields)}",
        )
    range_ = competition.images.range
    found = [pixel(field, range_) for field in fields]
    values = [value for value in found if value is not None]
    if len(values) < len(found):
        position = found.index(None)
        raise DataError(
            f"{where}, value {position + 1}: expected {expected_value(range_)}, "
            f"found {fields[position][:40]!r}",
        )
    out[:] = [0 if value == MISSING else value for value in values]
    return values.count(MISSING)
