"""Parse lines of a CSV into numbers from 0 to 255, or report the line and column of an error.

`parse_plain` parses lines that hold only plain numbers (`0,0,137,…`) all at once with NumPy.
`parse_fields` parses any line field by field: it is slow, but it says what is wrong and where.
Both give the same numbers for the same text.
"""

import csv
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.errors import DataError

NO_VALUE = {"", "na", "n/a", "nan", "null", "none"}
MISSING = -1  # stands for a pixel without a value while a line is being read
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
CORRECT_OR_FETCH = "correct the file, or fetch it again with `kaggle-kit download --force`"


@dataclass(frozen=True)
class Layout:
    """The meaning of each field in a row of the file called `name`."""

    name: str
    columns: list[str]
    label: int | None  # the position of the label
    classes: int


@dataclass(frozen=True)
class Rows:
    """Some rows of a CSV.

    Attributes
    ----------
    values : ndarray of uint8, shape (rows, columns)
    lines : ndarray of int64, shape (rows,)
        The line of the file for each row; the header is line 1.
    missing : int
        The number of pixels without a value; they are 0 in `values`.
    """

    values: NDArray[np.uint8]
    lines: NDArray[np.int64]
    missing: int = 0


def parse(layout: Layout, text: bytes, first: int) -> Rows:
    """Parse whole lines, each ending in a newline; the first one is line `first` of the file.

    Raises
    ------
    DataError
        If a line is not valid; the message names the line and column of the first problem.
    """
    values = parse_plain(text, len(layout.columns))
    if values is None:
        return parse_fields(layout, text, first)
    if layout.label is not None and (values[:, layout.label] >= layout.classes).any():
        return parse_fields(layout, text, first)
    return Rows(values, np.arange(first, first + len(values)))


def parse_plain(text: bytes, fields: int) -> NDArray[np.uint8] | None:
    """Parse lines of whole numbers from 0 to 255, separated by single commas.

    Parameters
    ----------
    text : bytes
        Whole lines, each ending in a newline.
    fields : int
        The number of fields in each line.

    Returns
    -------
    ndarray of uint8, shape (lines, fields), or None
        None if any part of the text has another form.
    """
    # For each byte, assume that a number ends just before it, and that the three bytes before it
    # are the hundreds, tens and ones. Where no number ends, the result is not used.
    padded = np.frombuffer(b"\n\n\n" + text, np.uint8)
    digit = padded - np.uint8(ord("0"))
    is_digit = digit < 10
    is_end = ~is_digit
    ends = np.flatnonzero(is_end[3:])
    is_newline = padded[3:] == ord("\n")
    lines = np.count_nonzero(is_newline)
    separators = lines + np.count_nonzero(padded[3:] == ord(","))
    if not separators == len(ends) == lines * fields:
        return None
    if not is_newline[ends[fields - 1 :: fields]].all():
        return None
    is_pair = is_digit[1:] & is_digit[:-1]
    if (is_end[3:] & is_end[2:-1]).any() or (is_pair[2:] & is_pair[:-2]).any():
        return None
    digit *= is_digit
    value = digit[1:-2] * np.uint8(10)
    value += digit[2:-1]
    hundreds = digit[:-3] * is_digit[1:-2]
    too_big = (hundreds > 2) | ((hundreds == 2) & (value > 55))
    if (too_big & is_end[3:]).any():
        return None
    hundreds *= np.uint8(100)
    value += hundreds
    return value[ends].reshape(lines, fields)


def parse_fields(layout: Layout, text: bytes, first: int) -> Rows:
    """Parse lines that may have quotes, blank lines, numbers like `12.0` and missing values.

    The parameters and the errors are those of `parse`.
    """
    rows, lines = [], []
    known = _Known()
    missing = 0
    for line, content in enumerate(text.removesuffix(b"\n").split(b"\n"), start=first):
        if not content.strip():
            continue
        fields = _fields_of_line(layout, content, line)
        values = [known[field] for field in fields]
        if layout.label is not None and values[layout.label] not in range(layout.classes):
            raise _wrong_value(layout, line, layout.label, fields)
        if None in values:
            raise _wrong_value(layout, line, values.index(None), fields)
        missing += values.count(MISSING)
        rows.append([0 if value == MISSING else value for value in values])
        lines.append(line)
    table = np.array(rows, np.uint8).reshape(len(rows), len(layout.columns))
    return Rows(table, np.array(lines, np.int64), missing)


def split(line: str) -> list[str]:
    """Return the fields of one line; raise csv.Error if its quotes are wrong."""
    return next(csv.reader([line], strict=True)) if '"' in line else line.split(",")


class _Known(dict[str, int | None]):
    """A dict from the text of a field to its number.

    The number is MISSING for a text that means "no value", and None for a text that is not a
    pixel value. A CSV has far fewer different texts than fields, so each text is parsed once.
    """

    def __missing__(self, text: str) -> int | None:
        self[text] = value = _number(text.strip())
        return value


def _number(text: str) -> int | None:
    if text.lower() in NO_VALUE:
        return MISSING
    if not NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)  # a float would round 254.9999999999999999 to 255
    except InvalidOperation:  # the exponent is out of range
        return None
    return int(number) if number in range(256) else None


def _fields_of_line(layout: Layout, content: bytes, line: int) -> list[str]:
    where = f"{layout.name}, line {line}"
    try:
        fields = split(content.decode())
    except UnicodeDecodeError:
        raise DataError(
            f"{where}: expected UTF-8 text, found other bytes", CORRECT_OR_FETCH
        ) from None
    except csv.Error as error:
        raise DataError(
            f"{where}: its quotes cannot be read as CSV ({error})", CORRECT_OR_FETCH
        ) from None
    if len(fields) != len(layout.columns):
        wanted = len(layout.columns)
        raise DataError(f"{where}: expected {wanted} fields, found {len(fields)}", CORRECT_OR_FETCH)
    return fields


def _wrong_value(layout: Layout, line: int, column: int, fields: list[str]) -> DataError:
    last = layout.classes - 1 if column == layout.label else 255
    found = repr(fields[column][:40]) if fields[column].strip() else "nothing"
    return DataError(
        f"{layout.name}, line {line}, column {layout.columns[column]}: "
        f"expected a whole number from 0 to {last}, found {found}",
        CORRECT_OR_FETCH,
    )
