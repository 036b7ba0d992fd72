"""Check a submission of any origin, by line and column, as Kaggle would."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kaggle_kit.competition.description import Answer, Competition, Metric
from kaggle_kit.data.submissions.columns import as_asked
from kaggle_kit.data.submissions.form import Form, declared_form, header_in_words
from kaggle_kit.data.submissions.rows import Rows, csv_of, is_csv_of, read_rows
from kaggle_kit.data.submissions.values import Values
from kaggle_kit.errors import DataError, counted

SUM_ERROR = 0.01  # the probabilities of a row may miss 1 by this; rounding explains it
INDEX = "write it without the index of the table: to_csv(..., index=False)"


@dataclass(frozen=True)
class Checked:
    """A submission that Kaggle will accept.

    Attributes
    ----------
    columns : list of str
    rows : list of list of str
        The rows in the order of the file, each field in one spelling.
    content : bytes
        The file as it is if Kaggle reads these rows in it, or else these rows as a CSV.
    is_rewritten : bool
        Whether the content is not that of the file.
    remarks : list of str
        What is accepted, but may be a mistake.
    """

    columns: list[str]
    rows: Rows
    content: bytes
    is_rewritten: bool
    remarks: list[str]


def check_submission(
    path: Path, form: Form, label: str = "", rows_expected: int | None = None
) -> Checked:
    """Read a submission, and check that Kaggle will accept it.

    What the form does not know (columns, ids or classes) is not checked. The rows may have any
    order.

    Parameters
    ----------
    label : str
        The name of the file in error messages; its path by default.
    rows_expected : int, optional
        The number of rows, if the form has no ids.

    Raises
    ------
    DataError
        The header, the ids, the number of rows or a value is not as expected; the message names
        the line.
    """
    label = label or str(path)
    found, raw = read_rows(path, label, form.columns)
    header, raw, told = as_asked(found, raw, form)
    _check_header(header, form, label)
    first = 1 if raw[0] == found else 2
    rows = list(_checked(raw, header, form, label, first=first))
    if form.ids and len(rows) != len(form.ids):
        named = {row[0] for row in rows}
        lacking = next(name for name in form.ids if name not in named)
        raise DataError(
            f"{label} has {counted(len(rows), 'row')}, expected {len(form.ids):,}: "
            f"{header[0]} {lacking!r} is missing"
        )
    if not form.ids and rows_expected not in {None, len(rows)}:
        raise DataError(f"{label} has {counted(len(rows), 'row')}, expected {rows_expected:,}")
    columns = list(form.columns) or header
    there = path.read_bytes()
    content = there if is_csv_of(there, columns, rows) else csv_of(columns, rows)
    remarks = [*told, *_remarks(rows, form)]
    return Checked(columns, rows, content, content != there, remarks)


def validate_submission(path: Path, form: Form, label: str = "") -> Rows:
    """The rows of a submission in the order of the form; otherwise like `check_submission`."""
    found = {row[0]: row for row in check_submission(path, form, label).rows}
    return [found[name] for name in form.ids]


def check_shape(path: Path, label: str, competition: Competition) -> Checked:
    """Check a submission as far as a description tells its form, without the data.

    Raises
    ------
    DataError
        The header, the number of rows or a value is not as expected; the message names the line.
    """
    return check_submission(path, declared_form(competition), label, competition.test_rows)


def score(path: Path, solution: Path) -> float:
    """Return the accuracy of a valid submission of labels on the answers in `solution`.

    Raises
    ------
    DataError
        If the two files are not about the same rows.
    """
    return score_rows(read_rows(path, str(path), [])[1], solution, str(path))


def score_rows(rows: Rows, solution: Path, label: str) -> float:
    """The same for the rows of a submission, whose name in an error is `label`."""
    predicted, answers = dict(rows), dict(read_rows(solution, str(solution), [])[1])
    if predicted.keys() != answers.keys():
        raise DataError(f"{label} and {solution} are not about the same rows")
    return float(np.mean([predicted[name] == answers[name] for name in answers]))


def _check_header(header: list[str], form: Form, label: str) -> None:
    expected = [name.strip() for name in form.columns]
    if header == expected:
        return
    message = f"{label} has header {header_in_words(header)}, expected "
    if not expected:
        if len(header) == 2 or (len(header) > 2 and _asks_many(form)):
            return
        what = "probabilities" if _asks_many(form) else "an answer"
        raise DataError(f"{message}an id and {what}", INDEX if not header[0] else "")
    message += header_in_words(expected)
    if len(header) != len(expected):
        message += f": {counted(len(header), 'column')}, not {len(expected)}"
        raise DataError(message, INDEX if header[1:] == expected else "")
    first = next(i for i, name in enumerate(header) if name != expected[i])
    if len(header) > 2:
        message += f": column {first + 1} is {header[first][:40]!r}, not {expected[first]!r}"
    raise DataError(message)


def _asks_many(form: Form) -> bool:
    return form.answer == Answer.PROBABILITIES


def _checked(
    raw: Rows, header: Sequence[str], form: Form, label: str, *, first: int
) -> Iterator[list[str]]:
    """The rows in one spelling; `first` is the line of the file that they begin with."""
    known = set(form.ids)
    # A spreadsheet makes 1 of 0001, and 1.0 of 1. Ids that differ in nothing else stay apart.
    by_number = {_number(name): name for name in form.ids}
    values, seen = Values(form), set()
    for line, row in enumerate(raw, start=first):
        where = f"{label}, line {line}"
        if len(row) != len(header):
            raise DataError(f"{where}: {counted(len(row), 'field')}, expected {len(header)}")
        name = row[0]
        if known and name not in known:
            name = by_number.get(_number(name), "") if len(by_number) == len(known) else ""
        if not name or name in seen:
            if not row[0].strip():
                raise DataError(f"{where}: {header[0]} is empty, expected the id of an image")
            what = "there twice" if name else f"not an id of the {len(known):,} test images"
            raise DataError(f"{where}: {header[0]} {row[0][:40]!r} is {what}")
        seen.add(name)
        try:
            yield [name, *values.read(header[1:], row[1:])]
        except ValueError as error:
            raise DataError(f"{where}: {error}") from None


def _remarks(rows: Rows, form: Form) -> Iterator[str]:
    if form.metric != Metric.LOG_LOSS or not _asks_many(form):
        return
    sums = [sum(map(float, row[1:])) for row in rows]
    wrong = [line for line, total in enumerate(sums, start=2) if abs(total - 1) > SUM_ERROR]
    if wrong:
        yield (
            f"the probabilities of {counted(len(wrong), 'row')} do not add up to 1 "
            f"(line {wrong[0]}: {sums[wrong[0] - 2]:g}); Kaggle divides each by their sum"
        )


def _number(name: str) -> str:
    """An id as a spreadsheet writes it: of a whole number, without zeros in front."""
    whole = name.strip().removesuffix(".0")
    return str(int(whole)) if whole.isascii() and whole.isdigit() else name
