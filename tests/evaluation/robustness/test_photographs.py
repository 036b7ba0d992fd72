import numpy as np
import pytest

from kaggle_kit.evaluation.robustness.photographs import (
    alterations,
    flattened,
    mirrored,
    moved,
    rotated,
    without_colour,
)

GREY = np.random.default_rng(0).integers(0, 256, (5, 16, 20), dtype=np.uint8)
COLOURS = np.random.default_rng(0).integers(0, 256, (5, 16, 20, 3), dtype=np.uint8)


@pytest.mark.parametrize("images", [GREY, COLOURS])
def test_every_alteration_but_the_first_changes_images_and_keeps_their_shape(images):
    first, *others = alterations(colour=images.ndim == 4, mirror=True).values()
    np.testing.assert_array_equal(first(images), images)
    for alter in others:
        altered = alter(images)
        assert (altered.shape, altered.dtype) == (images.shape, np.uint8)
        assert (altered != images).any()
        np.testing.assert_array_equal(altered, alter(images))


def test_writing_is_never_mirrored_and_grey_has_no_colour_to_lose():
    assert "mirrored" not in alterations(colour=True, mirror=False)
    assert "without colour" not in alterations(colour=False, mirror=True)


def test_a_quarter_turn_is_exact():
    square = COLOURS[:, :, :16]
    np.testing.assert_array_equal(rotated(square, 90), np.rot90(square, -1, axes=(1, 2)))


def test_an_image_moves_right_and_down_and_its_edge_is_drawn_out():
    image = np.zeros((1, 16, 16), np.uint8)
    image[0, 0, 0] = image[0, 5, 5] = 200
    altered = moved(image)
    assert altered[0, 6, 6] == 200
    assert (altered[0, :2, :2] == 200).all()


def test_mirroring_swaps_left_and_right():
    np.testing.assert_array_equal(mirrored(COLOURS)[:, :, 0], COLOURS[:, :, -1])


def test_half_the_contrast_keeps_the_mean():
    flat = flattened(GREY, 0.5)
    assert abs(flat.mean() - GREY.mean()) < 1
    assert abs(flat.std() / GREY.std() - 0.5) < 0.05


def test_without_colour_all_channels_are_equal():
    altered = without_colour(COLOURS)
    assert (altered == altered[..., :1]).all()
