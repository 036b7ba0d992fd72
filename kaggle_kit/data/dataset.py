"""Load a competition's CSVs as validated arrays, with a cache that makes the next load fast.

Problems that can be repaired without guessing are repaired and counted in `Findings`: a missing
pixel becomes 0, and a training row that is empty or repeated is dropped. Any other problem stops
the load with an error that says which line and column to look at. No row of the test set is ever
dropped: row i is image number i.
"""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.data import cache
from kaggle_kit.data.csv_parsing import CORRECT_OR_FETCH
from kaggle_kit.data.csv_table import Table, read_table
from kaggle_kit.errors import DataError, in_words


@dataclass(frozen=True)
class Findings:
    """The problems found in a CSV: some were repaired, the others were left as they are.

    Attributes
    ----------
    missing_pixels : int
        Pixels without a value, read as 0.
    duplicate_rows : int
        Rows that repeat an earlier row, including its label; empty images are not counted.
    empty_images : int
        Images without any ink.
    dropped : bool
        Whether the repeated rows and empty images were dropped. They always are in the training
        set, and never in the test set.
    """

    missing_pixels: int = 0
    duplicate_rows: int = 0
    empty_images: int = 0
    dropped: bool = False

    def describe(self) -> list[str]:
        """Return one sentence for each kind of problem; an empty list for clean data."""
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
    """The images of one CSV, in the order of its rows; the arrays are read-only.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, height, width)
    labels : ndarray of uint8, shape (n,), or None
        None for the test set, whose image ids are 1 to n.
    findings : Findings
    sha256 : str
        The SHA-256 of the CSV, in hexadecimal.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8] | None
    findings: Findings
    sha256: str

    @property
    def csv_rows(self) -> int:
        """The number of rows in the CSV, including the dropped rows."""
        dropped = self.findings.duplicate_rows + self.findings.empty_images
        return len(self.images) + (dropped if self.findings.dropped else 0)

    @property
    def known_labels(self) -> NDArray[np.uint8]:
        """The labels of a training set; raises DataError for a test set, which has no labels."""
        if self.labels is None:
            raise DataError("labelled images are needed, and these have no labels")
        return self.labels


def load_train(folder: Path, competition: Competition, label: str = "") -> ImageSet:
    """Load `train.csv` from a data folder; error messages call it `label` (default: its path).

    Raises
    ------
    DataError
        If the file does not exist or is not a valid file of the competition (the message names
        the line and column), or if one image has two labels.
    """
    return _load(folder / "train.csv", competition, label, labelled=True)


def load_test(folder: Path, competition: Competition, label: str = "") -> ImageSet:
    """Load every row of `test.csv` from a data folder.

    Error messages call the file `label`; the default is its path.

    Raises
    ------
    DataError
        If the file does not exist or is not a valid file of the competition (the message names
        the line and column).
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
        raise DataError(f"{label} cannot be read: {in_words(error)}") from None
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
            raise DataError(f"{name} has no image with any ink: every pixel is 0", CORRECT_OR_FETCH)
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
    """Return each row as 64-bit words, shape (rows, words); zeros fill its last word."""
    spare = -pixels.shape[1] % 8
    padded = np.pad(pixels, ((0, 0), (0, spare))) if spare else pixels
    return padded.view(np.uint64)


def _repeats(
    pixels: NDArray[np.uint8], words: NDArray[np.uint64], eligible: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Return each eligible row that repeats an earlier one, as (first row like it, this row)."""
    _, group, sizes = np.unique(_hashes(words), return_inverse=True, return_counts=True)
    first_of: dict[bytes, int] = {}
    repeats = []
    for row in np.flatnonzero((sizes[group] > 1) & eligible).tolist():
        first = first_of.setdefault(pixels[row].tobytes(), row)
        if first != row:
            repeats.append((first, row))
    return repeats


def _hashes(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return one number per row: equal rows have equal numbers, different rows rarely do."""
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
    """Return the settings of the competition that the arrays depend on, besides the CSV."""
    return {
        "image_shape": list(competition.image_shape),
        "label": competition.label_column if labelled else None,
        "classes": competition.classes,
    }


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{' was' if number == 1 else 's were'}"
