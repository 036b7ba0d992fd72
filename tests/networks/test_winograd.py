import jax
import numpy as np
import pytest

from kaggle_kit.networks import winograd

RANDOM = np.random.default_rng(0)


def direct(images, kernel):
    """The convolution in float64, pixel by pixel of the kernel."""
    _, height, width, _ = images.shape
    padded = np.pad(images.astype(float), ((0, 0), (1, 1), (1, 1), (0, 0)))
    return sum(
        padded[:, i : i + height, j : j + width] @ kernel[i, j].astype(float)
        for i in range(3)
        for j in range(3)
    )


@pytest.mark.parametrize("size", [(n, n) for n in winograd.POINTS] + [(7, 8), (5, 4)])
def test_it_is_the_convolution_to_four_digits(size):
    images = RANDOM.normal(size=(16, *size, 24)).astype(np.float32)
    kernel = RANDOM.normal(size=(3, 3, 24, 8)).astype(np.float32)
    expected = direct(images, kernel)
    found = np.asarray(winograd.convolution(images, kernel))
    assert np.sqrt(np.mean((found - expected) ** 2)) < 1e-4 * expected.std()


def test_its_gradients_are_those_of_the_convolution():
    images = RANDOM.normal(size=(16, 7, 7, 24)).astype(np.float32)
    kernel = RANDOM.normal(size=(3, 3, 24, 8)).astype(np.float32)
    wanted = RANDOM.normal(size=(16, 7, 7, 8)).astype(np.float32)
    of_images, of_kernel = jax.vjp(winograd.convolution, images, kernel)[1](wanted)
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    for i in range(3):
        for j in range(3):
            expected = np.tensordot(padded[:, i : i + 7, j : j + 7], wanted, [[0, 1, 2]] * 2)
            np.testing.assert_allclose(of_kernel[i, j], expected, atol=1e-3 * expected.std())
    turned = kernel[::-1, ::-1].swapaxes(2, 3)  # the gradient convolves with the kernel turned
    expected = direct(wanted, turned)
    assert np.sqrt(np.mean((of_images - expected) ** 2)) < 1e-4 * expected.std()


@pytest.mark.parametrize("size", winograd.POINTS)
def test_a_map_has_as_many_points_as_its_size_and_two_more(size):
    of_maps, of_kernel, back = winograd.matrices(size)
    assert of_maps.shape == (size + 2, size)
    assert of_kernel.shape == (size + 2, 3)
    assert back.shape == (size, size + 2)
