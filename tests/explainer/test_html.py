import re

import numpy as np
import pytest
from scipy.special import logit

from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import Problem
from kaggle_kit.evaluation.removal.counterfactual import Counterfactual
from kaggle_kit.evaluation.shapley import BLUE, RED, Explanation
from kaggle_kit.explainer import html as page
from kaggle_kit.explainer.html import heat_map, reading_html, reasons_html
from kaggle_kit.explainer.reader import Reading, Reasons
from kaggle_kit.explainer.subject.subject import Subject


@pytest.fixture
def image():
    image = np.zeros((28, 28), dtype=np.uint8)
    image[5:20, 10:12] = 255
    return image


def make_reading(image, votes=(7, 7, 7), doubts=()):
    fold_logits = np.zeros((len(votes), 10), dtype=np.float32)
    for fold, label in enumerate(votes):
        fold_logits[fold, label] = logit(0.9) + np.log(9)
    return Reading(image, fold_logits, list(doubts))


def make_reasons(reading, counterfactual=None):
    values = np.zeros((1, 10, 28, 28), dtype=np.float32)
    values[0, :, 5:10, 10:12], values[0, :, 10:20, 10:12] = 1, -0.5
    logits = reading.fold_logits.mean(axis=0)[None]
    explanation = Explanation(
        values,
        np.zeros((1, 10), np.float32),
        logits,
        gap=np.zeros(1, np.float32),
        standard_error=np.abs(values) / 10,
        orders=np.array([64]),
    )
    return Reasons(explanation, counterfactual)


def test_the_answer_and_how_likely_it_is_are_said(image):
    text = reading_html(make_reading(image))
    assert '<span class="digit">7</span>' in text
    assert "90.0% likely" in text
    assert "all 3 folds say 7" in text


def test_each_digit_has_its_probability_and_the_likeliest_stands_out(image):
    rows = re.findall(
        "<li(.*?)><span>(.)</span>.*?<span>([^<]+)</span></li>", reading_html(make_reading(image))
    )
    assert [digit for _, digit, _ in rows] == list("0123456789")
    assert rows[7] == (" class=first", "7", "90.0%")
    assert rows[2] == ("", "2", "1.1%")


def test_no_logit_is_minus_zero(image):
    reading = make_reading(image)
    reading.fold_logits[:] = -5
    reading.fold_logits[:, 7], reading.fold_logits[:, 0] = 6, -0.001
    text = reasons_html(reading, make_reasons(reading))
    assert "(+0.0)" in text
    assert "-0.0)" not in text


def test_each_fold_is_named_where_they_disagree(image):
    text = reading_html(make_reading(image, votes=(7, 2, 7)))
    assert "fold 1: 7, fold 2: 2, fold 3: 7" in text


def test_doubts_are_shown_and_cannot_be_markup(image):
    text = reading_html(make_reading(image, doubts=["<b>no digit</b>"]))
    assert '<p class="doubt">&lt;b&gt;no digit&lt;/b&gt;</p>' in text


def test_the_three_likeliest_digits_have_a_map_with_a_text_for_who_cannot_see(image):
    reading = make_reading(image, votes=(7, 2, 7))
    text = reasons_html(reading, make_reasons(reading))
    alts = re.findall('alt="([^"]+)"', text)
    assert len(alts) == page.MAPS
    assert alts[0].startswith("Heat map: which ink speaks for 7")
    assert "Red</b> ink speaks for the digit" in text
    assert "Removing ink does not change the answer" in text


def test_the_noise_of_the_values_is_said(image):
    """A third of the ink has an error of 10% of the strongest value, the rest of 5%."""
    reading = make_reading(image)
    text = reasons_html(reading, make_reasons(reading))
    assert "64 random orders" in text
    assert f"typically {10 * np.sqrt((1 + 2 / 4) / 3):.1f}% of the strongest value" in text
    assert "add up" not in text


def test_the_ink_that_decides_is_marked(image):
    reading = make_reading(image)
    pixels = image > 0
    text = reasons_html(
        reading, make_reasons(reading, Counterfactual(pixels, 1, int(pixels.sum())))
    )
    assert f"{pixels.sum()} pixels" in text
    assert "<b>1</b>" in text


def test_red_speaks_for_blue_against_and_no_value_leaves_the_paper(image):
    values = np.zeros((28, 28), dtype=np.float32)
    values[6, 10], values[15, 10] = 1, -1
    pixels = np.asarray(heat_map(image, values))[4::8, 4::8].astype(int)
    assert pixels.shape == (28, 28, 3)
    assert pixels[6, 10].tolist() == list(RED)
    assert pixels[15, 10].tolist() == list(BLUE)
    assert pixels[0, 0].tolist() == [255, 255, 255]
    grey = pixels[10, 10]
    assert grey[0] == grey[1] == grey[2] < 255


def test_nothing_on_the_page_comes_from_elsewhere(image):
    reading = make_reading(image)
    text = reading_html(reading) + reasons_html(reading, make_reasons(reading)) + page.CSS
    assert "http" not in text
    assert "url(" not in text


BREEDS = tuple(f"<breed> {number}" for number in range(120))
DOGS = Subject(Problem((60, 48, 3), BREEDS, kind=Kind.PHOTO), "Dogs", "dogs")


class TestPhotographs:
    @pytest.fixture
    def reading(self):
        image = np.random.default_rng(0).integers(0, 256, (60, 48, 3), dtype=np.uint8)
        logits = np.zeros((2, 120), dtype=np.float32)
        logits[:, 77] = 12
        return Reading(image, logits, [], subject=DOGS)

    def test_of_many_classes_the_likeliest_are_listed_by_name(self, reading):
        text = reading_html(reading)
        assert text.count("<li") == 10
        assert '<span class="digit name">&lt;breed&gt; 77</span>' in text
        assert "<li class=first><span>&lt;breed&gt; 77</span>" in text
        assert "The 10 likeliest of 120 classes" in text
        assert "60 × 48 image" in text
        assert "<breed>" not in text

    def test_patches_speak_and_are_marked(self, reading):
        values = np.zeros((1, 120, 60, 48), dtype=np.float32)
        values[0, 77, :5, :5] = 1
        explanation = Explanation(
            values,
            np.zeros((1, 120), np.float32),
            reading.fold_logits[:1],
            gap=np.zeros(1, np.float32),
            standard_error=values / 10,
            orders=np.array([40]),
            side=5,
        )
        found = Counterfactual(values[0, 77] > 0, 3, 1)
        text = reasons_html(reading, Reasons(explanation, found))
        assert "Red</b> patches speak for the class" in text
        assert "compared with the same image, blurred" in text
        assert "a patch's value" in text
        assert '<b class="mark">marked</b> patch the answer would be <b>&lt;breed&gt; 3</b>' in text
        assert "digit" not in text.replace('class="digit', "")
        assert "ink" not in text
