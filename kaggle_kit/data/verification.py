"""Check a competition's files before they are moved into the data folder.

They are read in the same way as the kit reads them later, so files that pass can be used.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from kaggle_kit.competition.description import Competition, Metric
from kaggle_kit.data.choices import read_choices
from kaggle_kit.data.dataset import ImageSet, load_test, load_train
from kaggle_kit.data.labels import listed
from kaggle_kit.data.looks import Looks, check_alike
from kaggle_kit.data.progress import Watch, unwatched
from kaggle_kit.data.submissions.check import validate_submission
from kaggle_kit.data.submissions.form import read_form
from kaggle_kit.errors import DataError
from kaggle_kit.workspace import files

SOLUTION = "solution.csv"
TEST_ROWS = "correct the file, or test_rows in the competition's description"
ANY_ROWS = "`kaggle-kit download --from PATH --any-rows` takes them as they are"


class FileEntry(TypedDict):
    """A file, or all files of a folder, whose name ends with a slash."""

    size: int  # bytes
    sha256: str  # of the content; of the names and sizes in a folder


class PartEntry(TypedDict):
    """What was read from the files of the training or the test part."""

    sha256: str
    rows: int


class Verified(TypedDict):
    """The files of a data folder, by name, and its parts."""

    files: dict[str, FileEntry]
    parts: dict[str, PartEntry]


def verify(
    folder: Path, competition: Competition, origin: str, watch: Watch = unwatched
) -> Verified:
    """Check the files of a competition, and put their images into the folder's cache.

    Parameters
    ----------
    origin : str
        The source of the files, for error messages.
    watch : Watch
        Shows the progress where image files are decoded.

    Raises
    ------
    DataError
        If a file is missing, is not a valid file of the competition, or has more or fewer rows
        than expected.
    """
    for name in [*competition.files, *competition.folders]:
        if not (folder / name).exists():
            raise DataError(f"{name} from {origin} is missing")
    names = competition.part_names
    train = load_train(folder, competition, f"{names[0]} from {origin}", watch)
    test = load_test(folder, competition, f"{names[1]} from {origin}", watch)
    any_rows = read_choices(folder).any_rows
    parts = {
        names[0]: _part(names[0], train, None if any_rows else competition.train_rows, origin),
        names[1]: _part(names[1], test, competition.test_rows, origin),
    }
    _check_order(competition, train.class_names)
    check_alike(Looks.of(train.images, competition), Looks.of(test.images, competition), names)
    name = f"{competition.submission.file} from {origin}"
    form = read_form(folder, competition, train.class_names, test.ids, name)
    if form.ids and len(form.ids) != len(test.images):
        raise DataError(
            f"{name}: expected {len(test.images):,} rows, one for each test image, found "
            f"{len(form.ids):,}"
        )
    if (folder / SOLUTION).exists():
        validate_submission(folder / SOLUTION, form)
    plain = [*competition.files, *([SOLUTION] if (folder / SOLUTION).exists() else [])]
    entries = {name: entry(folder / name) for name in plain}
    entries |= {f"{name}/": entry(folder / name) for name in _outermost(competition.folders)}
    return Verified(files=entries, parts=parts)


def _check_order(competition: Competition, classes: Sequence[str]) -> None:
    """Raise DataError if the metric needs classes in an order that nothing tells."""
    numbers = all(name.removeprefix("-").isdigit() for name in classes)
    is_told = numbers or competition.labels.classes
    if competition.metric == Metric.QUADRATIC_KAPPA and not is_told:
        raise DataError(
            f'metric is "{competition.metric}", which needs classes in order, and they are '
            f"{listed(classes)}",
            "write labels.classes, from the lowest to the highest, into the description",
        )


def _outermost(folders: Sequence[str]) -> list[str]:
    """The folders that are not in another one; `entry` counts those that are."""
    named = [name for name in folders if name]
    return [name for name in named if not any(name.startswith(f"{one}/") for one in named)]


def entry(path: Path) -> FileEntry:
    """The entry of a file or a folder; raises FileNotFoundError if there is none."""
    if not path.is_dir():
        return FileEntry(size=path.stat().st_size, sha256=files.sha256(path))
    digest, total = hashlib.sha256(), 0
    for folder, folders, names in os.walk(path):
        folders.sort()
        below = os.path.relpath(folder, path)
        for name in sorted(names):
            size = os.stat(f"{folder}/{name}").st_size  # noqa: PTH116  there may be 200,000
            digest.update(f"{below}/{name}\0{size}\n".encode(errors="replace"))
            total += size
    return FileEntry(size=total, sha256=digest.hexdigest())


def _part(name: str, part: ImageSet, expected: int | None, origin: str) -> PartEntry:
    rows = part.csv_rows
    if expected is not None and rows != expected:
        raise DataError(
            f"{name} from {origin}: expected {expected:,} rows, found {rows:,}",
            TEST_ROWS if part.labels is None else ANY_ROWS,
        )
    return PartEntry(sha256=part.sha256, rows=rows)
