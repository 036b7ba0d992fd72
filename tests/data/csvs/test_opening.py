"""CSVs of pixels as people save them: each is the same table, or an error that says what is odd."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from tiny_competition import csv_text, small_digits

from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data.csvs.columns import same_names
from kaggle_kit.data.layouts.pixel_columns import read_pixel_columns
from kaggle_kit.data.layouts.pixel_string import read_pixel_string
from kaggle_kit.errors import DataError

SIDE = 6
DIGITS = small_digits((SIDE, SIDE), train_rows=20, test_rows=5)
NAMES = DIGITS.images.pixel_columns
LABELS = [i % 10 for i in range(20)]
PIXELS = np.random.default_rng(0).integers(0, 256, (20, SIDE * SIDE))
PIXELS[:, [0, -1]] = 0  # as at the edge of a digit
FACES = COMPETITIONS[
    "challenges-in-representation-learning-facial-expression-recognition-challenge"
]
FACES = replace(FACES, images=replace(FACES.images, size=(SIDE, SIDE)))


def rows(change=int, lead=(), tail=()):
    return [
        [*(i for _ in lead), label, *map(change, row), *tail]
        for i, (label, row) in enumerate(zip(LABELS, PIXELS.tolist(), strict=True))
    ]


def read(content, *, labelled=True, competition=DIGITS):
    return read_pixel_columns("train.csv", content.encode(), competition, labelled=labelled)


def headless(table):
    return csv_text([], table).lstrip("\n")


GRID = [f"{row}x{column}" for row in range(1, SIDE + 1) for column in range(1, SIDE + 1)]
ONE_HOT = [
    [*(int(label == i) for i in range(10)), *row[1:]]
    for label, row in zip(LABELS, rows(), strict=True)
]
QUOTED = io.StringIO(newline="")
csv.writer(QUOTED, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(
    [["label", *NAMES], *rows()]
)
GRID_TOLD = "pixel columns 1x1 to 6x6 read as pixel0 to pixel35"
INDEX = "index column without a name not used"
SCALED = "values from 0 to 1 read as 0 to 255"
READ = {
    "plain": (csv_text(["label", *NAMES], rows()), []),
    "quoted": (QUOTED.getvalue(), []),
    "floats": (csv_text(["label", *NAMES], rows(float)), []),
    "grid": (csv_text(["label", *GRID], rows()), [GRID_TOLD]),
    "from one": (
        csv_text(["label", *(f"pixel{i}" for i in range(1, 37))], rows()),
        ["pixel columns pixel1 to pixel36 read as pixel0 to pixel35"],
    ),
    "index": (csv_text(["", "label", *NAMES], rows(lead=[0])), [INDEX]),
    "pandas": (
        csv_text(["Unnamed: 0", "label", *NAMES], rows(lead=[0])),
        ["index column Unnamed: 0 not used"],
    ),
    "R": (csv_text(["label", *NAMES], rows(lead=[0])), ["a first column without a name not used"]),
    "commas at the end": (
        csv_text(["label", *NAMES, "", ""], rows(tail=["", ""])),
        ["empty columns at the end left out"],
    ),
    "commas in the rows": (
        csv_text(["label", *NAMES], rows(tail=[""])),
        ["empty columns at the end left out"],
    ),
    "commas in the header": (csv_text(["label", *NAMES, ""], rows()), []),
    "case": (csv_text(["Label", *NAMES], rows()), ["column Label read as label"]),
    "class": (csv_text(["class", *NAMES], rows()), ["column class read as label"]),
    "one-hot": (
        csv_text([*(f"label_{i}" for i in range(10)), *NAMES], ONE_HOT),
        ["columns label_0, label_1, label_2, …, label_9 (10 in all) read as one-hot labels"],
    ),
    "no names": (headless(rows()), ["no line of names; read as label, pixel0, …, pixel35"]),
    "no names, label last": (
        headless([[*row[1:], row[0]] for row in rows()]),
        ["no line of names; read as pixel0, pixel1, …, label"],
    ),
    "scaled": (csv_text(["label", *NAMES], rows(lambda v: round(v / 255, 5))), [SCALED]),
    "from -1": (
        csv_text(["label", *NAMES], rows(lambda v: round(v / 127.5 - 1, 5))),
        ["values from -1 to 1 read as 0 to 255"],
    ),
    "blank lines": ("\n\n" + csv_text(["label", *NAMES], rows()), []),
}


@pytest.mark.parametrize(("content", "told"), READ.values(), ids=READ)
def test_what_is_clear_is_read_and_told(content, told):
    raw = read(content)
    np.testing.assert_array_equal(raw.images.reshape(20, -1), PIXELS)
    assert raw.labels == tuple(map(str, LABELS))
    assert list(raw.findings) == ["; ".join(told)] * bool(told)


HALF, LONG = [0, 0.5, *PIXELS[0, 1:]], [*rows()[0], 7]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (csv_text(["name", *NAMES], rows()), "missing: label; unexpected: name"),
        (csv_text(["label", *NAMES[:-1], "pixel99"], rows()), "missing: pixel35; unexpected: pix"),
        (csv_text(["label", *NAMES, ""], rows(tail=[5])), "unexpected: ''"),
        (headless(rows(lead=[0])), "38 columns are label and 36 pixels"),
        (headless([row[1:] for row in rows()]), "36 columns are label and 36 pixels"),
        (headless([[*row[:-1], row[0]] for row in rows()]), "37 columns are label and 36 pixels"),
        (
            csv_text(["label", *NAMES], rows(lambda v: round((v - 33) / 78, 3))),
            "expected a whole number from 0 to 255, found '-0.423'",
        ),
        (csv_text(["label", *NAMES], [*rows()[1:], HALF]), "line 21, column pixel0"),
        (csv_text(["label", *NAMES, ""], [*rows(tail=[""])[1:], LONG]), "line 21: found '7'"),
    ],
)
def test_what_is_not_clear_is_an_error(content, problem):
    with pytest.raises(DataError) as raised:
        read(content)
    assert problem in str(raised.value)
    assert "\n" not in str(raised.value)


def test_binarised_pixels_become_black_and_white_and_are_told():
    raw = read(csv_text(["label", *NAMES], rows(lambda v: int(v > 99))))
    np.testing.assert_array_equal(raw.images.reshape(20, -1), 255 * (PIXELS > 99))
    assert raw.findings == ("only the values 0 and 1, read as 0 and 255",)


def test_a_test_part_without_names_has_pixels_and_perhaps_ids():
    for table in ([row[1:] for row in rows()], [[i, *row[1:]] for i, row in enumerate(rows())]):
        raw = read(headless(table), labelled=False)
        np.testing.assert_array_equal(raw.images.reshape(20, -1), PIXELS)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("emotion,pixels\n", []),
        (
            "Emotion;Pixels\n",
            [
                (
                    "separated by semicolons; column Pixels read as pixels; column Emotion read as "
                    "emotion"
                )
            ],
        ),
        ("", ["no line of names; read as emotion, pixels"]),
    ],
)
def test_strings_of_pixels_are_read_as_people_save_them(header, told):
    sign = ";" if ";" in header else ","
    lines = [f"{row[0] % 7}{sign}{' '.join(map(str, row[1:]))}\n" for row in rows()]
    raw = read_pixel_string("train.csv", (header + "".join(lines)).encode(), FACES, labelled=True)
    np.testing.assert_array_equal(raw.images.reshape(20, -1), PIXELS)
    assert raw.labels == tuple(str(label % 7) for label in LABELS)
    assert list(raw.findings) == told


def test_scaled_strings_are_read_as_bytes():
    text = "".join(f"1,{' '.join(f'{v / 255:.5f}' for v in row)}\n" for row in PIXELS)
    raw = read_pixel_string("x.csv", f"emotion,pixels\n{text}".encode(), FACES, labelled=True)
    np.testing.assert_array_equal(raw.images.reshape(20, -1), PIXELS)
    assert raw.findings == (SCALED,)


def test_names_in_another_case_are_told_and_ambiguous_ones_stay():
    assert same_names(["ID", "Label"], ["1", "a"], ["id", "label"]) == (
        ["id", "label"],
        ["column ID read as id", "column Label read as label"],
    )
    assert same_names(["ID", "Id"], ["1", "a"], ["id"]) == (["ID", "Id"], [])
