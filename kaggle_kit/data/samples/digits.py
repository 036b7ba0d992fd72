"""Write a sample, which needs no account and no network, as a competition's CSVs.

scikit-learn includes 1,797 digits of 8x8 pixels. They are enlarged to the 20x20 box of MNIST's
digits, centred by mass in 28x28, and split into a training and a test set. The answers to the
test set are written to `solution.csv`. All arithmetic uses whole numbers, so that the bytes are
the same on every machine.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.submissions.form import declared_header
from kaggle_kit.data.verification import SOLUTION
from kaggle_kit.errors import InputError

TRAIN_ROWS = 1437
TEST_ROWS = 360
# The SHA-256 of train.csv with the columns of digit-recognizer; it identifies a run of the sample.
TRAIN_SHA256 = "6c3ad3ff560146aaf86c541ce0e95b75b09c3c2fcfe6d63af6893cef4f367cb7"

SIDE = 28
BOX = 20
SMALL = 8
INK = 16  # the darkest value of the small images
SEED = 0
Ints = NDArray[np.int64]


def sized(competition: Competition) -> Competition:
    """Return the competition with the numbers of rows of the sample.

    Raises
    ------
    InputError
        If the competition is not about ten digits in 28x28 pixels.
    """
    if competition.image_shape != (SIDE, SIDE) or len(competition.labels.classes) != 10:
        raise InputError(
            f"the sample has ten digits in {SIDE}x{SIDE} pixels, and {competition.slug} has others",
            hint="fetch the competition's own data with `kaggle-kit download`",
        )
    return replace(competition, train_rows=TRAIN_ROWS, test_rows=TEST_ROWS)


def write_sample(competition: Competition, folder: Path) -> None:
    """Write train.csv, test.csv, sample_submission.csv and solution.csv, always the same bytes.

    Parameters
    ----------
    competition : Competition
        The competition whose column names are used.
    folder : Path
        An existing folder.

    Raises
    ------
    InputError
        If the competition is not about ten digits in 28x28 pixels.
    """
    sized(competition)
    images, labels = _digits()
    train, test = _split(labels)
    pixels = images.reshape(len(images), -1)
    answer = list(declared_header(competition))
    ids = np.arange(1, len(test) + 1)
    tables = {
        "train.csv": (
            [competition.labels.column, *competition.images.pixel_columns],
            np.column_stack([labels[train], pixels[train]]),
        ),
        "test.csv": (competition.images.pixel_columns, pixels[test]),
        "sample_submission.csv": (answer, np.column_stack([ids, np.zeros_like(ids)])),
        SOLUTION: (answer, np.column_stack([ids, labels[test]])),
    }
    for name, (columns, rows) in tables.items():
        lines = (",".join(map(str, line)) for line in [columns, *rows.tolist()])
        (folder / name).write_bytes("".join(f"{line}\n" for line in lines).encode())


def _digits() -> tuple[Ints, Ints]:
    """Return the images, 0 to 255, shape (n, 28, 28), and the labels, shape (n,)."""
    from sklearn.datasets import load_digits  # slow to import

    small, labels = load_digits(return_X_y=True)
    small = small.astype(np.int64).reshape(-1, SMALL, SMALL)
    return np.stack([_centred(image) for image in _enlarged(small)]), labels.astype(np.int64)


def _enlarged(small: Ints) -> Ints:
    """Enlarge images of 8x8 pixels, 0 to 16, to images of 20x20 pixels, 0 to 255.

    Values above three quarters of full ink become full ink; values below one quarter become 0.
    The strokes are then about as sharp as MNIST's. Interpolation alone leaves them blurred.
    """
    weights, one = _cubic_weights()
    ink = INK * one * one
    values: Ints = (weights @ small @ weights.T - ink // 4) * 255 // (ink // 2)
    return np.clip(values, 0, 255)


def _cubic_weights() -> tuple[Ints, int]:
    """Return Keys' cubic convolution as a whole-number matrix (20, 8), and its value for 1.

    In the coordinates of the small image, pixel i of the large image has its centre at
    (4 i - 3) / 10, so all distances are whole tenths.
    """
    tenths = np.abs((4 * np.arange(BOX) - 3)[:, None] - 10 * np.arange(SMALL))
    near = 3 * tenths**3 - 50 * tenths**2 + 2000
    far = -(tenths**3) + 50 * tenths**2 - 800 * tenths + 4000
    return np.where(tenths < 10, near, np.where(tenths < 20, far, 0)), 2000


def _centred(box: Ints) -> Ints:
    """Place the 20x20 image in a 28x28 image.

    The image is shifted by whole pixels, so that its centre of mass is as near to pixel 14 as
    possible.
    """
    total = box.sum()
    image = np.zeros((SIDE, SIDE), np.int64)
    margin = SIDE - BOX
    top, left = (
        int(np.clip((2 * (14 * total - _moment(box, axis)) + total) // (2 * total), 0, margin))
        for axis in (0, 1)
    )
    image[top : top + BOX, left : left + BOX] = box
    return image


def _moment(box: Ints, axis: int) -> int:
    return int((box.sum(axis=1 - axis) * np.arange(BOX)).sum())


def _split(labels: Ints) -> tuple[list[int], list[int]]:
    """Return the rows of the training set and of the test set, which gets a fifth of each digit."""
    shuffled = _shuffled(range(len(labels)))
    by_label = sorted(shuffled, key=lambda row: labels[row])
    return _shuffled(set(by_label) - set(by_label[::5])), _shuffled(by_label[::5])


def _shuffled(rows: Iterable[int]) -> list[int]:
    """Shuffle rows by a hash: the numbers of a random generator may change with its version."""
    return sorted(rows, key=lambda row: hashlib.sha256(b"%d %d" % (SEED, row)).digest())


def one_of_each() -> NDArray[np.uint8]:
    """Return one image of each digit, 0 to 9, shape (10, 28, 28)."""
    images, labels = _digits()
    first = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
    return images[first].astype(np.uint8)


def write_pictures(folder: Path) -> list[Path]:
    """Write a picture of each digit into a folder, as black on white PNGs; return their paths."""
    from PIL import Image

    paths = [folder / f"{digit}.png" for digit in range(10)]
    for path, image in zip(paths, one_of_each(), strict=True):
        Image.fromarray(255 - image).save(path)
    return paths
