"""Gradients tell where brightness rises, and in which direction."""

import numpy as np
import pytest

from kaggle_kit.evaluation.images.gradients import CELLS, DIRECTIONS, oriented_gradients


def maps(image):
    return oriented_gradients(image[None])[0].reshape(DIRECTIONS, CELLS, CELLS)


def test_an_even_image_has_no_gradients():
    assert not oriented_gradients(np.full((2, 28, 28), 0.7, dtype=np.float32)).any()


@pytest.mark.parametrize("quarters", range(4))
def test_an_edge_is_found_where_it_lies_and_in_its_direction(quarters):
    step = np.zeros((28, 28), dtype=np.float32)
    step[:, 6:] = 1
    found = maps(np.rot90(step, -quarters))
    expected = np.rot90(maps(step)[0], -quarters)
    assert found.sum(axis=(1, 2)).argmax() == 2 * quarters
    np.testing.assert_allclose(found[2 * quarters], expected, atol=1e-5)
    assert maps(step)[0].sum(axis=0).argmax() == 1


def test_images_do_not_change_each_other(digits):
    images = digits.images[:5].astype(np.float32) / 255
    alone = np.concatenate([oriented_gradients(image[None]) for image in images])
    np.testing.assert_allclose(oriented_gradients(images), alone, atol=1e-6)


@pytest.mark.parametrize("shape", [(0, 28, 28), (3, 4, 4), (2, 1, 9), (2, 32, 17)])
def test_images_of_any_size_have_the_same_features(shape):
    found = oriented_gradients(np.ones(shape, dtype=np.float32))
    assert found.shape == (shape[0], DIRECTIONS * CELLS * CELLS)
    assert np.isfinite(found).all()
