import numpy as np
import pytest

from kaggle_kit.data.submission_csv import score, validate_submission, write_submission
from kaggle_kit.errors import DataError

SAMPLE = "ImageId,Label\n1,0\n2,0\n3,0\n"


@pytest.fixture
def sample(tmp_path):
    path = tmp_path / "sample_submission.csv"
    path.write_text(SAMPLE)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "submission.csv"


def test_what_is_written_is_valid(path, sample, competition):
    write_submission(path, np.array([7, 0, 9]), competition)
    assert path.read_text() == "ImageId,Label\n1,7\n2,0\n3,9\n"
    assert validate_submission(path, sample, competition).tolist() == [7, 0, 9]


def test_blank_lines_at_the_end_do_not_count(path, sample, competition):
    path.write_text(SAMPLE + "\n \n")
    sample.write_text(SAMPLE.replace("\n", "\r\n") + "\r\n")
    assert validate_submission(path, sample, competition).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("ImageID,Label\n1,7\n2,0\n3,9\n", "header 'ImageID,Label', expected 'ImageId,Label'"),
        ("ImageId,Label\n1,7\n2,0\n", "has 2 rows, expected 3"),
        ("ImageId,Label\n1,7\n3,0\n2,9\n", "line 3: ImageId is '3', not '2'"),
        ("ImageId,Label\n1,7\n2,10\n3,9\n", "line 3: Label is '10', expected a whole number fr"),
        ("ImageId,Label\n1,7\n2,\n3,9\n", "line 3: Label is '', expected"),
        ("ImageId,Label\n1,7\n2,1.0\n3,9\n", "line 3: Label is '1.0', expected"),
        ("ImageId,Label\n1,7\n2\n3,9\n", "line 3: 1 fields, expected 2"),
        ("ImageId,Label\n1,7\n\n2,0\n3,9\n", "line 3: 0 fields, expected 2"),
        (" ImageId,Label\n1,7\n2,0\n3,9\n", "header ' ImageId,Label'"),
        (f"ImageId,Label\n1,{'7' * 140_000}\n2,0\n3,9\n", "cannot be read as a submission"),
        ("", "is empty"),
        ("ImageId,Label\n1,\x00\n2,0\n3,9\n", "line 2|cannot be read"),
    ],
)
def test_what_kaggle_would_refuse_is_refused_here(content, message, path, sample, competition):
    path.write_text(content)
    with pytest.raises(DataError, match=message):
        validate_submission(path, sample, competition)


def test_bytes_that_are_no_text_are_refused(path, sample, competition):
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read as a submission"):
        validate_submission(path, sample, competition)


def test_a_missing_sample_submission_says_how_to_get_it(path, tmp_path, competition):
    path.write_text(SAMPLE)
    with pytest.raises(DataError, match="does not exist") as caught:
        validate_submission(path, tmp_path / "nothing.csv", competition)
    assert "kaggle-kit download" in caught.value.hint


def test_the_score_is_the_share_of_right_labels(path, sample):
    path.write_text("ImageId,Label\n1,0\n2,0\n3,5\n")
    assert score(path, sample) == pytest.approx(2 / 3)


def test_a_solution_of_other_rows_gives_no_score(path, sample):
    path.write_text("ImageId,Label\n1,0\n")
    with pytest.raises(DataError, match="not about the same rows"):
        score(path, sample)


@pytest.mark.parametrize(
    "content",
    [
        b"ImageId;Label\r\n1;7\r\n2;0\r\n3;9\r\n",
        "ImageId\tLabel\n1\t7\n2\t0\n3\t9\n".encode("utf-16"),
        "\ufeffImageId,Label\n1,7\n2,0\n3,9\n".encode(),
        b'"ImageId","Label"\r"1","7"\r"2","0"\r"3","9"\r',
    ],
)
def test_labels_are_read_from_what_a_spreadsheet_saved(path, sample, competition, content):
    path.write_bytes(content)
    assert validate_submission(path, sample, competition).tolist() == [7, 0, 9]
