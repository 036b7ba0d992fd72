import numpy as np
import pytest

from kaggle_kit.evaluation.removal.parts import Parts, by_patch, patch_side


@pytest.mark.parametrize(
    ("shape", "side"),
    [((28, 28), 1), ((32, 32), 1), ((8, 8), 1), ((48, 48), 4), ((32, 32, 3), 3), ((96, 96, 3), 8)],
)
def test_small_grey_images_have_pixels_and_others_at_most_12_patches_a_side(shape, side):
    assert patch_side(shape) == side
    assert side == 1 or max(shape) / side <= 12


def test_only_what_differs_from_the_baseline_is_a_part():
    image = np.array([[9, 0, 4], [0, 7, 1]], dtype=np.uint8)
    parts = Parts.of(image, np.zeros_like(image))
    assert parts.count == 4
    np.testing.assert_array_equal(parts.numbers, [[0, -1, 1], [-1, 2, 3]])


def test_a_patch_is_a_part_as_a_whole_even_at_the_edge():
    image = np.zeros((30, 32, 3), dtype=np.uint8)
    image[29, 31, 2] = 1
    parts = Parts.of(image, np.zeros_like(image))
    assert parts.count == 1
    np.testing.assert_array_equal(np.argwhere(parts.numbers == 0)[[0, -1]], [[27, 30], [29, 31]])


@pytest.mark.parametrize("shape", [(6, 5), (50, 40), (20, 31, 3)])
def test_masks_show_the_image_where_they_are_set_and_the_baseline_elsewhere(shape):
    chance = np.random.default_rng(0)
    image, base = chance.integers(0, 256, (2, *shape), dtype=np.uint8)
    parts = Parts.of(image, base)
    masks = chance.random((3, parts.count)) < 0.5
    masks[0], masks[1] = True, False
    shown = parts.shown(masks)
    np.testing.assert_array_equal(shown[0], image)
    np.testing.assert_array_equal(shown[1], base)
    is_set = np.append(masks[2], False)[parts.numbers]  # False for -1
    np.testing.assert_array_equal(shown[2][is_set], image[is_set])
    np.testing.assert_array_equal(shown[2][~is_set], base[~is_set])


def test_values_that_are_spread_over_pixels_can_be_gathered_again():
    chance = np.random.default_rng(0)
    image = chance.integers(1, 256, (31, 40, 3), dtype=np.uint8)
    image[:8, :4] = 0
    parts = Parts.of(image, np.zeros_like(image))
    values = chance.normal(size=(2, parts.count))
    pixels = parts.spread(values)
    assert pixels.shape == (2, 31, 40)
    assert not pixels[:, :8, :4].any()
    np.testing.assert_allclose(parts.gathered(pixels[1]), values[1], atol=1e-6)
    patches = by_patch(pixels, parts.side)
    assert patches.shape == (2, 8, 10)
    assert not patches[:, :2, 0].any()
    np.testing.assert_allclose(np.sort(patches[0][patches[0] != 0]), np.sort(values[0]), atol=1e-6)
