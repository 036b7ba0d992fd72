"""CSVs: their columns and first rows, and whole columns where they are needed."""

from __future__ import annotations

import csv
import itertools
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kaggle_kit.errors import DataError, in_words

if TYPE_CHECKING:
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
    """

    name: str
    columns: list[str]
    head: list[list[str]]
    _path: Path
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
                        self._path,
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
            tables.append(read_table(name, material.local(name)))
        except DataError as error:
            problems.append(str(error))
    return tables, problems


def read_table(name: str, path: Path) -> Table:
    """Read the columns and the first rows of a CSV.

    Raises
    ------
    DataError
        It is no CSV with commas and a line of column names; the message says what was found.
    """
    before = csv.field_size_limit(LONGEST)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            columns = [column.strip() for column in next(reader, [])]
            _check_header(name, columns)
            head = []
            for row in reader:
                if not row:
                    continue
                if len(row) != len(columns):
                    raise DataError(
                        f"{name}, line {reader.line_num}: expected {len(columns)} values, "
                        f"found {len(row)}"
                    )
                head.append([value.strip() for value in row])
                if len(head) == ROWS:
                    break
    except (csv.Error, ValueError) as error:
        raise DataError(f"{name} cannot be read as a CSV: {in_words(error)}") from None
    finally:
        csv.field_size_limit(before)
    if not head:
        raise DataError(f"{name} has no rows")
    return Table(name, columns, head, path)


def _check_header(name: str, columns: list[str]) -> None:
    if not any(columns):
        raise DataError(f"{name} is empty")
    if len(columns) == 1:
        for character, what in ((";", "semicolons"), ("\t", "tabs")):
            if character in columns[0]:
                raise DataError(f"{name} is separated by {what}, expected commas")
    if len(columns) > 1 and all(_is_number(column) for column in columns) and not _counts(columns):
        raise DataError(
            f"{name} begins with numbers, expected a first line with the names of the columns"
        )
    twice = next((column for i, column in enumerate(columns) if column in columns[:i]), None)
    if twice is not None:
        raise DataError(f"{name} has two columns {twice[:40]!r}, expected different names")


def _counts(columns: list[str]) -> bool:
    """Whether numbers are names: each is one more than the last."""
    numbers = [float(column) for column in columns]
    return all(b - a == 1 for a, b in itertools.pairwise(numbers))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
