"""Check a competition's CSVs before they are moved into the data folder.

Each file is read in the same way as the kit reads it later, so a file that passes can be used.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.dataset import ImageSet, load_test, load_train
from kaggle_kit.data.submission_csv import read_answers
from kaggle_kit.errors import DataError
from kaggle_kit.workspace import files

TRAIN = "train.csv"
TEST = "test.csv"
SAMPLE_SUBMISSION = "sample_submission.csv"
NAMES = [TRAIN, TEST, SAMPLE_SUBMISSION]
LOADERS: dict[str, Callable[[Path, Competition, str], ImageSet]] = {
    TRAIN: load_train,
    TEST: load_test,
}


class FileEntry(TypedDict):
    size: int  # bytes
    sha256: str
    rows: int  # without the header


def verify(
    folder: Path, competition: Competition, names: Sequence[str], origin: str
) -> dict[str, FileEntry]:
    """Check the CSVs called `names`, and put their images into the folder's cache.

    A file whose name is not in NAMES is checked as a file of answers.

    Parameters
    ----------
    folder : Path
    competition : Competition
    names : sequence of str
    origin : str
        The source of the files, for error messages.

    Raises
    ------
    DataError
        If a file is missing, is not a valid file of the competition, or has more or fewer rows
        than expected.
    """
    for name in names:
        if not (folder / name).exists():
            raise DataError(f"{name} from {origin} is missing")
    return {name: _entry(folder / name, competition, f"{name} from {origin}") for name in names}


def _entry(path: Path, competition: Competition, label: str) -> FileEntry:
    expected = competition.train_rows if path.name == TRAIN else competition.test_rows
    if path.name in LOADERS:
        image_set = LOADERS[path.name](path.parent, competition, label)
        rows, sha256 = image_set.csv_rows, image_set.sha256
    else:
        rows, sha256 = len(read_answers(path, competition, label)), files.sha256(path)
    if rows != expected:
        raise DataError(f"{label}: expected {expected:,} rows, found {rows:,}")
    return FileEntry(size=path.stat().st_size, sha256=sha256, rows=rows)
