import numpy as np
import pytest
from tiny_competition import TINY

from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data.looks import Looks, check_alike
from kaggle_kit.errors import DataError

GREY = np.zeros((30, 6, 6), np.uint8)
GREY[:, 2:4, 2:4] = np.arange(120).reshape(30, 2, 2) + 100
BINARY = np.where(GREY > 150, 255, 0).astype(np.uint8)
NAMES = ("train.csv", "test.csv")


def looks(images):
    return Looks.of(images, TINY)


def test_usual_images_have_nothing_to_tell():
    assert looks(GREY) == Looks((), "dark", 219)
    assert looks(GREY).notes(()) == ()


def test_binarised_and_inverted_images_are_told():
    assert looks(BINARY).notes(()) == ("only the values 0 and 255",)
    assert looks(255 - GREY).notes(()) == ("dark on a bright background",)
    assert looks(BINARY).notes(("only the values 0 and 1, read as 0 and 255",)) == ()


def test_one_other_value_far_below_is_seen():
    many = np.tile(BINARY, (400, 1, 1))
    many[-2, 0, 0] = 7
    assert looks(many).values == ()


def test_photographs_have_no_background():
    assert Looks.of(255 - GREY, COMPETITIONS["cifar-10"]) == Looks()


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        (
            255 - GREY,
            "images look inverted: their background is dark in train.csv and bright in test.csv",
        ),
        (
            BINARY,
            (
                "images look binarised: there are only the values 0 and 255 in test.csv, "
                "and more in train.csv"
            ),
        ),
    ],
)
def test_parts_that_look_different_are_an_error(test, problem):
    check_alike(looks(GREY), looks(GREY), NAMES)
    with pytest.raises(DataError) as raised:
        check_alike(looks(GREY), looks(test), NAMES)
    assert str(raised.value) == problem
