"""A competition's CSVs -> validated arrays, cached so that the next load takes no time.

What can be repaired without guessing is repaired and counted in `Findings`: a missing pixel is 0,
and a training row that is empty or a repetition is dropped. Anything else stops the load with the
line and column to look at. Of the test set no row is ever dropped: row i is image number i.
"""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.data import cache
from kaggle_kit.data.csv_parsing import ANEW
from kaggle_kit.data.csv_table import Table, read_table
from kaggle_kit.errors import DataError


@dataclass(frozen=True)
class Findings:
    """What was repaired in a CSV, or noticed and left alone.

    Attributes
    ----------
    missing_pixels : int
        Pixels without a value, read as 0.
    duplicate_rows : int
        Rows that repeat an earlier one, the label included; empty images are not counted.
    empty_images : int
        Images without any ink.
    dropped : bool
        Whether those rows were dropped (the training set's are, the test set's never).
    """

    missing_pixels: int = 0
    duplicate_rows: int = 0
    empty_images: int = 0
    dropped: bool = False

    def describe(self) -> list[str]:
        """One sentence for each thing found; none for clean data."""
        fate = "dropped" if self.dropped else "kept"
        return [
            f"{_counted(number, noun)} {fate}"
            for number, noun, fate in [
                (self.missing_pixels, "missing pixel", "read as 0"),
                (self.duplicate_rows, "repeated row", fate),
                (self.empty_images, "empty image", fate),
            ]
            if number
        ]


@dataclass(frozen=True, eq=False)
class ImageSet:
    """The images of one CSV, in its order; the arrays are read-only.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, height, width)
    labels : ndarray of uint8, shape (n,), or None
        None for the test set, whose image ids are 1 to n.
    findings : Findings
    sha256 : str
        Of the CSV, in hexadecimal.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8] | None
    findings: Findings
    sha256: str

    @property
    def csv_rows(self) -> int:
        """How many rows the CSV has, those dropped included."""
        dropped = self.findings.duplicate_rows + self.findings.empty_images
        return len(self.images) + (dropped if self.findings.dropped else 0)

    @property
    def known_labels(self) -> NDArray[np.uint8]:
        """The labels of a training set; raises DataError for a test set, which has none."""
        if self.labels is None:
            raise DataError("labelled images are needed, and these have no labels")
        return self.labels


def load_train(folder: Path, competition: Competition, label: str = "") -> ImageSet:
    """Load `train.csv` of a data folder; errors call it `label`, by default its path.

    Raises
    ------
    DataError
        If the file is not there or cannot be read as the competition's, with the line and column
        to look at; also if one image has two labels.
    """
    return _load(folder / "train.csv", competition, label, labelled=True)


def load_test(folder: Path, competition: Competition, label: str = "") -> ImageSet:
    """Load `test.csv` of a data folder, every row; errors call it `label`, by default its path.

    Raises
    ------
    DataError
        If the file is not there or cannot be read as the competition's, with the line and column
        to look at.
    """
    return _load(folder / "test.csv", competition, label, labelled=False)


def _load(path: Path, competition: Competition, label: str, *, labelled: bool) -> ImageSet:
    label = label or str(path)
    try:
        stat = path.stat()
        sha256 = cache.remembered(path, stat)
        known = sha256 and _from_cache(path, sha256, competition, labelled=labelled)
        if known:
            return known
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"{label} does not exist", "run `kaggle-kit download`") from None
    except OSError as error:
        raise DataError(f"{label} cannot be read: {error.strerror}") from None
    sha256 = hashlib.sha256(content).hexdigest()
    image_set = _from_cache(path, sha256, competition, labelled=labelled)
    if image_set is None:
        table = read_table(label, content, competition, labelled=labelled)
        image_set = _clean(label, table, competition, sha256)
        _to_cache(path, image_set, competition)
    cache.remember(path, stat, sha256)
    return image_set


def _clean(name: str, table: Table, competition: Competition, sha256: str) -> ImageSet:
    words = _words(table.pixels)
    inked = np.asarray(words.any(axis=1))
    repeats = _repeats(table.pixels, words, inked)
    images = table.pixels.reshape(-1, *competition.image_shape)
    labels = table.labels
    if labels is not None:
        _check_labels_agree(name, table, labels, repeats)
        keep = inked.copy()
        keep[[later for _, later in repeats]] = False
        if not keep.any():
            raise DataError(f"{name} has no image with any ink: every pixel is 0", ANEW)
        if not keep.all():
            images, labels = images[keep], labels[keep]
        labels.flags.writeable = False
    images.flags.writeable = False
    dropped = labels is not None
    findings = Findings(table.missing, len(repeats), int((~inked).sum()), dropped=dropped)
    return ImageSet(images, labels, findings, sha256)


def _check_labels_agree(
    name: str, table: Table, labels: NDArray[np.uint8], repeats: list[tuple[int, int]]
) -> None:
    for first, later in repeats:
        if labels[first] != labels[later]:
            raise DataError(
                f"{name}, lines {table.lines[first]} and {table.lines[later]}: "
                f"the same image is labelled {labels[first]} and {labels[later]}",
                "delete the line whose label is wrong, or both",
            )


def _words(pixels: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The same bytes, eight at a time (zeros fill the last word), shape (rows, words)."""
    spare = -pixels.shape[1] % 8
    padded = np.pad(pixels, ((0, 0), (0, spare))) if spare else pixels
    return padded.view(np.uint64)


def _repeats(
    pixels: NDArray[np.uint8], words: NDArray[np.uint64], eligible: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Each eligible row whose pixels an earlier one has, as (the first such row, this row)."""
    _, group, sizes = np.unique(_hashes(words), return_inverse=True, return_counts=True)
    first_of: dict[bytes, int] = {}
    repeats = []
    for row in np.flatnonzero((sizes[group] > 1) & eligible).tolist():
        first = first_of.setdefault(pixels[row].tobytes(), row)
        if first != row:
            repeats.append((first, row))
    return repeats


def _hashes(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One number a row; equal rows have equal ones, other rows seldom."""
    rng = np.random.default_rng(0)
    odd = rng.integers(1 << 63, size=words.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return np.asarray((words * odd).sum(axis=1))


def _from_cache(
    path: Path, sha256: str, competition: Competition, *, labelled: bool
) -> ImageSet | None:
    kept = cache.read(path, sha256, _made_for(competition, labelled=labelled))
    if kept is None:
        return None
    arrays, findings = kept
    try:
        labels = arrays["labels"] if labelled else None
        return ImageSet(arrays["images"], labels, Findings(**findings), sha256)
    except (KeyError, TypeError):
        return None


def _to_cache(path: Path, image_set: ImageSet, competition: Competition) -> None:
    arrays = {"images": image_set.images}
    if image_set.labels is not None:
        arrays["labels"] = image_set.labels
    made_for = _made_for(competition, labelled=image_set.labels is not None)
    cache.write(path, image_set.sha256, made_for, arrays, asdict(image_set.findings))


def _made_for(competition: Competition, *, labelled: bool) -> dict[str, Any]:
    """What the arrays depend on besides the CSV."""
    return {
        "image_shape": list(competition.image_shape),
        "label": competition.label_column if labelled else None,
        "classes": competition.classes,
    }


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{' was' if number == 1 else 's were'}"
