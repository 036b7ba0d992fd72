"""Build, validate and write `submission.csv`, and score it where the answers are at hand."""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition import Competition
from kaggle_kit.errors import DataError
from kaggle_kit.files import write_bytes

Labels = NDArray[np.integer]


def write_submission(path: Path, labels: Labels, competition: Competition) -> None:
    """Write labels (n,), in the order of test.csv, as a submission."""
    header = f"{competition.id_column},{competition.submission_label_column}"
    rows = [f"{number},{label}" for number, label in enumerate(labels, start=1)]
    write_bytes(path, ("\n".join([header, *rows]) + "\n").encode())


def validate_submission(path: Path, sample: Path, competition: Competition) -> Labels:
    """Check that Kaggle will take the file, against `sample_submission.csv`.

    Returns
    -------
    int64 array of shape (n,): the labels.

    Raises
    ------
    DataError
        Other header, ids, number of rows or labels than expected; the line is named.
    """
    header, rows = _read(path)
    expected_header, expected_rows = _read(sample)
    if header != expected_header:
        raise DataError(
            f"{path} has header {','.join(header)!r}, expected {','.join(expected_header)!r}"
        )
    if len(rows) != len(expected_rows):
        raise DataError(f"{path} has {len(rows)} rows, expected {len(expected_rows)}")
    classes = {str(label) for label in range(competition.classes)}
    pairs = zip(rows, expected_rows, strict=True)
    for line, (row, expected) in enumerate(pairs, start=2):
        if len(row) != len(header):
            raise DataError(f"{path}, line {line}: {len(row)} fields, expected {len(header)}")
        if row[0] != expected[0]:
            raise DataError(f"{path}, line {line}: {header[0]} is {row[0]!r}, not {expected[0]!r}")
        if row[1] not in classes:
            raise DataError(
                f"{path}, line {line}: {header[1]} is {row[1]!r}, "
                f"expected a whole number from 0 to {competition.classes - 1}"
            )
    return np.array([int(row[1]) for row in rows])


def score(path: Path, solution: Path) -> float:
    """Accuracy of a valid submission on the answers in `solution`, which has the same rows.

    Raises
    ------
    DataError
        The two files are not about the same rows.
    """
    predicted, answers = (dict(_read(file)[1]) for file in (path, solution))
    if predicted.keys() != answers.keys():
        raise DataError(f"{path} and {solution} are not about the same rows")
    return float(np.mean([predicted[number] == label for number, label in answers.items()]))


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except FileNotFoundError:
        raise DataError(f"{path} does not exist", hint="run `kaggle-kit download`") from None
    except (ValueError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a submission: {error}") from None
    if not rows:
        raise DataError(f"{path} is empty")
    return rows[0], rows[1:]
