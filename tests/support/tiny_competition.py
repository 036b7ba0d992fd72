"""A competition of six training and three test images of 2x3 pixels, and its files."""

import dataclasses
import zipfile

from kaggle_kit.competition.registry import COMPETITIONS


def small_digits(size, *, train_rows, test_rows):
    """digit-recognizer with fewer and smaller images."""
    digits = COMPETITIONS["digit-recognizer"]
    images = dataclasses.replace(digits.images, size=size)
    return dataclasses.replace(digits, images=images, train_rows=train_rows, test_rows=test_rows)


TINY = small_digits((2, 3), train_rows=6, test_rows=3)
TRAIN = [[label, *(10 * label + i for i in range(6))] for label in range(6)]
TEST = [[100 + 10 * row + i for i in range(6)] for row in range(3)]


def csv_text(columns, rows):
    return "".join(",".join(map(str, line)) + "\n" for line in [columns, *rows])


def train_text(rows=TRAIN):
    return csv_text(["label", *TINY.images.pixel_columns], rows)


def unlabelled_text():
    return csv_text(TINY.images.pixel_columns, TEST)


def texts(**changes):
    """Return the content of each file by name; `train="…"` replaces that of train.csv."""
    return {
        "train.csv": changes.get("train", train_text()),
        "test.csv": changes.get("test", unlabelled_text()),
        "sample_submission.csv": changes.get("sample", "ImageId,Label\n1,0\n2,0\n3,0\n"),
    }


def write_folder(folder, **changes):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts(**changes).items():
        (folder / name).write_text(text)
    return folder


def write_zip(path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path
