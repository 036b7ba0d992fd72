import dataclasses

import pytest

from kaggle_kit.competition.registry import COMPETITIONS, get_competition
from kaggle_kit.errors import InputError


@pytest.mark.parametrize("slug", COMPETITIONS)
def test_a_competition_is_found_by_its_slug(slug):
    found = get_competition(slug)
    assert found.slug == slug
    assert found.url.endswith(f"/{slug}")


def test_a_score_is_suspicious_if_luck_hardly_explains_it():
    """Three standard errors on 7,000 rows above 0.9975: 0.9975 + 3 * sqrt(0.00249375 / 7000)."""
    digits = get_competition("digit-recognizer")
    assert digits.suspicious_above == pytest.approx(0.99929, abs=5e-6)
    assert len(digits.images.pixel_columns) == 784
    fewer = dataclasses.replace(digits, public_rows=1_000)
    assert fewer.suspicious_above == 1.0


@pytest.mark.parametrize(
    "name",
    [
        "https://www.kaggle.com/competitions/digit-recognizer",
        "https://www.kaggle.com/competitions/digit-recognizer/data?select=train.csv",
        "http://kaggle.com/c/digit-recognizer/",
        "www.kaggle.com/c/digit-recognizer#rules",
        "competitions/digit-recognizer",
        "digit-recognizer/",
        "Digit Recognizer",
        "digit_recognizer",
    ],
)
def test_a_competition_is_found_by_its_address_and_its_title(name):
    assert get_competition(name).slug == "digit-recognizer"


@pytest.mark.parametrize("name", ["digit-recogniser", "digits-recogniser", "c/digit-recog"])
def test_a_typing_error_is_answered_with_the_name_that_was_meant(name):
    with pytest.raises(InputError) as caught:
        get_competition(name)
    assert caught.value.hint == "did you mean digit-recognizer?"


def test_an_unknown_competition_is_an_error_that_names_those_that_are_known():
    with pytest.raises(InputError, match="no description of a competition 'titanic'") as caught:
        get_competition("titanic")
    assert caught.value.hint == "`kaggle-kit init titanic` describes it"
