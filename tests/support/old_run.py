"""The competition and the data of `tests/system/run_of_0.1.0`."""

from repository import TESTS
from sklearn.datasets import load_digits
from tiny_competition import csv_text, small_digits, write_zip

FOLDER = TESTS / "system" / "run_of_0.1.0"
SMALL = small_digits((8, 8), train_rows=300, test_rows=60)


def write_data(path):
    """Write a zip of the CSVs from which the run was made, byte for byte."""
    digits = load_digits()
    pixels = (digits.data * 15).astype(int)
    labelled = [[label, *row] for label, row in zip(digits.target[:300], pixels, strict=False)]
    answers = [[number, 0] for number in range(1, 61)]
    return write_zip(
        path,
        {
            "train.csv": csv_text(["label", *SMALL.images.pixel_columns], labelled),
            "test.csv": csv_text(SMALL.images.pixel_columns, pixels[300:360]),
            "sample_submission.csv": csv_text(["ImageId", "Label"], answers),
        },
    )
