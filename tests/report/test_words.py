from dataclasses import replace

import pytest

from kaggle_kit.competition.description import Kind, Metric
from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.report.words import (
    SHORT,
    Measured,
    Words,
    complete_markdown,
    complete_page,
    completed,
    shortened,
)

HOME = get_competition("digit-recognizer")
FASHION = replace(HOME, slug="fashion-mnist", title="Fashion-MNIST")


@pytest.mark.parametrize(
    ("names", "kind", "competition", "one", "images", "read"),
    [
        ("0123456789", Kind.GLYPH, HOME, "digit", "digits", "read"),
        ("0123456789", Kind.GLYPH, replace(FASHION, title="My Digits"), "digit", "digits", "read"),
        ("0123456789", Kind.GLYPH, FASHION, "class", "images", "read"),
        ("ABC", Kind.GLYPH, FASHION, "letter", "letters", "read"),
        ("ABC", Kind.GLYPH, HOME, "letter", "letters", "read"),
        (("anger", "fear"), Kind.GLYPH, HOME, "class", "images", "read"),
        ("0123456", Kind.PHOTO, HOME, "class", "images", "classified"),
        (("beagle", "pug"), Kind.PHOTO, HOME, "class", "images", "classified"),
    ],
)
def test_classes_are_called_what_names_and_competition_say(
    names, kind, competition, one, images, read
):
    words = Words.of(Problem((8, 8), tuple(names), kind=kind), competition)
    assert (words.one, words.images, words.read) == (one, images, read)


def test_only_a_name_of_several_characters_is_quoted():
    assert Words.of(DIGITS, HOME).quoted(7) == "7"
    words = Words.of(Problem((8, 8), ("10", "Border terrier"), kind=Kind.PHOTO), HOME)
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


def test_a_command_gets_the_options_that_it_lacks():
    options = {"--competition": "a-b", "--home": "my home", "--run": "one"}
    assert completed("kaggle-kit submit --sync", options) == (
        "kaggle-kit submit --sync --competition a-b --home 'my home' --run one"
    )
    assert completed("kaggle-kit tune --run NAME", options).count("--run") == 1
    assert "--run" not in completed("kaggle-kit download", options)
    assert completed("kaggle-kit tune --help", options) == "kaggle-kit tune --help"


def test_the_commands_of_a_page_and_of_a_card_are_made_complete_and_nothing_else():
    options = {"--home": "a & b"}
    page = complete_page("<p>kaggle-kit <code>kaggle-kit fit</code></p>", options)
    assert page == "<p>kaggle-kit <code>kaggle-kit fit --home &#x27;a &amp; b&#x27;</code></p>"
    card = complete_markdown("Made by kaggle-kit. Run `kaggle-kit\nsubmit`, `pip`.", options)
    assert card == "Made by kaggle-kit. Run `kaggle-kit submit --home 'a & b'`, `pip`."
