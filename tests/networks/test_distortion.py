import numpy as np
import pytest

from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.distortion import (
    Augmentation,
    Distort,
    Distortion,
    distorted,
    smooth_basis,
)

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)


def test_no_strength_leaves_images_as_they_are():
    layer = Distort(Distortion().scaled(0), seed=0)
    same = keras.ops.convert_to_numpy(layer(IMAGES, training=True))
    np.testing.assert_allclose(same, IMAGES, atol=1e-2)


def test_images_are_left_alone_outside_training():
    assert np.array_equal(keras.ops.convert_to_numpy(Distort(Distortion(), seed=0)(IMAGES)), IMAGES)


def test_each_image_of_a_batch_and_each_call_is_distorted_differently():
    layer = Distort(Distortion(), seed=0)
    same = np.repeat(IMAGES[:1], 2, axis=0)
    first, second = (keras.ops.convert_to_numpy(layer(same, training=True)) for _ in range(2))
    assert not np.allclose(first[0], first[1])
    assert not np.allclose(first[0], second[0])


def test_the_seed_decides_the_distortion():
    first, second, other = (
        keras.ops.convert_to_numpy(Distort(Distortion(), seed)(IMAGES, training=True))
        for seed in (3, 3, 4)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("distortion", "moved"),
    [(Distortion(0, 0, 0, shift=3, elastic=0), 3.0), (Distortion(0, 0, 0, 0, elastic=0), 0.0)],
)
def test_a_dot_moves_no_farther_than_the_shift(distortion, moved):
    dots = np.zeros((200, 28, 28), dtype=np.float32)
    dots[:, 14, 14] = 255
    bent = keras.ops.convert_to_numpy(Distort(distortion, seed=0)(dots, training=True))
    mass = bent.sum(axis=(1, 2))
    columns = (bent.sum(axis=1) * np.arange(28)).sum(axis=1) / mass - 14
    assert np.abs(columns).max() <= moved + 1e-3
    assert np.ptp(columns) >= 1.5 * moved


def test_the_displacement_has_the_same_strength_everywhere():
    np.testing.assert_allclose(np.linalg.norm(smooth_basis(28), axis=1), 1, rtol=1e-6)


def test_samples_show_what_training_makes_of_one_image():
    image = np.zeros((28, 28), dtype=np.uint8)
    image[6:22, 12:15] = 255
    samples = distorted(image, 6, Augmentation(0.75), DIGITS, seed=3)
    assert samples.shape == (6, 28, 28)
    assert samples.dtype == np.uint8
    layer = Distort(Distortion().scaled(0.75), seed=3)
    trained = keras.ops.convert_to_numpy(layer(np.repeat(image[None], 6, axis=0), training=True))
    np.testing.assert_allclose(samples, trained, atol=1)
    assert len({sample.tobytes() for sample in samples}) == 6
