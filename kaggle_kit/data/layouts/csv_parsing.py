"""Parse lines of a CSV into pixels and texts, or report the line and column of an error.

Pixels become numbers from 0 to 255. Labels and ids stay texts.

`parse_plain` parses lines that hold only plain numbers (`0,0,137,…`) all at once with NumPy.
`parse_fields` parses any line field by field: it is slow, but it says what is wrong and where.
Both give the same numbers for the same text.
"""

import csv
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.data.csvs.dialect import split
from kaggle_kit.data.labels import CORRECT_OR_FETCH, NO_VALUE
from kaggle_kit.errors import DataError

WRONG_VALUE = f"{CORRECT_OR_FETCH}; or correct images.range in the competition's description"
MISSING = -1  # stands for a pixel without a value while a line is being read
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class NotUtf8Error(DataError):
    """A line holds bytes that are not UTF-8."""


class WrongValueError(DataError):
    """A field is not a pixel in the range of the layout."""


@dataclass(frozen=True)
class Layout:
    """The meaning of each field in a row of the file called `name`.

    Attributes
    ----------
    texts : sequence of int
        The positions of the columns that are read as text, in ascending order.
    range : (low, high)
        The values that become 0 and 255.
    """

    name: str
    columns: Sequence[str]
    texts: Sequence[int] = ()
    range: tuple[float, float] = (0, 255)

    @property
    def pixels(self) -> int:
        """The number of columns that are pixels."""
        return len(self.columns) - len(self.texts)


@dataclass(frozen=True)
class Rows:
    """Some rows of a CSV.

    Attributes
    ----------
    values : ndarray of uint8, shape (rows, pixels)
    texts : list of list of str
        The texts of each row.
    lines : ndarray of int64, shape (rows,)
        The line of the file for each row; the header is line 1.
    missing : int
        The number of pixels without a value; they are 0 in `values`.
    """

    values: NDArray[np.uint8]
    texts: list[list[str]]
    lines: NDArray[np.int64]
    missing: int = 0


def parse(layout: Layout, text: bytes, first: int) -> Rows:
    """Parse whole lines, each ending in a newline; the first one is line `first` of the file.

    Raises
    ------
    DataError
        If a line is not valid; the message names the line and column of the first problem.
    """
    scale = _scale(layout.range)
    cut = _cut(layout, text) if scale is not None else None
    values = parse_plain(cut[1], layout.pixels) if cut else None
    if cut is None or values is None or scale is None:
        return parse_fields(layout, text, first)
    low, high = layout.range
    if scale is not _SAME:
        if (values < low).any() or (values > high).any():
            return parse_fields(layout, text, first)
        values = scale[values]
    return Rows(values, cut[0], np.arange(first, first + len(values)))


def _cut(layout: Layout, text: bytes) -> tuple[list[list[str]], bytes] | None:
    """The texts of each line, and the lines without them, if all of them stand at the ends."""
    count, width = len(layout.texts), len(layout.columns)
    lines = text.removesuffix(b"\n").split(b"\n")
    if not count:
        return [[] for _ in lines], text
    start = next((i for i, place in enumerate(layout.texts) if place != i), count)
    if list(layout.texts[start:]) != list(range(width - count + start, width)) or b'"' in text:
        return None
    parts = [line.split(b",", start) for line in lines]
    if start < count:
        parts = [[*part[:-1], *part[-1].rsplit(b",", count - start)] for part in parts]
    if any(len(part) != count + 1 for part in parts):
        return None
    pixels = [part.pop(start) for part in parts]
    try:
        texts = [[field.decode().strip() for field in part] for part in parts]
    except UnicodeDecodeError:
        return None
    return texts, b"\n".join([*pixels, b""])


_SAME = np.arange(256, dtype=np.uint8)


@functools.cache
def _scale(range_: tuple[float, float]) -> NDArray[np.uint8] | None:
    """What whole numbers from 0 to 255 become; None if values of the range may be others."""
    low, high = range_
    if range_ == (0, 255):
        return _SAME
    if low < 0 or high > 255 or high <= 1:  # from 0 to 1 there are hardly whole numbers
        return None
    scaled = (_SAME.astype(np.float64) - low) / (high - low) * 255
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)


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
    rows, texts, lines = [], [], []
    known = _Known(layout.range)
    missing = 0
    is_text = set(layout.texts)
    pixels = [position for position in range(len(layout.columns)) if position not in is_text]
    for line, content in enumerate(text.removesuffix(b"\n").split(b"\n"), start=first):
        if not content.strip():
            continue
        fields = _fields_of_line(layout, content, line)
        values = [known[fields[position]] for position in pixels]
        if None in values:
            raise _wrong_value(layout, line, pixels[values.index(None)], fields)
        missing += values.count(MISSING)
        rows.append([0 if value == MISSING else value for value in values])
        texts.append([fields[position].strip() for position in layout.texts])
        lines.append(line)
    table = np.array(rows, np.uint8).reshape(len(rows), len(pixels))
    return Rows(table, texts, np.array(lines, np.int64), missing)


class _Known(dict[str, int | None]):
    """A dict from the text of a field to its number.

    The number is MISSING for a text that means "no value", and None for a text that is not a
    pixel value. A CSV has far fewer different texts than fields, so each text is parsed once.
    """

    def __init__(self, range_: tuple[float, float]) -> None:
        super().__init__()
        self._range = range_

    def __missing__(self, text: str) -> int | None:
        self[text] = value = pixel(text.strip(), self._range)
        return value


def pixel(text: str, range_: tuple[float, float] = (0, 255)) -> int | None:
    """The value of a pixel, 0 to 255; MISSING if the text says so, None if it is not a value."""
    if text.lower() in NO_VALUE:
        return MISSING
    if not NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)  # a float would round 254.9999999999999999 to 255
    except InvalidOperation:  # the exponent is out of range
        return None
    if range_ == (0, 255):
        return int(number) if number in range(256) else None
    low, high = (Decimal(str(limit)) for limit in range_)
    return round((number - low) / (high - low) * 255) if low <= number <= high else None


def expected_value(range_: tuple[float, float]) -> str:
    """What a pixel is, in words."""
    low, high = range_
    return f"a {'whole ' if range_ == (0, 255) else ''}number from {low:g} to {high:g}"


def _fields_of_line(layout: Layout, content: bytes, line: int) -> list[str]:
    where = f"{layout.name}, line {line}"
    try:
        fields = split(content.decode())
    except UnicodeDecodeError:
        raise NotUtf8Error(
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
    found = repr(fields[column][:40]) if fields[column].strip() else "nothing"
    return WrongValueError(
        f"{layout.name}, line {line}, column {layout.columns[column]}: "
        f"expected {expected_value(layout.range)}, found {found}",
        WRONG_VALUE,
    )
