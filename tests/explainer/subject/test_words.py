import re

import pytest

from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.explainer.subject.subject import Subject
from kaggle_kit.explainer.subject.words import Words

SUBJECTS = {
    "kannada": Subject(DIGITS, "Kannada MNIST", "Kannada-MNIST"),
    "letters": Subject(Problem((32, 32, 3), tuple("ABC")), "Letters", "letters"),
    "photos": Subject(Problem((96, 96, 3), ("cat", "dog"), kind=Kind.PHOTO), "Pets", "pets"),
}


def texts(words):
    names = [name for name, kind in vars(Words).items() if isinstance(kind, property)]
    return [getattr(words, name) for name in names]


def test_the_page_of_digits_speaks_of_digits():
    words = Words(Subject())
    assert words.title == "Why that digit?"
    assert words.nothing == "No digit yet: draw one, send a picture, or take an example."
    assert '"label": 7' in words.api
    assert "10 x 28 x 28" in words.api


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_other_pages_do_not(subject):
    words = Words(subject)
    assert [text for text in texts(words) if re.search("digit", text, re.IGNORECASE)] == []
    assert subject.title in words.title


def test_only_what_can_be_drawn_is_asked_to_be_drawn():
    assert "Draw" in Words(SUBJECTS["kannada"]).task
    for name in ("letters", "photos"):
        assert not [
            text
            for text in texts(Words(SUBJECTS[name]))
            if re.search(r"\b[Dd]raw", text) and "character" not in text
        ]


def test_of_patches_it_is_said_how_large_they_are_and_with_what_they_are_compared():
    api = Words(SUBJECTS["photos"]).api
    assert "2 x 12 x 12" in api
    assert "8 x 8 pixels" in api
    assert "compared with the same image, blurred" in api
    assert '"label": "cat"' in api


def test_of_many_classes_it_is_said_that_the_likeliest_are_shown():
    many = Subject(Problem((64, 64, 3), tuple(map(str, range(120))), kind=Kind.PHOTO))
    words = Words(many)
    assert words.chances == "The 10 likeliest of 120 classes"
    assert "the 10 likeliest of the 120 classes" in words.api
