"""Read the CSV with the labels, as text, with errors by line and column."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kaggle_kit.competition.description import Labels
from kaggle_kit.data.csvs.columns import same_names
from kaggle_kit.data.csvs.dialect import in_utf8, parsed, plain_csv
from kaggle_kit.data.labels import CORRECT_OR_FETCH, shortened
from kaggle_kit.errors import DataError, in_words

FETCH = "run `kaggle-kit download`"
TRUE, FALSE = {"1", "1.0", "true"}, {"0", "0.0", "false"}


@dataclass(frozen=True)
class LabelTable:
    """The rows of a CSV, as text without the blanks around it.

    Attributes
    ----------
    name : str
        The name of the file in messages.
    columns : list of str
    rows : list of list of str
    lines : list of int
        The line of the file that each row begins on; the header is line 1.
    content : bytes
        The bytes of the file.
    notes : tuple of str
        How the file differs from the usual form, in words.
    """

    name: str
    columns: list[str]
    rows: list[list[str]]
    lines: list[int]
    content: bytes
    notes: tuple[str, ...] = ()

    @property
    def findings(self) -> list[str]:
        """A sentence of how the file was read, where that is not obvious."""
        return [f"{self.name}: {'; '.join(self.notes)}"] if self.notes else []

    def column(self, name: str) -> list[str]:
        """The values of a column; raises DataError if one is empty."""
        position = self.columns.index(name)
        values = [row[position] for row in self.rows]
        if not all(values):
            line = self.lines[values.index("")]
            raise DataError(
                f"{self.name}, line {line}, column {name}: expected a value, found nothing",
                CORRECT_OR_FETCH,
            )
        return values

    def labels(self, labels: Labels) -> list[str]:
        """The label of each row, from the label column or from one column for each class.

        Raises
        ------
        DataError
            A label is missing, or a row has not exactly one class.
        """
        if not labels.columns:
            return self.column(labels.column)
        columns = [(name, self.columns.index(name)) for name in labels.columns]
        found = []
        for row, line in zip(self.rows, self.lines, strict=True):
            for name, position in columns:
                if row[position].lower() not in TRUE | FALSE:
                    raise DataError(
                        f"{self.name}, line {line}, column {name}: expected 0 or 1, "
                        f"found {row[position][:40]!r}",
                        CORRECT_OR_FETCH,
                    )
            own = [name for name, position in columns if row[position].lower() in TRUE]
            if len(own) != 1:
                raise DataError(
                    f"{self.name}, line {line}: expected 1 in exactly one of the columns "
                    f"{shortened(labels.columns)}, found it in {shortened(own) or 'none'}",
                    CORRECT_OR_FETCH,
                )
            found += own
        return found


def read_label_table(folder: Path, name: str, needed: Iterable[str]) -> LabelTable:
    """Read the CSV called `name` in a folder, which must have the columns `needed`.

    Raises
    ------
    DataError
        If the file does not exist or is not such a CSV; the message names line and column.
    """
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise DataError(f"{folder / name} does not exist", FETCH) from None
    except OSError as error:
        raise DataError(f"{folder / name} cannot be read: {in_words(error)}") from None
    needed = list(needed)
    plain = plain_csv(name, content, needed)
    text, encoding = in_utf8(name, plain.content)
    found = zip(*parsed(name, text, first=plain.first), strict=True)
    numbered = [([field.strip() for field in row], line) for row, line in found if row]
    if not numbered:
        raise DataError(f"{name} is empty", CORRECT_OR_FETCH)
    columns, *rows = (row for row, _ in numbered)
    lines = [line for _, line in numbered[1:]]
    columns, renamed = same_names(columns, rows[0] if rows else [], needed)
    _check_header(name, columns, list(dict.fromkeys(needed)))
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(columns):
            raise DataError(
                f"{name}, line {line}: expected {len(columns)} fields, found {len(row)}",
                CORRECT_OR_FETCH,
            )
    if not rows:
        raise DataError(f"{name} has no rows: nothing follows the column names", CORRECT_OR_FETCH)
    notes = tuple(filter(None, (*plain.notes, encoding, *renamed)))
    return LabelTable(name, columns, rows, lines, content, notes)


def _check_header(name: str, columns: Sequence[str], needed: Sequence[str]) -> None:
    counts = Counter(columns)
    missing = [column for column in needed if column not in counts]
    if missing:
        raise DataError(
            f"{name}, line 1: expected the columns {shortened(needed)}; "
            f"missing: {shortened(missing)}; found: {shortened(columns)}",
            "correct the names of the columns in the competition's description, or the file",
        )
    twice = [column for column in needed if counts[column] > 1]
    if twice:
        raise DataError(f"{name}, line 1: there twice: {shortened(twice)}", CORRECT_OR_FETCH)
