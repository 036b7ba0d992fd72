"""Each perturbation does what its name says; the measures do not depend on its code."""

import numpy as np
import pytest
from scipy import ndimage

from kaggle_kit.evaluation.robustness.handwriting import slant, stroke_width
from kaggle_kit.evaluation.robustness.perturbations import (
    PERTURBATIONS,
    faded,
    inverted,
    noisy,
    rotated,
    scaled,
    shifted,
    slanted,
    speckled,
    thickened,
)


@pytest.fixture(scope="module")
def images(digits):
    return digits.images[:100]


def bar(width=3.0):
    """An upright bar, 14 pixels high, whose edges may be inside pixels."""
    columns = np.clip(width / 2 + 0.5 - np.abs(np.arange(28) - 13.5), 0, 1)
    image = np.zeros((1, 28, 28), dtype=np.uint8)
    image[0, 7:21] = np.round(255 * columns)
    return image


def centre(image):
    return np.array(ndimage.center_of_mass(image))


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_all_keep_the_shape_and_the_type_and_leave_the_original_alone(name, images):
    before = images.copy()
    altered = PERTURBATIONS[name](images)
    assert (altered.shape, altered.dtype) == (images.shape, np.uint8)
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(PERTURBATIONS[name](images), altered)


def test_the_first_leaves_images_as_they_are_and_no_other_does(images):
    first, *others = PERTURBATIONS.values()
    np.testing.assert_array_equal(first(images), images)
    assert all((alter(images) != images).any() for alter in others)


@pytest.mark.parametrize("degrees", [-30, -15, 15, 30])
def test_a_bar_is_slanted_by_the_angle_that_is_asked(degrees):
    assert slant(slanted(bar(), degrees))[0] == pytest.approx(degrees, abs=1)


def test_slanting_keeps_heights_and_rotating_does_not():
    rows = np.arange(28)
    spreads = [
        np.average((rows - 13.5) ** 2, weights=image[0].sum(axis=1))
        for image in (bar(), slanted(bar(), 30), rotated(bar(), 30))
    ]
    assert spreads[1] == pytest.approx(spreads[0], rel=0.01)
    assert spreads[2] < 0.9 * spreads[0]


def test_rotation_is_clockwise():
    """Ink above the middle moves to the right of the middle."""
    image = np.zeros((1, 28, 28), dtype=np.uint8)
    image[0, 4, 13:15] = 255
    turned = rotated(image, 90)[0]
    assert centre(turned) == pytest.approx([13.5, 23], abs=0.01)
    np.testing.assert_allclose(rotated(rotated(bar(), 90), -90), bar(), atol=1)


@pytest.mark.parametrize("factor", [0.7, 0.85, 1.15])
def test_scaling_changes_length_and_width_by_the_factor(factor, images):
    sums = [part.sum(axis=(1, 2)).astype(float) for part in (scaled(images, factor), images)]
    assert np.median(sums[0] / sums[1]) == pytest.approx(factor**2, rel=0.02)


def test_a_quarter_of_the_images_moves_each_way():
    moved = shifted(np.repeat(bar(), 5, axis=0), 3)
    ways = [centre(image) - [13.5, 13.5] for image in moved]
    np.testing.assert_allclose(ways, [[0, 3], [3, 0], [0, -3], [-3, 0], [0, 3]], atol=1e-6)


@pytest.mark.parametrize("pixels", [-1, -0.5, 0.5, 1, 2])
def test_strokes_become_thicker_or_thinner_by_so_many_pixels(pixels, images):
    ink = thickened(bar(), pixels)[0, 13].sum() / 255
    assert ink == pytest.approx(3 + pixels, abs=0.05)
    wide = images[stroke_width(images) > 2.5]
    change = np.median(stroke_width(thickened(wide, pixels)) - stroke_width(wide))
    assert change == pytest.approx(pixels, abs=0.35)


def test_redrawn_without_a_change_strokes_keep_their_width_and_ink(images):
    """Therefore every other change comes from the width alone."""
    redrawn = thickened(images, 0)
    assert redrawn.sum() / images.sum() == pytest.approx(1, abs=0.03)
    assert np.median(stroke_width(redrawn) - stroke_width(images)) == pytest.approx(0, abs=0.1)


def test_noise_has_the_standard_deviation_that_is_asked():
    grey = np.full((200, 28, 28), 128, dtype=np.uint8)
    noise = noisy(grey, 25).astype(float) - 128
    assert (noise.mean(), noise.std()) == (
        pytest.approx(0, abs=0.3),
        pytest.approx(25, rel=0.02),
    )


def test_noise_is_clipped_not_wrapped(images):
    altered = noisy(images, 50)
    assert altered[images == 255].min() > 0
    assert (altered[images == 0] == 0).mean() == pytest.approx(0.5, abs=0.02)


def test_speckles_are_the_share_that_is_asked_half_black_and_half_white():
    grey = np.full((200, 28, 28), 128, dtype=np.uint8)
    altered = speckled(grey, 0.1)
    assert [(altered == level).mean() for level in (0, 255)] == pytest.approx([0.05] * 2, rel=0.05)
    assert (altered == 128).mean() == pytest.approx(0.9, abs=0.01)


def test_faded_ink_is_as_bright_as_the_factor_says(images):
    np.testing.assert_allclose(faded(images, 0.5), images / 2, atol=0.5)


def test_inverted_is_255_less_the_image(images):
    np.testing.assert_array_equal(inverted(images), 255 - images.astype(int))
