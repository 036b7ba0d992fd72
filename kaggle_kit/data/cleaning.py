"""Find empty and repeated images, and repair what can be repaired without guessing."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.data.choices import Choices, Conflicts
from kaggle_kit.data.labels import CORRECT_OR_FETCH
from kaggle_kit.data.layouts.base import RawImages, blocks
from kaggle_kit.errors import DataError

DROP = "`kaggle-kit download --conflicts drop` drops such images"


@dataclass(frozen=True)
class Findings:
    """The problems found in a part of the data: some were repaired, others left as they are.

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
    conflicts : int
        Images that occur with different labels.
    conflicts_dropped : bool
        Whether these were dropped, because the user chose so.
    notes : tuple of str
        How the files were read, where it is not obvious.
    """

    missing_pixels: int = 0
    duplicate_rows: int = 0
    empty_images: int = 0
    dropped: bool = False
    conflicts: int = 0
    conflicts_dropped: bool = False
    notes: tuple[str, ...] = ()

    @property
    def dropped_rows(self) -> int:
        """The number of rows that were dropped."""
        dropped = self.duplicate_rows + self.empty_images if self.dropped else 0
        return dropped + (self.conflicts if self.conflicts_dropped else 0)

    def describe(self) -> list[str]:
        """Return one sentence for each kind of problem; an empty list for clean data."""
        fate = "dropped" if self.dropped else "kept"
        conflicts = "dropped" if self.conflicts_dropped else "kept"
        counted = [
            f"{number:,} {one if number == 1 else many} {fate}"
            for number, one, many, fate in [
                (self.missing_pixels, "missing pixel was", "missing pixels were", "read as 0"),
                (self.duplicate_rows, "repeated row was", "repeated rows were", fate),
                (self.empty_images, "empty image was", "empty images were", fate),
                (self.conflicts, "", "images with different labels were", conflicts),
            ]
            if number
        ]
        return [*counted, *self.notes]


def clean(
    name: str, raw: RawImages, labels: NDArray[np.integer] | None, choices: Choices
) -> tuple[NDArray[np.bool_], Findings]:
    """Which rows to keep, and what was found.

    Parameters
    ----------
    name : str
        The name of the part in error messages.
    labels : integer array of shape (n,), or None
        None for the test part, of which every row is kept.

    Raises
    ------
    DataError
        No image has any ink.
    """
    scanned = [(block.any(axis=1), _hashes(block)) for block in _words(raw)]
    inked, hashes = (np.concatenate(arrays) for arrays in zip(*scanned, strict=True))
    repeats = list(_repeats(raw, hashes, inked))
    keep = np.ones(len(inked), bool)
    if labels is None:
        found = Findings(raw.missing, len(repeats), int((~inked).sum()), notes=raw.findings)
        return keep, found
    keep &= inked
    if not keep.any():
        raise DataError(f"{name} has no image with any ink: every pixel is 0", CORRECT_OR_FETCH)
    doubtful = {first for first, later in repeats if labels[first] != labels[later]}
    agreeing = [later for first, later in repeats if first not in doubtful]
    in_conflict = sorted(doubtful | {later for first, later in repeats if first in doubtful})
    keep[agreeing] = False
    drops = choices.conflicts is Conflicts.DROP
    if drops:
        keep[in_conflict] = False
    notes = raw.findings
    if in_conflict and not drops:
        row, other = next(
            (first, later) for first, later in repeats if labels[first] != labels[later]
        )
        notes = (
            *notes,
            f"{raw.place(row)} and {raw.place(other)} show the same image, labelled "
            f"{(raw.labels or ())[row]} and {(raw.labels or ())[other]}; " + DROP,
        )
    found = Findings(
        missing_pixels=raw.missing,
        duplicate_rows=len(agreeing),
        empty_images=int((~inked).sum()),
        dropped=True,
        conflicts=len(in_conflict),
        conflicts_dropped=drops,
        notes=notes,
    )
    return keep, found


def _words(raw: RawImages) -> Iterator[NDArray[np.uint64]]:
    """The rows as 64-bit words (rows, words), block by block; zeros fill the last word of a row."""
    width = int(np.prod(raw.images.shape[1:]))
    spare = -width % 8
    for block in blocks(raw.images):
        flat = np.asarray(block).reshape(len(block), width)
        padded = np.pad(flat, ((0, 0), (0, spare))) if spare else np.ascontiguousarray(flat)
        yield padded.view(np.uint64)


def _repeats(
    raw: RawImages, hashes: NDArray[np.uint64], eligible: NDArray[np.bool_]
) -> Iterator[tuple[int, int]]:
    """Each eligible row that repeats an earlier one, as (first row like it, this row)."""
    _, group, sizes = np.unique(hashes, return_inverse=True, return_counts=True)
    first_of: dict[bytes, int] = {}
    for row in np.flatnonzero((sizes[group] > 1) & eligible).tolist():
        digest = hashlib.sha256(np.ascontiguousarray(raw.images[row]).data).digest()
        first = first_of.setdefault(digest, row)
        if first != row:
            yield first, row


def _hashes(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return one number per row: equal rows have equal numbers, different rows rarely do."""
    rng = np.random.default_rng(0)
    odd = rng.integers(1 << 63, size=words.shape[1], dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return np.asarray((words * odd).sum(axis=1))
