import numpy as np
import pytest
from tiny_competition import TINY, TRAIN, csv_text, train_text

from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data.layouts import pixel_columns
from kaggle_kit.data.layouts.pixel_columns import read_pixel_columns, read_table
from kaggle_kit.errors import DataError

COLUMNS = ["label", *TINY.images.pixel_columns]
PIXELS = [row[1:] for row in TRAIN]


def read(content, **options):
    content = content.encode() if isinstance(content, str) else content
    return read_table("train.csv", content, TINY, **{"labelled": True} | options)


@pytest.mark.parametrize(
    "content",
    [
        train_text(),
        train_text().rstrip("\n"),
        train_text().replace("\n", "\r\n"),
        train_text().replace("\n", "\r"),
        "\ufeff" + train_text(),
        '"' + '","'.join(COLUMNS) + '"\n' + train_text().partition("\n")[2],
        train_text() + "\n\r\n",
        csv_text([" label ", *COLUMNS[1:]], TRAIN),
    ],
    ids=["plain", "no last newline", "CRLF", "CR", "BOM", "quotes", "blank end", "spaces"],
)
def test_a_csv_is_read_as_any_program_may_have_written_it(content):
    table = read(content)

    assert table.pixels.tolist() == PIXELS
    assert table.texts == {"label": [str(row[0]) for row in TRAIN]}
    assert table.lines.tolist() == [2, 3, 4, 5, 6, 7]


def test_columns_may_come_in_any_order():
    order = [3, 0, 6, 1, 2, 5, 4]
    table = read(csv_text([COLUMNS[i] for i in order], [[row[i] for i in order] for row in TRAIN]))

    assert table.pixels.tolist() == PIXELS
    assert table.texts == {"label": [str(row[0]) for row in TRAIN]}


def test_a_file_read_in_many_runs_is_the_same(monkeypatch):
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 10, size=(200, 7)).tolist()
    rows[50][3] = "7.0"
    rows[120][4] = ""
    whole = read(train_text(rows))
    monkeypatch.setattr(pixel_columns, "RUN_BYTES", 40)

    table = read(train_text(rows))

    np.testing.assert_array_equal(table.pixels, whole.pixels)
    assert table.texts == whole.texts
    assert table.lines.tolist() == list(range(2, 202))
    assert table.missing == whole.missing == 1


def test_an_error_far_down_has_the_line_that_an_editor_shows(monkeypatch):
    monkeypatch.setattr(pixel_columns, "RUN_BYTES", 40)
    rows = [[1, 2, 3, 4, 5, 6, 7] for _ in range(100)]
    rows[80][5] = "12.5"

    with pytest.raises(DataError, match=r"^train\.csv, line 82, column pixel4: .* found '12\.5'$"):
        read(train_text(rows))


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        (COLUMNS[:3] + COLUMNS[4:], "missing: pixel2"),
        ([*COLUMNS, "pixel6"], "unexpected: pixel6"),
        ([*COLUMNS, "pixel5"], "there twice: pixel5"),
        ([*COLUMNS, ""], "unexpected: ''"),
        (["name", *COLUMNS[1:]], "missing: label; unexpected: name"),
        (COLUMNS[1:], "missing: label"),
    ],
)
def test_columns_that_are_missing_unexpected_or_there_twice_are_named(columns, problem):
    with pytest.raises(DataError) as raised:
        read(csv_text(columns, [range(len(columns))]))

    assert str(raised.value) == (
        "train.csv, line 1: expected label, pixel0, pixel1, pixel2, pixel3, pixel4, pixel5; "
        + problem
    )


def test_a_long_list_of_columns_is_shortened():
    mnist = COMPETITIONS["digit-recognizer"]

    with pytest.raises(DataError) as raised:
        read_table("test.csv", b"pixel0,pixel1\n1,2\n", mnist, labelled=False)

    assert str(raised.value) == (
        "test.csv, line 1: expected pixel0, pixel1, pixel2, …, pixel783 (784 in all); "
        "missing: pixel2, pixel3, pixel4, …, pixel783 (782 in all)"
    )


def test_labels_in_the_test_set_are_told_and_not_used():
    raw = read_pixel_columns("test.csv", train_text().encode(), TINY, labelled=False)

    assert raw.labels is None
    assert raw.findings == ("its labels are not used",)


def test_a_column_that_is_not_known_is_told_and_not_used():
    content = csv_text([*COLUMNS, "writer"], [[*row, "Ann"] for row in TRAIN]).encode()
    raw = read_pixel_columns("train.csv", content, TINY, labelled=True)

    assert raw.images.reshape(6, -1).tolist() == PIXELS
    assert raw.labels == tuple("012345")
    assert raw.findings == ("column writer not used",)


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (b"the digits\n", "'the digits'"),
        (b"\x01\x02\x00" * 20, r"'\x01\x02"),
        (b"a,b,c\n1,2,3\n", "'a,b,c'"),
    ],
    ids=["text", "binary", "other names"],
)
def test_what_is_no_such_csv_is_shown_by_its_start(content, start):
    with pytest.raises(DataError) as raised:
        read(content)

    assert str(raised.value).startswith(
        "train.csv is not the expected CSV: line 1 should hold the column names label, pixel0, "
    )
    assert f"it starts with {start}" in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  \r\n"])
def test_an_empty_file_is_called_empty(content):
    with pytest.raises(DataError, match=r"^train\.csv is empty$"):
        read(content)


@pytest.mark.parametrize("ending", ["", "\n", "\n\n"])
def test_a_header_alone_has_no_rows(ending):
    with pytest.raises(DataError, match=r"^train\.csv has no rows"):
        read(",".join(COLUMNS) + ending)


def test_a_file_that_was_cut_short_is_an_error_in_its_last_line():
    with pytest.raises(DataError, match=r"^train\.csv, line 7: expected 7 fields, found 6$"):
        read(train_text()[:-4])
