import numpy as np
import pytest

from kaggle_kit.evaluation.images import adversarial
from kaggle_kit.evaluation.images.adversarial import Shift, adversarial_validation


def blobs(count, brightness=120, seed=0, shape=(12, 12)):
    random = np.random.default_rng(seed)
    values = random.normal(brightness, 30, size=(count, *shape))
    return values.clip(0, 255).astype(np.uint8)


def test_images_of_one_kind_cannot_be_told_apart():
    found = adversarial_validation(blobs(600), blobs(400, seed=1))
    assert found.low < 0.5 < found.high
    assert not found.matters
    assert "(0.5 is chance): the two sets look alike" in found.describe()
    assert (found.train_rows, found.test_rows) == (600, 400)


@pytest.mark.parametrize("shape", [(12, 12), (40, 36, 3)])
def test_other_light_is_noticed_in_grey_and_in_colour(shape):
    found = adversarial_validation(blobs(200, shape=shape), blobs(200, 132, seed=1, shape=shape))
    assert found.auc > 0.95
    assert found.matters
    assert "the score on the test set may be far from the score out of fold" in found.describe()


def test_large_sets_are_sampled_and_the_result_is_always_the_same(monkeypatch):
    monkeypatch.setattr(adversarial, "ROWS", 100)
    train, test = blobs(300), blobs(80, 123, seed=1)
    found = adversarial_validation(train, test)
    assert (found.train_rows, found.test_rows) == (100, 80)
    assert adversarial_validation(train, test) == found


def test_a_difference_that_may_be_chance_does_not_matter():
    assert not Shift(0.6, 0.45, 0.75, 30, 30).matters
    assert Shift(0.6, 0.58, 0.62, 5000, 5000).matters
    assert "differ slightly" in Shift(0.6, 0.58, 0.62, 5000, 5000).describe()


def test_the_interval_is_that_of_hanley_and_mcneil():
    """Their example: an area of 0.893 with 51 and 58 cases has a standard error of 0.032."""
    found = adversarial._shift(0.893, 58, 51)
    assert (found.auc - found.low) / 1.96 == pytest.approx(0.032, abs=0.0015)


def test_too_few_images_are_an_error():
    with pytest.raises(ValueError, match="5 images of each kind are needed"):
        adversarial_validation(blobs(10), blobs(4))
