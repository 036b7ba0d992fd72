import time
from dataclasses import replace

import numpy as np
import pytest
from forms import ANIMALS, BEST_TWO, LABEL, PROBABILITIES, PROBABILITY, competition

from kaggle_kit.competition.description import Answer, Metric
from kaggle_kit.data.submissions.check import validate_submission
from kaggle_kit.data.submissions.form import declared_header, example_notes, read_form, sample_ids
from kaggle_kit.data.submissions.rows import csv_of
from kaggle_kit.errors import DataError

EXAMPLE = "id,label\n0001,\n0002,\n0010,\n"
IDS = ("0001", "0002", "0010")
CHANCES = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.25, 0.5, 0.25]])


@pytest.fixture
def form_of(tmp_path):
    def make(described, text=EXAMPLE, classes=ANIMALS, test_ids=()):
        (tmp_path / "sample_submission.csv").write_bytes(
            text if isinstance(text, bytes) else text.encode()
        )
        return read_form(tmp_path, described, classes, test_ids)

    return make


@pytest.mark.parametrize(
    ("described", "example", "classes", "answers", "written"),
    [
        (LABEL, EXAMPLE, ANIMALS, np.array([2, 0, 1]), "id,label\n0001,eel\n0002,cat\n0010,dog\n"),
        (
            *(PROBABILITY, "id,label\n7,0.5\n8,0.5\n9,0.5\n", ("cat", "dog")),
            *(CHANCES[:, :2], "id,label\n7,0.2\n8,0.3\n9,0.5\n"),
        ),
        (
            *(PROBABILITIES, "id,eel,cat,dog\na,0,0,0\nb,0,0,0\nc,0,0,0\n", ANIMALS),
            *(CHANCES, "id,eel,cat,dog\na,0.1,0.7,0.2\nb,0.6,0.1,0.3\nc,0.25,0.25,0.5\n"),
        ),
        (
            *(BEST_TWO, "Image,Id\na,cat dog\nb,cat\nc,\n", ANIMALS),
            *(np.array([[0, 1], [2, 1], [1, 0]]), "Image,Id\na,cat dog\nb,eel dog\nc,dog cat\n"),
        ),
    ],
)
def test_what_is_made_has_the_form_of_the_example_and_is_valid(
    form_of, tmp_path, described, example, classes, answers, written
):
    form = form_of(described, example, classes)
    rows = form.rows(answers, ())
    path = tmp_path / "submission.csv"
    path.write_bytes(csv_of(form.columns, rows))
    assert path.read_text() == written
    assert validate_submission(path, form) == rows


def test_rows_have_the_order_of_the_example_and_answers_that_of_the_images(form_of):
    form = form_of(LABEL, test_ids=("0010", "0001", "0002"))
    assert form.rows(np.array([0, 1, 2]), ("0010", "0001", "0002")) == [
        *(["0001", "dog"], ["0002", "eel"], ["0010", "cat"]),
    ]


@pytest.mark.parametrize(
    "text",
    [
        EXAMPLE,
        EXAMPLE.replace("\n", "\r\n"),
        ("\ufeff" + EXAMPLE).encode(),
        EXAMPLE.encode("utf-16"),
        "id,label\n0001,cat\n0002\n0010,cat\n",
        '"id","label"\n"0001","x"\n"0002","x"\n"0010","x"\n',
    ],
)
def test_placeholders_may_be_anything_and_ids_keep_their_zeros(form_of, tmp_path, text):
    form = form_of(LABEL, text)
    assert (form.columns, form.ids) == (("id", "label"), IDS)
    assert sample_ids(tmp_path, LABEL) == IDS


def test_ids_may_have_commas_and_quotes(form_of, tmp_path):
    form = form_of(LABEL, 'id,label\n"a,1",\n"say ""b""",\n')
    assert form.ids == ("a,1", 'say "b"')
    rows = form.rows(np.array([0, 1]), ())
    (tmp_path / "mine.csv").write_bytes(csv_of(form.columns, rows))
    assert validate_submission(tmp_path / "mine.csv", form) == rows


@pytest.mark.parametrize(
    ("described", "text", "message"),
    [
        (LABEL, "id,label\n1,\n2,\n1,\n", "the id '1' is there twice"),
        (LABEL, "id,label\n1,\n,\n3,\n", "line 3: no id"),
        (LABEL, "id,label\n1,\n\n3,\n", "line 3: no id"),
        (LABEL, "id,label\n1,,\n", "line 2: 3 fields, expected an id and 1 more"),
        (LABEL, "id,cat,dog\n1,,\n", "'id,cat,dog', expected an id and one for the answer"),
        (PROBABILITIES, "id,cat,dog\n1,,\n", "lacks a column 'eel'"),
        (PROBABILITIES, "id,cat,dog,eel,fox\n1,,,,\n", "has another column 'fox'"),
        (PROBABILITIES, "id,cat,dog,eel,eel\n1,,,,\n", "has a column twice"),
        (PROBABILITY, EXAMPLE, "of 'dog' of two; the classes are cat, dog or eel"),
    ],
)
def test_an_example_that_does_not_fit_is_told(form_of, described, text, message):
    with pytest.raises(DataError, match=message):
        form_of(described, text)


def test_a_class_with_a_blank_cannot_be_one_of_the_best(form_of):
    with pytest.raises(DataError, match="the class 'polar bear' has one itself"):
        form_of(BEST_TWO, classes=("cat", "polar bear"))


def test_an_example_of_other_images_is_told(form_of):
    with pytest.raises(DataError, match=r"3 ids .* 3 test images: '0001' is in it alone"):
        form_of(LABEL, test_ids=("0002", "0010", "0011"))


def test_a_missing_example_says_how_to_get_it(tmp_path):
    with pytest.raises(DataError, match="does not exist") as caught:
        read_form(tmp_path, LABEL, ANIMALS)
    assert "kaggle-kit download" in caught.value.hint


def test_without_an_example_the_columns_are_declared(tmp_path):
    described = competition(Answer.PROBABILITIES, Metric.AUC, file="", id="name", column="x")
    form = read_form(tmp_path, described, ANIMALS, ("7", "8"))
    assert (form.columns, form.ids) == (("name", *ANIMALS), ("7", "8"))
    assert declared_header(described) == ()


def test_thousands_of_classes_take_no_time(form_of, tmp_path):
    """A look through the tuple of classes for each label would take ten seconds."""
    classes = [f"w_{number:05}" for number in range(4_251)]
    ids = [f"{number:06}.jpg" for number in range(28_000)]
    form = form_of(
        competition(Answer.TOP_K, Metric.MAP_AT_K, k=5),
        "Image,Id\n" + "".join(f"{name},new_whale\n" for name in ids),
        classes,
    )
    best = np.random.default_rng(0).permuted(np.tile(np.arange(4_251)[:5], (28_000, 1)), axis=1)
    start = time.process_time()
    rows = form.rows(best, ids[::-1])
    (tmp_path / "mine.csv").write_bytes(csv_of(form.columns, rows))
    assert validate_submission(tmp_path / "mine.csv", form) == rows
    assert time.process_time() - start < 4


def test_an_example_that_a_spreadsheet_saved_is_read_and_told(tmp_path):
    """Neither its ids nor its columns are in the description."""
    described = LABEL
    name = described.submission.file
    assert name
    (tmp_path / name).write_bytes(b"\xef\xbb\xbfid;label\r\n07;cat\r\n08;dog\r\n")
    described = replace(described, submission=replace(described.submission, id="", column=""))
    assert sample_ids(tmp_path, described) == ("07", "08")
    assert example_notes(tmp_path, described) == ("separated by semicolons",)
