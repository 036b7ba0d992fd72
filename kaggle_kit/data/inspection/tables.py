"""CSVs: their columns and first rows, and whole columns where they are needed."""

from __future__ import annotations

import codecs
import csv
import math
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kaggle_kit.data.csvs.columns import UNNAMED
from kaggle_kit.data.csvs.dialect import LOOK, plain_csv
from kaggle_kit.data.csvs.headless import is_headless, other_column
from kaggle_kit.data.csvs.kinds import PACKED
from kaggle_kit.errors import DataError, in_words
from kaggle_kit.workspace.storage import ENCODINGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kaggle_kit.data.inspection.material import Material

ROWS = 1000  # that are looked at
LONGEST = 1 << 24  # characters of a field


@dataclass(frozen=True, eq=False)
class Table:
    """A CSV with a line of column names.

    Attributes
    ----------
    name : str
        Its path in the material.
    columns : list of str
    head : list of list of str
        The first rows.
    path : Path
        The file in UTF-8 with commas.
    notes : tuple of str
        How the file was saved otherwise, in words.
    is_headless : bool
        Whether its first line is a row.
    """

    name: str
    columns: list[str]
    head: list[list[str]]
    path: Path
    notes: tuple[str, ...] = ()
    is_headless: bool = False
    _whole: dict[str, list[str]] = field(default_factory=dict)

    def first(self, column: str) -> list[str]:
        """The values of a column in the first rows."""
        position = self.columns.index(column)
        return [row[position] for row in self.head]

    def column(self, name: str) -> list[str]:
        """All values of a column.

        Raises
        ------
        DataError
            A later row cannot be read.
        """
        if len(self.head) < ROWS:
            return self.first(name)
        if name not in self._whole:
            import pandas as pd

            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    frame = pd.read_csv(
                        self.path,
                        header=None if self.is_headless else 0,
                        usecols=[self.columns.index(name)],
                        dtype=str,
                        keep_default_na=False,
                        index_col=False,
                        encoding="utf-8-sig",
                    )
            except (ValueError, OSError) as error:  # pandas' errors are ValueErrors
                raise DataError(f"{self.name} cannot be read: {in_words(error)}") from None
            self._whole[name] = [value.strip() for value in frame.iloc[:, 0]]
        return self._whole[name]


def read_tables(material: Material) -> tuple[list[Table], list[str]]:
    """The CSVs in the material, and why others could not be read."""
    tables, problems = [], []
    names = material.ending_on(".csv")
    material.unpack(names)
    for name in names:
        try:
            tables.append(read_table(name, material.local(name), material.new_file))
        except DataError as error:
            problems.append(str(error))
    return tables, problems


def read_table(name: str, path: Path, new_file: Callable[[], Path]) -> Table:
    """Read the columns and the first rows of a CSV.

    Parameters
    ----------
    name : str
        Its name in messages.
    path : Path
    new_file : callable
        Gives a path for a plain copy, if the file is saved in another form.

    Raises
    ------
    DataError
        It is no CSV with a line of column names; the message says what was found.
    """
    path, notes = _plain(name, path, new_file)
    before = csv.field_size_limit(LONGEST)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            columns: list[str] = []
            head: list[list[str]] = []
            for row in reader:
                values = [value.strip() for value in row]
                if any(values) and not columns:
                    columns = values
                elif any(values):
                    _check_width(f"{name}, line {reader.line_num}", values, columns)
                    head.append(values)
                if len(head) == ROWS:
                    break
    except (csv.Error, ValueError) as error:
        raise DataError(f"{name} cannot be read as a CSV: {in_words(error)}") from None
    finally:
        csv.field_size_limit(before)
    if not any(columns):
        raise DataError(f"{name} is empty")
    return _named(Table(name, columns, head, path, notes))


def _plain(name: str, path: Path, new_file: Callable[[], Path]) -> tuple[Path, tuple[str, ...]]:
    """A CSV in UTF-8 with commas: the file itself, or a copy; and how it was saved."""
    with path.open("rb") as file:
        start = file.read(LOOK)
    starts_plain = not start.startswith((*PACKED, *ENCODINGS)) or start.startswith(codecs.BOM_UTF8)
    if starts_plain and not plain_csv(name, start).notes:
        return path, ()
    plain = plain_csv(name, path.read_bytes())
    copy = new_file()
    copy.write_bytes(plain.content)
    return copy, plain.notes


def _check_width(where: str, row: list[str], columns: list[str]) -> None:
    """Check that a row has as many fields as there are columns, but for empty ones at the end."""
    width = len(row)
    while width > len(columns) and not row[width - 1]:
        width -= 1
    del row[width:]
    if len(row) != len(columns):
        raise DataError(f"{where}: expected {len(columns)} values, found {len(row)}")


def _named(table: Table) -> Table:
    """The table with names for its columns; raises DataError if they are not clear."""
    name, columns, notes = table.name, table.columns, table.notes
    rows = [columns, *table.head]
    if is_headless(columns):
        count = len(columns)
        others = count - math.isqrt(count) ** 2
        at = other_column(rows) if others == 1 else None
        if others > 1 or (others and at is None):
            raise DataError(
                f"{name} begins with numbers, expected a first line with the names of the columns"
            )
        names = [f"pixel{i}" for i in range(count - others)]
        if others:
            names.insert(0 if at == 0 else len(names), "label")
        notes = (*notes, f"no line of names; read as {names[0]}, {names[1]}, …, {names[-1]}")
        return replace(table, columns=names, head=rows[:ROWS], notes=notes, is_headless=True)
    if not table.head:
        raise DataError(f"{name} has no rows")
    columns = ["" if UNNAMED.fullmatch(column) else column for column in columns]
    twice = next((one for i, one in enumerate(columns) if one and one in columns[:i]), None)
    if twice is not None:
        raise DataError(f"{name} has two columns {twice[:40]!r}, expected different names")
    return replace(table, columns=columns)
