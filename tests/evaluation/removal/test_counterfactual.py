"""The parts without which the answer changes, of functions whose parts are known."""

import numpy as np
import pytest

from kaggle_kit.evaluation.removal.counterfactual import counterfactual
from kaggle_kit.evaluation.removal.parts import Parts
from kaggle_kit.evaluation.shapley import ShapleyExplainer


@pytest.fixture
def image():
    return np.array([[9, 0, 4], [0, 7, 1]], dtype=np.uint8)


def found_by(logits, image, *decide):
    explainer = ShapleyExplainer([logits], baseline=np.zeros_like)
    values = explainer(image[None]).values[0]
    return counterfactual(logits, explainer.parts(image), values, *decide)


def test_finds_the_least_ink_that_carries_the_decision(image):
    """Class 0 depends on one pixel; without it, class 1 wins, whose logit is always 5."""

    def logits(images):
        return np.stack([images[:, 0, 0], np.full(len(images), 5)], axis=1).astype(np.float32)

    found = found_by(logits, image)
    assert (found.label, found.count) == (1, 1)
    np.testing.assert_array_equal(np.argwhere(found.pixels), [[0, 0]])


def test_takes_the_most_telling_ink_first(image):
    def logits(images):
        ink = images.reshape(len(images), -1).astype(np.float32).sum(axis=1)
        return np.stack([ink, np.full(len(images), 6.0)], axis=1).astype(np.float32)

    assert sorted(image[found_by(logits, image).pixels].tolist()) == [7, 9]


def test_the_answer_may_follow_from_another_rule_than_the_largest_logit(image):
    """The answer is class 1 where its logit is above 3, although that of class 0 is larger."""

    def logits(images):
        return np.stack([np.full(len(images), 10), images[:, 1, 1]], axis=1).astype(np.float32)

    found = found_by(logits, image, lambda logits: (logits[:, 1] > 3).astype(int))
    assert (found.label, found.count) == (0, 1)
    np.testing.assert_array_equal(np.argwhere(found.pixels), [[1, 1]])


def test_is_none_where_ink_decides_nothing(image):
    def logits(images):
        return np.tile(np.float32([1, 0]), (len(images), 1))

    assert found_by(logits, image) is None


def test_is_none_of_an_empty_image():
    image = np.zeros((2, 3), dtype=np.uint8)

    def logits(images):
        return np.tile(np.float32([1, 0]), (len(images), 1))

    values = np.zeros((2, 2, 3), dtype=np.float32)
    assert counterfactual(logits, Parts.of(image, image), values) is None


def test_of_a_colour_image_takes_whole_patches():
    image = np.full((36, 36, 3), 100, dtype=np.uint8)
    image[6:12, 6:12] = 200

    def logits(images):
        bright = images[:, 6:12, 6:12].mean(axis=(1, 2, 3))
        return np.stack([bright, np.full(len(images), 80)], axis=1).astype(np.float32)

    found = found_by(logits, image)
    assert found.label == 1
    assert 2 <= found.count <= 4  # of the four patches that are bright
    assert found.pixels.sum() == 9 * found.count
    assert not found.pixels[12:].any()
