import numpy as np
import pytest
from layers import SHAPES, images, seen
from scipy.ndimage import sobel

from kaggle_kit.networks.gradient_features import (
    COARSE,
    DIRECTIONS,
    FINE,
    HALVING,
    EdgeMaps,
    OrientedGradients,
    SecondGradients,
    as_maps,
    windows,
)


def reference_windows(size, apart=2.8, reach=3.0):
    """The windows as rows, computed in float64 with loops."""
    cells = max(2, round(size / apart))
    centres = [reach / 2 + i * (size - 1 - reach) / (cells - 1) for i in range(cells)]
    heights = [[max(0.0, 1 - abs(p - centre) / reach) for p in range(size)] for centre in centres]
    return np.array([[height / sum(row) for height in row] for row in heights])


def summed(image, **spacing):
    """The sums under the windows along both axes, of shape (rows, columns)."""
    down, across = (reference_windows(size, **spacing) for size in image.shape)
    return down @ image @ across.T


def directed(image, divisor):
    """Sobel gradients split between their two nearest directions: (8, height, width), float64."""
    across, down = (sobel(image, axis, float, mode="constant") / divisor for axis in (1, 0))
    found = np.zeros((DIRECTIONS, *image.shape))
    for y, x in np.ndindex(*image.shape):
        gradient = across[y, x], down[y, x]
        turn = np.arctan2(gradient[1], gradient[0]) % (2 * np.pi) / (np.pi / 4)
        beside = [int(turn) % DIRECTIONS, (int(turn) + 1) % DIRECTIONS]
        angles = np.array(beside) * np.pi / 4
        found[beside, y, x] += np.linalg.solve([np.cos(angles), np.sin(angles)], gradient)
    return found


def reference_gradients(image):
    return np.ravel([summed(parts).T for parts in directed(image, 2)])


def reference_second_gradients(image):
    twice = np.swapaxes([directed(each, 1) for each in halved(directed(image, 2))], 0, 1)
    return np.ravel([[summed(p, apart=7 / 3, reach=2.5).T for p in parts] for parts in twice])


def halved(parts):
    return [summed(each, apart=2, reach=2) for each in parts]


def reference_edge_maps(image):
    return np.moveaxis(halved([*directed(image, 2), image]), 0, -1)


REFERENCES = {
    OrientedGradients: reference_gradients,
    SecondGradients: reference_second_gradients,
    EdgeMaps: reference_edge_maps,
}


def test_as_maps_each_direction_has_the_edges_that_face_it():
    """The image is a block in the upper right: ink increases to the right only at its left edge."""
    pixels = np.zeros((1, 28, 20), dtype=np.float32)
    pixels[0, :14, 10:] = 1
    maps = as_maps(seen(OrientedGradients(), pixels), (28, 20))
    assert maps.shape == (1, DIRECTIONS, 10, 7)
    rightwards = maps[0, 0]
    assert np.unravel_index(rightwards.argmax(), rightwards.shape)[1] in {3, 4}
    assert rightwards[:4].min(axis=0).argmax() in {3, 4}
    assert rightwards[6:].max() == 0
    upwards = maps[0, 6]
    assert np.unravel_index(upwards.argmax(), upwards.shape)[0] in {4, 5}
    assert upwards[:, :2].max() == 0


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("view", REFERENCES)
def test_gradients_agree_with_a_float64_reference_whatever_the_shape(view, shape):
    pixels = images(shape)
    expected = [REFERENCES[view](image.astype(float)) for image in pixels]
    np.testing.assert_allclose(seen(view(), pixels), expected, atol=4e-6)


def test_an_edge_is_seen_in_its_own_direction_alone():
    """Ink that increases to the right has direction 0, downwards 2, to the left 4."""
    ramp = np.tile(np.arange(28, dtype=np.float32) / 28, (28, 1))
    for image, direction in [(ramp, 0), (ramp.T, 2), (ramp[:, ::-1], 4)]:
        maps = seen(OrientedGradients(), image[None]).reshape(DIRECTIONS, 10, 10)
        inside = maps[:, 2:-2, 2:-2]  # where no window reaches the border
        assert np.delete(inside, direction, axis=0).max() < 1e-6
        np.testing.assert_allclose(inside[direction], 4 / 28, rtol=1e-4)


def test_second_gradients_find_where_an_edge_turns_and_nothing_along_a_straight_one():
    corner = np.zeros((28, 28), dtype=np.float32)
    corner[14:, 14:] = 1
    straight = np.zeros((28, 28), dtype=np.float32)
    straight[:, 14:] = 1
    maps = seen(SecondGradients(), np.stack([corner, straight])).reshape(2, 8, 8, 6, 6)
    begins = maps[:, 2, 0]  # where ink to the right begins, going down
    assert begins[1, 1:-1, 1:-1].max() < 1e-6 < begins[0].max()
    column, row = np.unravel_index(begins[0].argmax(), (6, 6))
    assert (column, row) in {(2, 2), (2, 3), (3, 2), (3, 3)}


@pytest.mark.parametrize("size", [*range(1, 33), 100])
@pytest.mark.parametrize("spacing", [FINE, HALVING, COARSE])
def test_every_window_weighs_one_and_every_pixel_is_under_one(spacing, size):
    np.testing.assert_allclose(windows(size, spacing).sum(axis=0), 1, rtol=1e-6)
    assert windows(size, spacing).sum(axis=1).min() > 0
