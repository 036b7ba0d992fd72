import dataclasses

import numpy as np
import pytest
from tiny_competition import TINY

from kaggle_kit.competition.description import Images, Labels, Layout
from kaggle_kit.data.layouts.pixel_string import read_pixel_string
from kaggle_kit.errors import DataError

FACES = dataclasses.replace(
    TINY,
    images=Images(Layout.PIXEL_STRING, (2, 2), column="pixels"),
    labels=Labels(column="emotion"),
)


def read(text, competition=FACES, *, labelled=True):
    return read_pixel_string("faces.csv", text.encode(), competition, labelled=labelled)


@pytest.mark.parametrize(
    "text",
    [
        "emotion,pixels\n3,0 1 2 255\n0,4 5 6 7\n",
        'emotion,pixels\r\n3,"0 1 2 255"\r\n0,"4 5 6 7"\r\n',
        "\ufeff emotion , pixels \n3, 0  1 2 255 \n\n0,4.0 5 6 7",
        "pixels,Usage,emotion\n0 1 2 255,Training,3\n4 5 6 7,Test,0\n",
    ],
    ids=["plain", "quotes", "blanks", "other columns"],
)
def test_images_are_read_from_strings(text):
    raw = read(text)

    assert raw.images.tolist() == [[[0, 1], [2, 255]], [[4, 5], [6, 7]]]
    assert raw.images.dtype == np.uint8
    assert raw.labels == ("3", "0")


def test_many_rows_are_those_of_each_alone():
    values = np.random.default_rng(0).integers(0, 256, (700, 4))
    lines = [f"1,{' '.join(map(str, row))}" for row in values]
    lines[300] = lines[300].replace(" ", "  ")

    raw = read("\n".join(["emotion,pixels", *lines]))

    np.testing.assert_array_equal(raw.images.reshape(700, 4), values)
    assert raw.place(699) == "faces.csv, line 701"


def test_a_string_of_three_channels_is_an_image_in_colour():
    images = dataclasses.replace(FACES.images, size=(1, 2), channels=3)
    raw = read("pixels\n1 2 3 4 5 6\n", dataclasses.replace(FACES, images=images), labelled=False)

    assert raw.images.tolist() == [[[[1, 2, 3], [4, 5, 6]]]]
    assert raw.labels is None


def test_values_of_another_range_become_0_to_255():
    images = dataclasses.replace(FACES.images, range=(0, 1))
    raw = read("emotion,pixels\n1,0 0.5 1 0.2\n", dataclasses.replace(FACES, images=images))

    assert raw.images.ravel().tolist() == [0, 128, 255, 51]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "faces.csv is empty"),
        (
            "emotion,pixel\n1,1 2 3 4\n",
            "line 1: expected emotion, pixels; missing: pixels; unexpected: pixel",
        ),
        ("emotion,pixels\n", "faces.csv has no rows"),
        (
            "emotion,pixels\n1,1 2 3\n",
            "line 2, column pixels: expected 4 values for an image of 2x2",
        ),
        ("emotion,pixels\n1,1 2 3 256\n", "value 4: expected a whole number from 0 to 255, found"),
        (
            "emotion,pixels\n1,1 2 x 4\n",
            "value 3: expected a whole number from 0 to 255, found 'x'",
        ),
        ("emotion,pixels\n1\n", "line 2: expected 2 fields, found 1"),
        ('emotion,pixels\n1,"1 2 3 4\n', "it cannot be read as CSV"),
        ("pixels,pixels\n1,2\n", "missing: emotion; there twice: pixels"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, problem):
    with pytest.raises(DataError) as raised:
        read(text)
    assert problem in str(raised.value)
