import dataclasses
import gzip

import pytest
from forms import ANIMALS, AUC, LABEL, PROBABILITIES

from kaggle_kit.data.submissions.check import (
    check_shape,
    check_submission,
    score,
    validate_submission,
)
from kaggle_kit.data.submissions.form import Form, declared_form
from kaggle_kit.errors import DataError

DIGITS = Form(
    ("ImageId", "Label"), ("1", "2", "3"), declared_form(LABEL).answer, tuple("0123456789")
)
SAMPLE = "ImageId,Label\n1,7\n2,0\n3,9\n"
ROWS = [["1", "7"], ["2", "0"], ["3", "9"]]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "submission.csv"


def test_rows_may_have_any_order_and_the_file_keeps_it(path):
    path.write_text("ImageId,Label\n3,9\n1,7\n2,0\n")
    found = check_submission(path, DIGITS)
    assert found.rows == [["3", "9"], ["1", "7"], ["2", "0"]]
    assert found.content == path.read_bytes()
    assert validate_submission(path, DIGITS) == ROWS


@pytest.mark.parametrize("text", [SAMPLE, SAMPLE.replace("\n", "\r\n"), SAMPLE + "\n\n"])
def test_a_file_that_kaggle_can_read_stays_as_it_is(path, text):
    path.write_bytes(text.encode())
    assert check_submission(path, DIGITS).content == text.encode()


@pytest.mark.parametrize(
    "content",
    [
        b"ImageId;Label\r\n1;7\r\n2;0\r\n3;9\r\n",
        "ImageId\tLabel\n1\t7\n2\t0\n3\t9\n".encode("utf-16"),
        "\ufeffImageId,Label\n1,7\n2,0\n3,9\n".encode(),
        b" ImageId, Label\n1,7\n2,0\n3,9\n",
        b"ImageId,Label\n1.0,7.0\n2.0,0.0\n3.0,9.0\n",
        b"ImageId,Label\n1, 7\n2, 0\n3, 9\n \n",
    ],
)
def test_what_kaggle_would_misread_is_written_as_it_reads_it(path, content):
    path.write_bytes(content)
    assert check_submission(path, DIGITS).content == SAMPLE.encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Image,Label\n1,7\n2,0\n3,9\n", "header 'Image,Label', expected 'ImageId,Label'"),
        ("5,7\n2,0\n3,9\n", "header '5,7', expected 'ImageId,Label'"),
        (SAMPLE.replace("3,9\n", ""), "has 2 rows, expected 3: ImageId '3' is missing"),
        (SAMPLE.replace("3,9", "2,9"), "line 4: ImageId '2' is there twice"),
        (SAMPLE.replace("3,9", "4,9"), "line 4: ImageId '4' is not an id of the 3 test images"),
        (SAMPLE.replace("3,9", ",9"), "line 4: ImageId is empty"),
        (SAMPLE.replace("2,0", "2,10"), "line 3: Label is '10', expected 0, 1, 2"),
        (SAMPLE.replace("2,0", "2,"), "line 3: Label is empty, expected"),
        (SAMPLE.replace("2,0", "2"), "line 3: 1 field, expected 2"),
        (SAMPLE.replace("2,0", "\n2,0"), "line 3: 0 fields, expected 2"),
        (SAMPLE.replace("7", "7" * 140_000), "cannot be read as a submission"),
        ("ImageId,Label\n", "has no rows"),
        ("", "is empty"),
        (SAMPLE.replace("7", "\x00"), "line 2|cannot be read"),
        (b"\xff\xfe\x00", "cannot be read as a submission"),
    ],
)
def test_what_kaggle_would_refuse_is_refused_with_its_place(content, message, path):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=message):
        check_submission(path, DIGITS)


@pytest.mark.parametrize(
    ("content", "remark"),
    [
        (",ImageId,Label\n0,1,7\n1,2,0\n2,3,9\n", "the index of the table was left out"),
        ("Label,ImageId\n7,1\n0,2\n9,3\n", "its columns were put in order"),
        ("imageid,LABEL\n1,7\n2,0\n3,9\n", "its columns are called ImageId,Label"),
        ("1,7\n2,0\n3,9\n", "a line with the names of the columns was added"),
    ],
)
def test_columns_whose_meaning_is_clear_are_put_as_asked_and_told(path, content, remark):
    path.write_text(content)
    checked = check_submission(path, DIGITS)
    assert checked.content == SAMPLE.encode()
    assert checked.is_rewritten
    assert checked.remarks == [remark]


def test_a_wrong_row_has_its_line_though_there_is_no_header(path):
    path.write_text("1,7\n2,x\n3,9\n")
    with pytest.raises(DataError, match="line 2: Label is 'x'"):
        check_submission(path, DIGITS)


def test_a_compressed_submission_is_read_and_a_workbook_refused(path):
    path.write_bytes(gzip.compress(SAMPLE.encode()))
    assert check_submission(path, DIGITS).content == SAMPLE.encode()
    path.write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(DataError, match=r"is an Excel workbook \(xls\), expected a CSV"):
        check_submission(path, DIGITS)


def test_the_first_column_that_differs_is_named(path):
    form = dataclasses.replace(declared_form(PROBABILITIES), columns=("id", *ANIMALS), ids=("1",))
    path.write_text("id,cat,emu,eel\n1,0,0,1\n")
    with pytest.raises(DataError, match="column 3 is 'emu', not 'dog'"):
        check_submission(path, form)


def test_zeros_that_a_spreadsheet_took_from_ids_come_back(path):
    form = dataclasses.replace(DIGITS, ids=("0001", "0002", "0010"))
    path.write_text("ImageId,Label\n1,7\n2,0\n10,9\n")
    assert check_submission(path, form).content == b"ImageId,Label\n0001,7\n0002,0\n0010,9\n"


def test_ids_that_differ_in_their_zeros_alone_stay_apart(path):
    form = dataclasses.replace(DIGITS, ids=("01", "1"))
    path.write_text("ImageId,Label\n1,7\n01,8\n")
    assert check_submission(path, form).rows == [["1", "7"], ["01", "8"]]
    path.write_text("ImageId,Label\n1,7\n001,8\n")
    with pytest.raises(DataError, match="'001' is not an id"):
        check_submission(path, form)


class TestSumOfProbabilities:
    @pytest.fixture
    def remarks(self, path):
        def check(described, *rows):
            lines = ["id,cat,dog,eel", *rows]
            path.write_text("\n".join(lines) + "\n")
            form = dataclasses.replace(
                declared_form(described), columns=("id", *ANIMALS), classes=ANIMALS
            )
            return check_submission(path, form).remarks

        return check

    def test_is_told_where_it_is_not_one(self, remarks):
        (said,) = remarks(PROBABILITIES, "a,0.3,0.3,0.4", "b,1,1,0.5", "c,0,0,0.5")
        assert said.startswith("the probabilities of 2 rows do not add up to 1 (line 3: 2.5)")

    def test_may_be_rounded(self, remarks):
        assert remarks(PROBABILITIES, "a,0.333,0.333,0.333") == []

    def test_does_not_matter_for_a_ranking(self, remarks):
        assert remarks(AUC, "a,3,4,5") == []


class TestShape:
    def test_of_what_the_description_tells_is_checked(self, path, competition):
        path.write_text("ImageId,Label\n" + "".join(f"{row},7\n" for row in range(28_000)))
        assert len(check_shape(path, "mine.csv", competition).rows) == 28_000
        path.write_text(SAMPLE)
        with pytest.raises(DataError, match=r"^mine.csv has 3 rows, expected 28,000$"):
            check_shape(path, "mine.csv", competition)

    @pytest.mark.parametrize(
        ("described", "text", "message"),
        [
            (LABEL, "id,a,b\n1,2,3\n", "expected an id and an answer"),
            (LABEL, "id\n1\n", "expected an id and an answer"),
            (PROBABILITIES, "id\n1\n", "expected an id and probabilities"),
            (PROBABILITIES, "id,cat,dog\n1,0.5,2\n", "line 2: dog is '2', expected a probab"),
            (LABEL, "id,label\n1,cat\n1,dog\n", "line 3: id '1' is there twice"),
        ],
    )
    def test_of_other_files_is_refused(self, path, described, text, message):
        path.write_text(text)
        with pytest.raises(DataError, match=message):
            check_shape(path, str(path), described)


class TestScore:
    def test_is_the_share_of_right_labels(self, path, tmp_path):
        path.write_text("ImageId,Label\n1,0\n2,0\n3,5\n")
        (tmp_path / "solution.csv").write_text("ImageId,Label\n3,0\n1,0\n2,0\n")
        assert score(path, tmp_path / "solution.csv") == pytest.approx(2 / 3)

    def test_needs_the_same_rows(self, path, tmp_path):
        path.write_text("ImageId,Label\n1,0\n")
        (tmp_path / "solution.csv").write_text(SAMPLE)
        with pytest.raises(DataError, match="not about the same rows"):
            score(path, tmp_path / "solution.csv")
