"""What is no single digit raises a doubt, and handwritten digits do not."""

import numpy as np
import pytest
from PIL import Image

from kaggle_kit.competition.problem import Problem
from kaggle_kit.evaluation.novelty import NoveltyDetector
from kaggle_kit.explainer.doubts import has_several_digits, of_the_answer, of_the_image
from kaggle_kit.explainer.preprocessing import prepare
from kaggle_kit.explainer.subject.subject import Subject


def side_by_side(left, right, gap):
    """A picture of two digits, `gap` pixels of the data apart, in black on white."""
    inks = [row[:, row.any(axis=0)] for row in (left, right)]
    width = sum(ink.shape[1] for ink in inks) + gap
    both = np.zeros((28, width), dtype=np.uint8)
    both[:, : inks[0].shape[1]] = inks[0]
    part = both[:, width - inks[1].shape[1] :]
    part[:] = np.maximum(part, inks[1])
    padded = Image.fromarray(255 - np.pad(both, 10))
    return padded.resize((6 * padded.width, 6 * padded.height), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("gap", [2, 8])
def test_two_digits_side_by_side_are_a_doubt(gap, one_of_each):
    pairs = [(one_of_each[i], one_of_each[(i + 3) % 10]) for i in range(10)]
    assert all(has_several_digits(prepare(side_by_side(*pair, gap))) for pair in pairs)


@pytest.mark.parametrize("gap", [5, 9])
def test_two_digits_one_below_the_other_are_a_doubt(gap, one_of_each):
    rows = [row.T for row in one_of_each]
    pairs = [side_by_side(rows[i], rows[(i + 3) % 10], gap) for i in range(10)]
    below = [pair.transpose(Image.Transpose.TRANSPOSE) for pair in pairs]
    assert np.mean([has_several_digits(prepare(picture)) for picture in below]) >= 0.7


def test_many_pairs_of_touching_digits_are_a_doubt(digits):
    pairs = zip(digits.images[:40:2], digits.images[1:40:2], strict=True)
    found = [has_several_digits(prepare(side_by_side(*pair, -1))) for pair in pairs]
    assert np.mean(found) > 0.4


def test_a_digit_alone_is_not_taken_for_several(digits):
    assert np.mean([has_several_digits(image) for image in digits.images]) < 0.02


def test_several_digits_are_told_first(one_of_each):
    image = prepare(side_by_side(one_of_each[1], one_of_each[2], 4))
    (doubt,) = of_the_image(image, 4, None)
    assert doubt == "There seems to be more than one digit: send them one by one."


@pytest.mark.parametrize(("margin", "doubts"), [(3.0, 1), (8.0, 0)])
def test_a_7_that_may_be_a_1_is_a_doubt(margin, doubts):
    logits = np.zeros((3, 10), dtype=np.float32)
    logits[:, 7], logits[:, 1] = 12, 12 - margin
    told = list(of_the_answer(logits, 1.0, 0.8))
    assert len(told) == doubts
    assert all("up-stroke" in doubt for doubt in told)


@pytest.mark.parametrize("names", [tuple("0123456789"), ("shirt", *"abcdefghi")])
def test_classes_of_other_competitions_have_no_doubts_about_digits(names, one_of_each):
    """Elsewhere, 0 to 9 may be the digits of another script, or numbers of something else."""
    subject = Subject(Problem((28, 28), names), "Others", "others")
    logits = np.zeros((3, 10), dtype=np.float32)
    logits[:, 7], logits[:, 1] = 12, 9
    assert list(of_the_answer(logits, 1.0, 0.8, subject)) == []
    image = prepare(side_by_side(one_of_each[1], one_of_each[2], 4))
    assert list(of_the_image(image, 4, None, subject)) == []


def test_doubts_name_the_classes():
    subject = Subject(Problem((28, 28), ("cat", "dog")), "Pets", "pets")
    logits = np.array([[9, 0], [9, 0], [0, 8]], dtype=np.float32)
    (doubt,) = of_the_answer(logits, 1.0, 0.8, subject)
    assert doubt.endswith("disagree: 2 say cat, 1 say dog.")
    image = np.zeros((28, 28), dtype=np.uint8)
    strange = NoveltyDetector.of(image[None], np.zeros(1, dtype=int), 2)
    (doubt,) = of_the_image(image, 1, strange, subject)
    assert doubt.startswith("This does not look like the class dog:")
