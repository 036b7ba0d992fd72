"""The cheap checks of a competition's CSVs, before they are let into the data folder.

Columns, row counts and ids; `data` looks at every value when it loads a file.
"""

import csv
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from kaggle_kit.competition import Competition
from kaggle_kit.csv_reading import expected_columns, read_header
from kaggle_kit.errors import DataError

TRAIN = "train.csv"
TEST = "test.csv"
SAMPLE_SUBMISSION = "sample_submission.csv"
NAMES = [TRAIN, TEST, SAMPLE_SUBMISSION]
AGAIN = "get the data again: `kaggle-kit download --force`"


class FileEntry(TypedDict):
    size: int  # bytes
    sha256: str
    rows: int  # without the header


def verify(
    folder: Path, competition: Competition, names: Sequence[str], origin: str
) -> dict[str, FileEntry]:
    """Check the CSVs called `names`; a name not in NAMES is of a file of answers.

    Parameters
    ----------
    folder : Path
    competition : Competition
    names : sequence of str
    origin : str
        Where the files come from, for errors.

    Raises
    ------
    DataError
        If a file is missing, its columns are not the competition's, its rows are too few or too
        many, or the ids of its answers are not 1, 2, 3, …
    """
    answer = [competition.id_column, competition.submission_label_column]
    expected = {
        TRAIN: (competition.train_rows, expected_columns(competition, labelled=True)),
        TEST: (competition.test_rows, expected_columns(competition, labelled=False)),
    }
    entries = {}
    for name in names:
        rows, columns = expected.get(name, (competition.test_rows, answer))
        label = f"{name} from {origin}"
        try:
            content = (folder / name).read_bytes()
        except FileNotFoundError:
            raise DataError(f"{label} is missing", AGAIN) from None
        read_header(label, content, columns)
        _check_rows(label, content, rows)
        if name not in expected:
            _check_ids(label, content, competition.id_column)
        digest = hashlib.sha256(content).hexdigest()
        entries[name] = FileEntry(size=len(content), sha256=digest, rows=rows)
    return entries


def _check_rows(label: str, content: bytes, rows: int) -> None:
    found = content.rstrip().count(b"\n")
    if found != rows:
        raise DataError(f"{label}: expected {rows:,} rows, found {found:,}", AGAIN)


def _check_ids(label: str, content: bytes, column: str) -> None:
    records = csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace")))
    for number, record in enumerate(records, start=1):
        if record[column] != str(number):
            raise DataError(
                f"{label}, line {records.line_num}, column {column}: "
                f"expected {number}, found {record[column]!r}",
                AGAIN,
            )
