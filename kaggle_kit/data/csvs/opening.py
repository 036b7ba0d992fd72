"""A CSV of pixels, opened: its rows as plain lines, and the meaning of its columns."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kaggle_kit.data.csvs.columns import Matched, Wanted, check_columns, match_columns
from kaggle_kit.data.csvs.dialect import LONGEST_HEADER, Plain, in_utf8, plain_csv, split
from kaggle_kit.data.csvs.headless import is_headless, name_columns
from kaggle_kit.data.labels import CORRECT_OR_FETCH
from kaggle_kit.errors import DataError

HEAD = 200  # rows that tell columns without names


@dataclass(frozen=True)
class CsvFile:
    """A CSV and its columns.

    Attributes
    ----------
    name : str
        The name of the file in error messages.
    plain : Plain
        Its lines end on a newline alone.
    matched : Matched
    """

    name: str
    plain: Plain
    matched: Matched

    @classmethod
    def of(cls, name: str, content: bytes, wanted: Wanted) -> "CsvFile":
        """Open the bytes of a file.

        Raises
        ------
        DataError
            It is no such CSV; the message says what it is, or which columns are missing.
        """
        plain = plain_csv(name, content, wanted.needed)
        content = plain.content
        if b"\r" in content:
            content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not content or content.isspace():
            raise DataError(f"{name} is empty", CORRECT_OR_FETCH)
        start = len(content) - len(content.lstrip(b"\n"))
        plain = Plain(content[start:] if start else content, plain.notes, plain.first + start)
        return cls(name, plain, read_header(name, plain.content, wanted))

    @property
    def notes(self) -> tuple[str, ...]:
        """How the file differs from the usual form, in words."""
        return (*self.plain.notes, *self.matched.notes)

    def in_utf8(self) -> "CsvFile":
        """The same file, in whose middle there is no UTF-8."""
        content, encoding = in_utf8(self.name, self.plain.content)
        notes = (*self.plain.notes, *([encoding] if encoding else []))
        return replace(self, plain=Plain(content, notes, self.plain.first))

    def runs(self, size: int) -> Iterator[tuple[int, bytes]]:
        """The rows as whole lines, in runs of about `size` bytes, each with its first line."""
        content, line = self.plain.content, self.plain.first
        content = content if content.endswith(b"\n") else content + b"\n"
        start = 0
        if self.matched.is_header:
            start, line = content.index(b"\n") + 1, line + 1
        elif content.startswith(codecs.BOM_UTF8):
            start = len(codecs.BOM_UTF8)
        while start < len(content):
            stop = content.rfind(b"\n", start, start + size) + 1
            stop = stop or content.index(b"\n", start) + 1
            text = content[start:stop]
            yield line, text
            line += text.count(b"\n")
            start = stop


def read_header(name: str, content: bytes, wanted: Wanted) -> Matched:
    """The columns of a CSV in UTF-8; without a line of names, those of its fields.

    Raises
    ------
    DataError
        Columns are missing, unexpected or there twice, or it is not clear which are which; the
        message names them.
    """
    lines = content[:LONGEST_HEADER].split(b"\n", HEAD + 1)[: HEAD + 1]
    head = [_split(line) for line in lines]
    if head[0] and not set(wanted.needed) & set(head[0]) and is_headless(head[0]):
        rows = [row for row in head[:-1] or head if len(row) == len(head[0])]
        return name_columns(name, rows, wanted)
    matched = match_columns(head[0] or [""], head[1] if len(head) > 1 else [], wanted)
    check_columns(name, matched, wanted, lines[0].decode("utf-8", "backslashreplace"))
    return matched


def _split(line: bytes) -> list[str]:
    """The fields of a line; [] if it cannot be read, which later has its own error."""
    try:
        return [one.strip() for one in split(line.decode("utf-8-sig"))] if line.strip() else []
    except (UnicodeDecodeError, csv.Error):
        return []
