"""The form of a competition's submission, and the rows of answers in this form.

sample_submission.csv tells the form: the columns, the ids and their order. A competition that has
none declares its columns.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Answer, Competition, Metric
from kaggle_kit.data.csvs.dialect import plain_csv
from kaggle_kit.data.labels import listed, plain
from kaggle_kit.data.submissions.rows import Rows, first, read_rows
from kaggle_kit.errors import DataError, counted

DOWNLOAD = "run `kaggle-kit download`"
SHOWN = 80


@dataclass(frozen=True)
class Form:
    """The form of a submission.

    Attributes
    ----------
    columns : tuple of str
        The header: the column of the ids first.
    ids : tuple of str
        The id of each row, in the order of the file.
    answer : Answer
        What is said about each image.
    classes : tuple of str
        The classes, in the order of the networks' outputs.
    k : int
        The number of labels for the answer `top_k`.
    positive : str
        The class whose probability is asked for.
    metric : Metric
    """

    columns: tuple[str, ...]
    ids: tuple[str, ...]
    answer: Answer
    classes: tuple[str, ...]
    k: int = 1
    positive: str = ""
    metric: Metric = Metric.ACCURACY

    def rows(self, answers: NDArray[np.generic], test_ids: Sequence[str]) -> Rows:
        """The rows of a submission, in the order of the file.

        Parameters
        ----------
        answers : ndarray
            For labels, the index of each image's class (n,); for the k best, (n, k); for
            probabilities, those of all classes (n, classes).
        test_ids : sequence of str
            The id of each image; empty if the images are in the order of the file.
        """
        if test_ids:
            row_of = {name: row for row, name in enumerate(test_ids)}
            answers = answers[[row_of[name] for name in self.ids]]
        return [
            [name, *fields] for name, fields in zip(self.ids, self._fields(answers), strict=True)
        ]

    def says_same(self, row: Sequence[str], other: Sequence[str]) -> bool:
        """Whether two valid rows say the same: 0.50 is 0.5."""
        if self.answer in {Answer.LABEL, Answer.TOP_K} or row == other:
            return row == other
        return row[0] == other[0] and [*map(float, row[1:])] == [*map(float, other[1:])]

    def _fields(self, answers: NDArray[np.generic]) -> Iterable[list[str]]:
        if self.answer == Answer.LABEL:
            return ([self.classes[label]] for label in answers.tolist())
        if self.answer == Answer.TOP_K:
            return ([" ".join(self.classes[one] for one in best)] for best in answers.tolist())
        place = {name: column for column, name in enumerate(self.classes)}
        if self.answer == Answer.PROBABILITY:
            return ([_number(value)] for value in answers[:, place[self.positive]].tolist())
        order = [place[plain(name)] for name in self.columns[1:]]
        # Row by row: the numbers of Python take eight times the memory of the array.
        return ([_number(value) for value in row[order].tolist()] for row in answers)


def read_form(
    folder: Path,
    competition: Competition,
    classes: Sequence[str],
    test_ids: Sequence[str] = (),
    label: str = "",
) -> Form:
    """The form of a submission, from the example in a data folder.

    Parameters
    ----------
    classes : sequence of str
        The names of the classes, in the order of the networks' outputs.
    test_ids : sequence of str
        The ids of the test images; empty if the competition gives none.
    label : str
        The name of the example in error messages; its path by default.

    Raises
    ------
    DataError
        The example is missing or cannot be read, or does not go with the description.
    """
    asked = competition.submission
    if not asked.file:
        many = asked.answer == Answer.PROBABILITIES
        columns = [asked.id, *(classes if many else [asked.column])]
        return _form("a submission", competition, columns, test_ids, classes)
    path = folder / asked.file
    label = label or str(path)
    columns, rows = _read(path, label, declared_header(competition))
    form = _form(label, competition, columns, [first(row) for row in rows], classes)
    for line, row in enumerate(rows, start=2):
        if not first(row) or len(row) > len(columns):  # the answers, placeholders, may be absent
            found = counted(len(row), "field") if first(row) else "no id"
            raise DataError(
                f"{label}, line {line}: {found}, expected an id and {len(columns) - 1} more",
                "get the file again from where it came from",
            )
    if len(set(form.ids)) < len(form.ids):
        repeated, _ = Counter(form.ids).most_common(1)[0]
        raise DataError(f"{label}: the id {repeated!r} is there twice")
    if test_ids and set(test_ids) != set(form.ids):
        only = min(set(test_ids) ^ set(form.ids))
        where = "it" if only in set(form.ids) else "the test images"
        raise DataError(
            f"{label} has {len(form.ids):,} ids and there are {len(test_ids):,} test images: "
            f"{only!r} is in {where} alone"
        )
    return form


def sample_ids(folder: Path, competition: Competition) -> tuple[str, ...] | None:
    """The ids of the example submission, in its order; None if the competition has none.

    Raises
    ------
    DataError
        The example is missing or cannot be read.
    """
    name = competition.submission.file
    if not name:
        return None
    return tuple(first(row) for row in _read(folder / name, name)[1])


def example_notes(folder: Path, competition: Competition) -> tuple[str, ...]:
    """How the example submission, which has been read, differs from a plain CSV, in words."""
    name = competition.submission.file
    if not name:
        return ()
    return plain_csv(name, (folder / name).read_bytes(), declared_header(competition)).notes


def declared_header(competition: Competition) -> tuple[str, ...]:
    """The header that the description declares; empty if it leaves it to the example."""
    asked = competition.submission
    if asked.answer == Answer.PROBABILITIES:
        classes = competition.labels.classes
        return (asked.id, *classes) if asked.id and classes and not asked.file else ()
    return (asked.id, asked.column) if asked.id and asked.column else ()


def declared_form(competition: Competition) -> Form:
    """The form as far as the description tells it; empty are columns, ids and classes it leaves."""
    asked = competition.submission
    return Form(
        declared_header(competition),
        (),
        asked.answer,
        competition.labels.classes,
        asked.k,
        asked.positive,
        competition.metric,
    )


def header_in_words(header: Sequence[str]) -> str:
    """A header for a message, cut if it is long."""
    text = ",".join(header)
    return repr(text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…")


def _form(
    name: str,
    competition: Competition,
    columns: Sequence[str],
    ids: Sequence[str],
    classes: Sequence[str],
) -> Form:
    asked = competition.submission
    found = [column.strip() for column in columns]
    expected = list(declared_header(competition))
    if expected and found != expected:
        raise DataError(
            f"{name} has header {header_in_words(columns)}, expected {header_in_words(expected)}",
            "correct submission.id and submission.column in the competition's description",
        )
    if asked.answer == Answer.PROBABILITIES:
        _check_classes(name, found[1:], classes)
    elif len(columns) != 2:
        raise DataError(
            f"{name} has the columns {header_in_words(columns)}, expected an id and one for the "
            "answer",
            f'submission.answer = "{Answer.PROBABILITIES}" describes a column for each class',
        )
    positive = asked.positive or classes[-1]
    if asked.answer == Answer.PROBABILITY and (len(classes) != 2 or positive not in classes):
        raise DataError(
            f"the probability of one class is asked for, of {positive!r} of two; the classes are "
            f"{listed(classes)}",
            "correct submission.answer or submission.positive in the competition's description",
        )
    blank = next((one for one in classes if len(one.split()) != 1), None)
    if asked.answer == Answer.TOP_K and blank is not None:
        raise DataError(
            f"the best labels are separated by spaces, and the class {blank!r} has one itself"
        )
    return replace(
        declared_form(competition),
        columns=tuple(columns),
        ids=tuple(ids),
        classes=tuple(classes),
        positive=positive,
    )


def _check_classes(name: str, columns: Sequence[str], classes: Sequence[str]) -> None:
    found = {plain(column) for column in columns}
    if found == set(classes) and len(columns) == len(classes):
        return
    lacking, other = sorted(set(classes) - found), sorted(found - set(classes))
    what = (
        f"lacks a column {lacking[0]!r}"
        if lacking
        else f"has another column {other[0]!r}"
        if other
        else "has a column twice"
    )
    raise DataError(
        f"{name} {what}: expected an id and a column for each of the {len(classes)} classes"
    )


def _read(path: Path, label: str, columns: Sequence[str] = ()) -> tuple[list[str], Rows]:
    """The example; unlike a submission, it comes with the data."""
    if not path.exists():
        raise DataError(f"{label} does not exist", DOWNLOAD)
    return read_rows(path, label, columns)


def _number(value: float) -> str:
    return f"{value:.7g}"
