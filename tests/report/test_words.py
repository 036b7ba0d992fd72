import pytest

from kaggle_kit.competition.description import Kind, Metric
from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.report.words import SHORT, Measured, Words, shortened


@pytest.mark.parametrize(
    ("names", "kind", "one", "images", "read"),
    [
        ("0123456789", Kind.GLYPH, "digit", "digits", "read"),
        ("ABC", Kind.GLYPH, "letter", "letters", "read"),
        (("anger", "fear"), Kind.GLYPH, "class", "images", "read"),
        ("0123456", Kind.PHOTO, "class", "images", "classified"),
        (("beagle", "pug"), Kind.PHOTO, "class", "images", "classified"),
    ],
)
def test_classes_are_called_what_their_names_are(names, kind, one, images, read):
    words = Words.of(Problem((8, 8), tuple(names), kind=kind))
    assert (words.one, words.images, words.read) == (one, images, read)


def test_only_a_name_of_several_characters_is_quoted():
    assert Words.of(DIGITS).quoted(7) == "7"
    words = Words.of(Problem((8, 8), ("10", "Border terrier"), kind=Kind.PHOTO))
    assert (words.quoted(0), words.quoted(1)) == ("10", '"Border terrier"')


def test_a_long_name_keeps_its_beginning_and_its_end():
    assert shortened("beagle") == "beagle"
    short = shortened("Tomato___Spider_mites")
    assert len(short) == SHORT
    assert short.startswith("Tomato")
    assert short.endswith("_mites")


@pytest.mark.parametrize(
    ("metric", "text", "spread"),
    [
        (Metric.ACCURACY, "97.53%", "0.12%"),
        (Metric.AUC, "0.9753", "0.0012"),
        (Metric.LOG_LOSS, "-0.9753", "0.0012"),
    ],
)
def test_a_value_has_the_direction_and_the_unit_of_its_metric(metric, text, spread):
    measured = Measured(metric)
    assert (measured.text(0.9753), measured.spread(0.0012)) == (text, spread)


def test_a_metric_of_several_labels_says_how_many():
    assert Measured(Metric.MAP_AT_K, 5).words == "MAP@5"
