import numpy as np
import pytest
from drawings import signs

from kaggle_kit.evaluation.novelty import NoveltyDetector


@pytest.fixture(scope="module")
def familiar(digits):
    return NoveltyDetector.of(digits.images, digits.known_labels, 10)


def test_nearly_all_training_images_are_known(familiar, digits):
    known = map(familiar.knows, digits.images, digits.known_labels)
    assert np.mean(list(known)) > 0.95  # of each class of about 30, one image is strange


def test_new_images_of_a_class_are_known_even_if_it_has_few(digits):
    seen = NoveltyDetector.of(digits.images[:150], digits.known_labels[:150], 10)
    new = map(seen.knows, digits.images[150:], digits.known_labels[150:])
    assert np.mean(list(new)) > 0.8


def test_what_is_no_digit_is_not_known(familiar):
    chance = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    block = np.zeros((28, 28), dtype=np.uint8)
    block[4:24, 4:24] = 255
    assert not any(familiar.knows(image, label) for image in (chance, block) for label in range(10))


def test_a_digit_is_strange_among_those_of_another_class(familiar, digits):
    other = (digits.known_labels + 1) % 10
    assert np.mean(list(map(familiar.knows, digits.images, other))) < 0.3


def test_letters_and_signs_are_not_known(familiar):
    strange = [not familiar.knows(sign, label) for sign in signs() for label in range(10)]
    assert np.mean(strange) > 0.9


def test_fewer_images_than_components_will_do(digits):
    few = NoveltyDetector.of(digits.images[:5], np.zeros(5, dtype=np.int64), 2)
    assert few.axes.shape == (2, 15, 392)
    assert max(few.distance(image, 0) for image in digits.images[:5]) < 1e-3
    assert not few.knows(digits.images[0], 1), "no image of this class was seen"


def test_a_run_of_an_older_version_has_one_span_for_all_classes(digits):
    mean = digits.images.reshape(-1, 784).mean(axis=0).astype(np.float32) / 255
    old = NoveltyDetector(mean, np.eye(40, 784, dtype=np.float32), np.float32(1e6) * np.ones(()))
    assert old.knows(digits.images[0], 7)
    assert old.distance(digits.images[0], 0) == old.distance(digits.images[0], 7)


def test_a_run_of_an_older_version_compares_pixels(digits):
    image = digits.images[:1].reshape(1, 784).astype(np.float32) / 255
    limit = np.full(1, 1e-3, dtype=np.float32)
    old = NoveltyDetector(image, np.zeros((1, 15, 784), dtype=np.float32), limit)
    assert old.knows(digits.images[0], 0)
    assert not old.knows(digits.images[1], 0)
    assert not old.is_of_light_images


def test_paper_and_black_are_told_apart(digits):
    labels = digits.known_labels
    assert not NoveltyDetector.of(digits.images, labels, 10).is_of_light_images
    assert NoveltyDetector.of(255 - digits.images, labels, 10).is_of_light_images
    pixels = np.full((2, 784), 0.9, dtype=np.float32)
    old = NoveltyDetector(pixels, np.zeros((2, 15, 784)), np.array([1.0, -1.0], dtype=np.float32))
    assert old.is_of_light_images


def test_large_colour_images_are_reduced_and_of_a_large_class_some_are_enough(monkeypatch):
    chance = np.random.default_rng(0)
    labels = np.repeat([0, 1], 60)
    images = chance.integers(0, 60, (120, 96, 80, 3), dtype=np.uint8)
    images[labels == 1, :48, :, 1] += 150
    monkeypatch.setattr("kaggle_kit.evaluation.novelty.MOST_IMAGES", 40)
    familiar = NoveltyDetector.of(images, labels, 2)
    assert familiar.axes.shape[2] == 16 * 16 * 3
    assert np.mean([familiar.knows(image, 1) for image in images[60:]]) > 0.8
    assert not any(familiar.knows(image, 0) for image in images[60:])


def test_a_class_with_one_image_knows_that_image(digits):
    one = NoveltyDetector.of(digits.images[:1], np.zeros(1, dtype=np.int64), 1)
    assert one.distance(digits.images[0], 0) == 0
