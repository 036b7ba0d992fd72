"""Build, validate and write `submission.csv`, and score it if the answers are available."""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.errors import DataError, in_words
from kaggle_kit.workspace.storage import split_csv
from kaggle_kit.workspace.written import write_file

Labels = NDArray[np.integer]


def write_submission(path: Path, labels: Labels, competition: Competition) -> None:
    """Write labels (n,), in the order of test.csv, as a submission, and note it as the kit's."""
    write_file(path, make_submission(labels, competition))


def make_submission(labels: Labels, competition: Competition) -> bytes:
    """The content of a submission of labels (n,), in the order of test.csv."""
    header = ",".join(_header(competition))
    rows = [f"{number},{label}" for number, label in enumerate(labels, start=1)]
    return ("\n".join([header, *rows]) + "\n").encode()


def validate_submission(path: Path, sample: Path, competition: Competition) -> Labels:
    """Compare the file with `sample_submission.csv` to check that Kaggle will accept it.

    Returns
    -------
    ndarray of int64, shape (n,)
        The labels.

    Raises
    ------
    DataError
        If the header, the ids, the number of rows or the labels are not as expected; the message
        names the line.
    """
    labels = read_answers(path, competition)
    expected = len(read_answers(sample, competition))
    if len(labels) != expected:
        raise DataError(f"{path} has {len(labels)} rows, expected {expected}")
    return np.array([int(label) for label in labels])


def read_answers(path: Path, competition: Competition, label: str = "") -> list[str]:
    """Return the labels in a submission, a sample submission or a file of answers.

    Parameters
    ----------
    path : Path
    competition : Competition
        The file must have the header and the labels of this competition, and the ids 1, 2, 3, …;
        blank lines at the end of the file are ignored.
    label : str
        The name of the file in error messages; its path by default.

    Raises
    ------
    DataError
        If the file is not valid; the message names the line.
    """
    label = label or str(path)
    expected = _header(competition)
    header, rows = _read(path, label, expected)
    if header != expected:
        raise DataError(f"{label} has header {_shown(header)}, expected {_shown(expected)}")
    classes = {str(number) for number in range(competition.classes)}
    for number, row in enumerate(rows, start=1):
        where = f"{label}, line {number + 1}"
        if len(row) != len(expected):
            raise DataError(f"{where}: {len(row)} fields, expected {len(expected)}")
        if row[0] != str(number):
            raise DataError(f"{where}: {expected[0]} is {row[0][:40]!r}, not '{number}'")
        if row[1] not in classes:
            raise DataError(
                f"{where}: {expected[1]} is {row[1][:40]!r}, "
                f"expected a whole number from 0 to {competition.classes - 1}"
            )
    return [row[1] for row in rows]


def score(path: Path, solution: Path) -> float:
    """Return the accuracy of a valid submission on the answers to the same rows in `solution`.

    Raises
    ------
    DataError
        If the two files are not about the same rows.
    """
    predicted, answers = (_read(file, str(file), [])[1] for file in (path, solution))
    if [row[:1] for row in predicted] != [row[:1] for row in answers]:
        raise DataError(f"{path} and {solution} are not about the same rows")
    return float(np.mean([one == other for one, other in zip(predicted, answers, strict=True)]))


def _read(path: Path, label: str, columns: list[str]) -> tuple[list[str], list[list[str]]]:
    try:
        rows = split_csv(path.read_bytes(), columns)
    except FileNotFoundError:
        raise DataError(f"{label} does not exist", hint="run `kaggle-kit download`") from None
    except OSError as error:
        raise DataError(f"{label} cannot be read: {in_words(error)}") from None
    except (ValueError, csv.Error) as error:
        raise DataError(f"{label} cannot be read as a submission: {in_words(error)}") from None
    return rows[0], rows[1:]


def _header(competition: Competition) -> list[str]:
    return [competition.id_column, competition.submission_label_column]


def _shown(header: list[str]) -> str:
    return repr(",".join(header)[:80])
