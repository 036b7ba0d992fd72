"""Read a CSV with the pixels of an image in one column, separated by spaces."""

import contextlib
import hashlib
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.csvs.columns import (
    EMPTY,
    INDEX,
    Matched,
    Wanted,
    check_columns,
    match_columns,
)
from kaggle_kit.data.csvs.dialect import in_utf8, parsed, plain_csv
from kaggle_kit.data.csvs.pixel_names import FEWEST
from kaggle_kit.data.labels import CORRECT_OR_FETCH
from kaggle_kit.data.layouts.base import RawImages
from kaggle_kit.data.layouts.csv_parsing import (
    MISSING,
    WRONG_VALUE,
    WrongValueError,
    expected_value,
    parse_plain,
    pixel,
)
from kaggle_kit.data.layouts.pixel_columns import (
    BINARY,
    BYTES,
    SCALED,
    Table,
    add_labels,
    is_binary,
    raw_images,
)
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
    wanted = Wanted.of(competition, labelled=labelled)
    plain = plain_csv(name, content, wanted.needed)
    content, encoding = in_utf8(name, plain.content)
    rows, lines = parsed(name, content, first=plain.first)
    numbered = [
        ([field.strip() for field in row], line)
        for row, line in zip(rows, lines, strict=True)
        if row
    ]
    if not numbered:
        raise DataError(f"{name} is empty", CORRECT_OR_FETCH)
    matched = _columns(name, [row for row, _ in numbered[:2]], wanted)
    numbered = numbered[matched.is_header :]
    if not numbered:
        raise DataError(f"{name} has no rows: nothing follows the column names", CORRECT_OR_FETCH)
    columns = matched.names
    for row, line in numbered:
        if len(row) != len(columns):
            raise DataError(
                f"{name}, line {line}: expected {len(columns)} fields, found {len(row)}",
                CORRECT_OR_FETCH,
            )
    position = columns.index(competition.images.column)
    lines = [line for _, line in numbered]
    strings = [row[position] for row, _ in numbered]
    pixels, missing, note = _scaled(name, strings, lines, competition)
    texts = {
        column: [row[i] for row, _ in numbered]
        for i, column in enumerate(columns)
        if i != position and column != EMPTY
    }
    table = Table(pixels, texts, np.array(lines, np.int64), missing)
    add_labels(name, table, matched, wanted)
    notes = (*plain.notes, encoding, *matched.notes, note)
    return table.noting(*filter(None, notes))


def _columns(name: str, head: list[list[str]], wanted: Wanted) -> Matched:
    """The columns; without a line of names, there are the strings and one other at most."""
    first, names = head[0], wanted.pixels[0]
    strings = [place for place, field in enumerate(first) if len(field.split()) >= FEWEST]
    if len(strings) == 1 and len(first) <= 2 and not set(first) & set(wanted.needed):
        labels = wanted.labels if len(wanted.labels) == 1 else ()
        other = labels[0] if labels else wanted.id or INDEX
        if len(first) - 1 == len(wanted.labels) or (not wanted.labels and len(first) == 2):
            columns = [names if place == strings[0] else other for place in range(len(first))]
            told = ", ".join(column.strip() for column in columns)
            return Matched(columns, (f"no line of names; read as {told}",), is_header=False)
    matched = match_columns(first, head[1] if len(head) > 1 else [], wanted)
    check_columns(name, matched, wanted, ",".join(first))
    return matched


def _scaled(
    name: str, strings: list[str], lines: list[int], competition: Competition
) -> tuple[NDArray[np.uint8], int, str]:
    """The pixels, how many are missing, and how their range was read if not as described."""
    range_ = competition.images.range
    try:
        pixels, missing = _pixels(name, strings, lines, competition)
    except WrongValueError:
        for other in SCALED if range_ == BYTES else ():
            with contextlib.suppress(WrongValueError):
                scaled = replace(competition, images=replace(competition.images, range=other))
                told = f"values from {other[0]} to {other[1]} read as 0 to 255"
                return *_pixels(name, strings, lines, scaled), told
        raise
    if range_ == BYTES and is_binary(pixels):
        pixels *= 255
        return pixels, missing, BINARY
    return pixels, missing, ""


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
            "correct the file, or images.size in the competition's description",
        )
    range_ = competition.images.range
    found = [pixel(field, range_) for field in fields]
    values = [value for value in found if value is not None]
    if len(values) < len(found):
        position = found.index(None)
        raise WrongValueError(
            f"{where}, value {position + 1}: expected {expected_value(range_)}, "
            f"found {fields[position][:40]!r}",
            WRONG_VALUE,
        )
    out[:] = [0 if value == MISSING else value for value in values]
    return values.count(MISSING)
