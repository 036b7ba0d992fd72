import numpy as np
import pytest

from kaggle_kit.evaluation.novelty import NoveltyDetector


@pytest.fixture(scope="module")
def familiar(digits):
    return NoveltyDetector.of(digits.images)


def test_nearly_all_training_images_are_known(familiar, digits):
    known = [familiar.knows(image) for image in digits.images]
    assert np.mean(known) == pytest.approx(0.99, abs=0.005)


def test_what_is_no_digit_is_not_known(familiar):
    chance = np.random.default_rng(0)
    assert not familiar.knows(chance.integers(0, 256, (28, 28), dtype=np.uint8))
    block = np.zeros((28, 28), dtype=np.uint8)
    block[4:24, 4:24] = 255
    assert not familiar.knows(block)


def test_an_image_within_the_span_has_no_distance(familiar):
    image = np.clip(255 * familiar.mean.reshape(28, 28), 0, 255).round().astype(np.uint8)
    assert familiar.distances(image[None])[0] < 0.1


def test_fewer_images_than_components_will_do(digits):
    few = NoveltyDetector.of(digits.images[:5])
    assert few.axes.shape == (5, 784)
    np.testing.assert_allclose(few.distances(digits.images[:5]), 0, atol=1e-3)
