import numpy as np
import pytest

from kaggle_kit.api.estimator.pixels import Range, shape_of, without_alpha
from kaggle_kit.errors import ArrayError


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        (np.array([0, 16], np.uint8), (0, 255)),
        (np.array([0, 1], np.uint8), (0, 1)),
        (np.array([False, True]), (0, 1)),
        (np.array([0.0, 0.9]), (0, 1)),
        (np.array([0.0, 254.0]), (0, 255)),
        (np.array([0, 200]), (0, 255)),
        (np.array([3, 60000], np.uint16), (0, 65535)),
        (np.array([0, 4095], np.uint16), (0, 4095)),
        (np.array([0.0, 16.0]), (0, 16)),
        (np.array([-2.5, 3.0]), (-2.5, 3.0)),
    ],
)
def test_the_range_follows_from_type_and_values(values, limits):
    assert Range.of(values) == Range(*limits)


def test_values_are_scaled_rounded_and_clipped():
    scaled = Range(0.0, 1.0).to_bytes(np.array([[-0.5, 0.0], [0.5, 1.5]]))
    assert scaled.dtype == np.uint8
    assert scaled.tolist() == [[0, 0], [128, 255]]


def test_bytes_stay_as_they_are():
    images = np.arange(8, dtype=np.uint8).reshape(2, 2, 2)
    assert Range.of(images).to_bytes(images) is images


def test_a_constant_becomes_black():
    assert Range.of(np.full((2, 4), 7.5)).to_bytes(np.full((2, 4), 7.5)).max() == 0


def test_values_of_another_unit_are_an_error():
    with pytest.raises(ArrayError, match="from 0 to 255, those of the training from 0 to 1"):
        Range(0.0, 1.0).to_bytes(np.array([0, 255], np.uint8))


@pytest.mark.parametrize(
    ("shape", "image_shape", "found"),
    [
        ((5, 784), None, (28, 28)),
        ((5, 30), None, (1, 30)),
        ((5, 1), None, (1, 1)),
        ((5, 12), (2, 6), (2, 6)),
        ((5, 12), (2, 2, 3), (2, 2, 3)),
        ((5, 12), (3, 4, 1), (3, 4)),
        ((5, 28, 30), None, (28, 30)),
        ((5, 28, 30, 1), None, (28, 30)),
        ((5, 28, 30, 3), None, (28, 30, 3)),
        ((5, 28, 30), (28, 30), (28, 30)),
    ],
)
def test_the_shape_of_an_image_follows_from_that_of_the_array(shape, image_shape, found):
    assert shape_of(shape, image_shape) == found


@pytest.mark.parametrize(
    ("shape", "image_shape", "message"),
    [
        ((5, 12), (3, 5), "X has 12 features, an image of 3 x 5 has 15"),
        ((5, 3, 32, 32), None, "expected 1, 3 or 4 channels last"),
        ((5, 2, 2, 2, 2), None, "X has the shape (5, 2, 2, 2, 2)"),
        ((5, 28, 28), (14, 14), "the images of X are 28 x 28, image_shape is 14 x 14"),
        ((5, 12), 12, "image_shape is 12, expected"),
        ((5, 12), (3, 2, 2), "image_shape is (3, 2, 2), expected"),
    ],
)
def test_another_shape_is_an_error(shape, image_shape, message):
    with pytest.raises(ArrayError) as caught:
        shape_of(shape, image_shape)
    assert message in str(caught.value)


def test_channels_that_come_first_have_a_remedy():
    with pytest.raises(ArrayError) as caught:
        shape_of((5, 3, 32, 32), None)
    assert "np.moveaxis(X, 1, -1)" in caught.value.hint


def test_what_is_transparent_is_white():
    images = np.array([[[[10, 20, 30, 255], [10, 20, 30, 0]]]], np.uint8)
    assert without_alpha(images).tolist() == [[[[10, 20, 30], [255, 255, 255]]]]
