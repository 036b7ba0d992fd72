import hashlib

import pytest
from tiny_competition import TINY, TRAIN, texts, train_text, unlabelled_text, write_folder

from kaggle_kit.data.verification import verify
from kaggle_kit.errors import DataError


def test_files_in_order_are_described(tmp_path):
    found = verify(write_folder(tmp_path), TINY, origin="here")

    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts().items()}
    assert found["files"] == {
        name: {"size": len(text), "sha256": hashes[name]} for name, text in texts().items()
    }
    assert found["parts"] == {
        name: {"sha256": hashes[name], "rows": rows}
        for name, rows in {"train.csv": 6, "test.csv": 3}.items()
    }


def test_rows_are_counted_whatever_ends_a_line_and_though_some_are_dropped(tmp_path):
    rows = [*TRAIN[:4], TRAIN[0], [1, 0, 0, 0, 0, 0, 0]]
    folder = write_folder(tmp_path, train=train_text(rows).replace("\n", "\r"))

    assert verify(folder, TINY, origin="here")["parts"]["train.csv"]["rows"] == 6


@pytest.mark.parametrize("ending", ["", "\n", "\n\n", "\r\n"])
def test_the_end_of_a_file_does_not_change_its_number_of_rows(tmp_path, ending):
    folder = write_folder(tmp_path, train=train_text().rstrip("\n") + ending)

    assert verify(folder, TINY, origin="here")["parts"]["train.csv"]["rows"] == 6


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"train": train_text(TRAIN[:4])}, "train.csv from here: expected 6 rows, found 4"),
        ({"train": train_text(TRAIN * 2)}, "train.csv from here: expected 6 rows, found 12"),
        (
            {"train": train_text([])},
            "train.csv from here has no rows: nothing follows the column names",
        ),
        (
            {"train": train_text().replace("44", "999")},
            (
                "train.csv from here, line 6, column pixel4: "
                "expected a whole number from 0 to 255, found '999'"
            ),
        ),
        (
            {"test": "\n\n".join(unlabelled_text().splitlines()[:3])},
            "test.csv from here: expected 3 rows, found 2",
        ),
        (
            {"sample": f"ImageId,Label\n1,{'0' * 140_000}\n2,0\n3,0\n"},
            (
                "sample_submission.csv from here cannot be read as a submission: "
                "field larger than field limit (131072)"
            ),
        ),
        ({"test": ""}, "test.csv from here is empty"),
        (
            {"test": train_text()},
            "test.csv from here: expected 3 rows, found 6",
        ),
        (
            {"sample": "ImageId,label\n1,0\n2,0\n3,0\n"},
            (
                "sample_submission.csv from here has header 'ImageId,label', "
                "expected 'ImageId,Label'"
            ),
        ),
        (
            {"sample": "ImageId,Label\n1,0\n2,0\n"},
            "sample_submission.csv from here: expected 3 rows, one for each test image, found 2",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_was_expected(tmp_path, changes, problem):
    with pytest.raises(DataError) as raised:
        verify(write_folder(tmp_path, **changes), TINY, origin="here")

    assert str(raised.value) == problem


def test_a_missing_file_is_named(tmp_path):
    (write_folder(tmp_path) / "test.csv").unlink()

    with pytest.raises(DataError, match=r"^test\.csv from here is missing$"):
        verify(tmp_path, TINY, origin="here")
