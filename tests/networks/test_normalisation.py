import numpy as np
import pytest
from layers import SHAPES, images, seen
from scipy.ndimage import affine_transform

from kaggle_kit.networks.gradient_features import (
    OrientedGradients,
    SecondGradients,
)
from kaggle_kit.networks.normalisation import AVERAGE, LARGE, Enlarged, Upright


def bar(*, lean=0.0, half_height=8, row=13.5, column=13.5):
    """A bar three pixels wide with soft edges that leans `lean` columns per row."""
    y, x = np.mgrid[:28, :28].astype(np.float32)
    centre = column + lean * (y - row)
    ink = np.clip(2 - np.abs(x - centre), 0, 1) * np.clip(half_height + 0.5 - np.abs(y - row), 0, 1)
    return (255 * ink).astype(np.uint8)


def moments(image):
    """The centre of the ink, its spread down, and its slant in columns per row."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    total = image.sum()
    row, column = (image * y).sum() / total, (image * x).sum() / total
    variance = (image * (y - row) ** 2).sum() / total
    slant = (image * (y - row) * (x - column)).sum() / total / variance
    return row, column, np.sqrt(variance), slant


@pytest.mark.parametrize("spread", [None, AVERAGE, LARGE])
def test_a_leaning_bar_off_the_centre_is_put_up_straight_in_the_middle(spread):
    leaning = bar(lean=0.4, half_height=6, row=11.0, column=17.0)
    assert moments(leaning)[3] == pytest.approx(0.4, abs=0.02)
    row, column, _, slant = moments(seen(Upright(spread), leaning[None])[0])
    assert (row, column) == pytest.approx((13.5, 13.5), abs=0.05)
    assert slant == pytest.approx(0, abs=0.02)


def test_an_upright_digit_in_the_middle_is_left_as_it_is():
    straight = bar()
    np.testing.assert_allclose(seen(Upright(), straight[None])[0], straight, atol=1)


def test_an_upright_digit_in_the_middle_is_enlarged_as_any_image_is():
    straight = bar()[None]
    np.testing.assert_allclose(
        seen(Upright(by=1.25), straight), seen(Enlarged(1.25), straight), atol=1
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("by", [1, 1.25, 2])
def test_enlarged_images_agree_with_scipy(by, shape):
    pixels = images(shape)
    middle = (np.array(shape) - 1) / 2
    expected = [
        affine_transform(image, [1 / by] * 2, middle - middle / by, order=1) for image in pixels
    ]
    np.testing.assert_allclose(seen(Enlarged(by), pixels), expected, atol=1e-5)


def test_only_sized_are_small_digits_enlarged_and_large_ones_reduced():
    for half_height in (6, 12):
        digit = bar(half_height=half_height)
        unsized, average, large = (
            moments(seen(Upright(spread), digit[None])[0])[2] for spread in (None, AVERAGE, LARGE)
        )
        assert unsized == pytest.approx(moments(digit)[2], abs=0.05)
        assert (average, large) == pytest.approx((5.0, 6.6), abs=0.2)


def test_a_digit_is_not_stretched_beyond_reason():
    """A dot becomes at most twice as high; no image is enlarged until it fills the frame."""
    dot = np.zeros((1, 28, 28), dtype=np.uint8)
    dot[0, 13:15, 13:15] = 255
    assert moments(seen(Upright(AVERAGE), dot)[0])[2] < 2 * moments(dot[0])[2] + 0.5


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("grey", [0, 255])
@pytest.mark.parametrize(
    "layer",
    [OrientedGradients(), SecondGradients(), Enlarged(), Upright(), Upright(LARGE)],
    ids=str,
)
def test_blank_images_come_out_finite(layer, grey, shape):
    blank = np.full((2, *shape), grey, dtype=np.float32)
    assert np.isfinite(seen(layer, blank)).all()


@pytest.mark.parametrize("shape", SHAPES)
def test_an_upright_image_keeps_its_shape_and_no_more_than_its_ink(shape):
    pixels = 255 * images(shape)
    straight = seen(Upright(), pixels)
    assert straight.shape == pixels.shape
    assert straight.min() >= 0
    assert straight.max() <= 255
