"""The CSV of a submission as rows of texts, and such rows as a CSV."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from kaggle_kit.data.csvs.kinds import unpacked
from kaggle_kit.errors import DataError, in_words
from kaggle_kit.workspace.storage import split_csv

Rows = list[list[str]]


def read_rows(path: Path, label: str, columns: Sequence[str]) -> tuple[list[str], Rows]:
    """The header and the rows of a CSV, which a spreadsheet may have saved.

    Parameters
    ----------
    label : str
        The name of the file in error messages.
    columns : sequence of str
        The names that are expected in the header; the separator is found by them.

    Raises
    ------
    DataError
        The file is missing, is no CSV, or has no rows.
    """
    try:
        rows = split_csv(unpacked(label, path.read_bytes())[0], columns)
    except FileNotFoundError:
        raise DataError(f"{label} does not exist") from None
    except OSError as error:
        raise DataError(f"{label} cannot be read: {in_words(error)}") from None
    except (ValueError, csv.Error) as error:
        raise DataError(f"{label} cannot be read as a submission: {in_words(error)}") from None
    if not rows[1:]:
        raise DataError(f"{label} has no rows: nothing follows the column names")
    return rows[0], rows[1:]


def first(row: list[str]) -> str:
    """The first field of a row, its id; empty for a blank row."""
    return row[0] if row else ""


def csv_of(columns: Sequence[str], rows: Rows) -> bytes:
    """The content of a CSV as Kaggle reads it."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([columns, *rows])
    return text.getvalue().encode()


def is_csv_of(content: bytes, columns: Sequence[str], rows: Rows) -> bool:
    """Whether Kaggle reads these rows in a content: it takes commas and UTF-8 only."""
    try:
        found = list(csv.reader(io.StringIO(content.decode(), newline="")))
    except (UnicodeDecodeError, csv.Error):
        return False
    while found and not found[-1]:
        found.pop()
    return found == [list(columns), *rows]
