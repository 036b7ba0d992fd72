"""Shapley values whose true values are known, and properties that hold for any function."""

import itertools
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from kaggle_kit.evaluation.removal.baselines import blurred
from kaggle_kit.evaluation.shapley import (
    BLUE,
    COSINE,
    FEWEST,
    MOST,
    RED,
    ExplanationError,
    ShapleyExplainer,
    heat_colours,
)

SHAPE = (2, 3)


def explainer_of(networks, logits=None, **options):
    """An explainer with black as the baseline: these images are too small to have empty edges."""
    return ShapleyExplainer(networks, logits, baseline=np.zeros_like, **options)


def linear(weights):
    """Logits that are weighted sums of the pixels; `weights` has one row for each class."""
    return lambda images: images.reshape(len(images), -1).astype(np.float32) @ weights.T


@pytest.fixture
def weights():
    return np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)


@pytest.fixture
def full():
    """An image without a pixel of paper."""
    return np.array([[9, 3, 5], [2, 7, 1]], dtype=np.uint8)


@pytest.fixture
def image():
    return np.array([[9, 0, 4], [0, 7, 1]], dtype=np.uint8)


def tangled(images):
    """Logits that depend on all pixels together, and on the largest pixel."""
    flat = images.reshape(len(images), -1).astype(np.float32) / 9
    return np.stack([flat.prod(axis=1) + flat.max(axis=1), np.tanh(flat.sum(axis=1))], axis=1)


def jagged(images):
    """Logits that grow with the ink, up and down: their values need about 40 orders."""
    flat = images.reshape(len(images), -1).astype(np.float32)
    ink = flat.sum(axis=1)
    up, down = 0.1 * ink + np.sin(flat @ np.arange(1, 7)), np.cos(ink) - 0.1 * flat[:, 0]
    return np.stack([up, down], axis=1)


def exact(function, image):
    """Shapley values (classes, pixels) by their definition, over all orders of the pixels."""
    pixels = image.ravel()
    total = np.zeros((function(image[None]).shape[1], pixels.size))
    for order in itertools.permutations(range(pixels.size)):
        shown = np.zeros_like(pixels)
        before = function(shown.reshape(1, *image.shape))[0]
        for pixel in order:
            shown[pixel] = pixels[pixel]
            after = function(shown.reshape(1, *image.shape))[0]
            total[:, pixel] += after - before
            before = after
    return total / math.factorial(pixels.size)


def test_of_a_linear_function_each_pixel_gets_just_what_it_adds(weights, image):
    found = explainer_of([linear(weights)], orders=1)(image[None])
    np.testing.assert_allclose(found.values[0].reshape(4, 6), weights * image.ravel(), rtol=1e-4)
    np.testing.assert_allclose(found.base, 0, atol=1e-6)


def test_with_enough_orders_the_values_are_those_of_the_definition(full):
    found = explainer_of([tangled], orders=300)(full[None])
    np.testing.assert_allclose(found.values[0].reshape(2, 6), exact(tangled, full), atol=0.03)
    assert found.orders[0] == 300


class TestNoise:
    def test_the_standard_error_is_the_true_error(self, full):
        """The two networks differ, and one has more orders; they count the same even so."""
        networks = [jagged, lambda images: tangled(images)[:, ::-1]]
        truth = np.mean([exact(network, full) for network in networks], axis=0)
        errors, shown = [], []
        for seed in range(60):
            found = explainer_of(networks, orders=5, seed=seed)(full[None])
            errors.append(found.values[0].reshape(2, 6) - truth)
            shown.append(found.standard_error[0])
        mean_error = np.mean(errors, axis=0)
        assert np.abs(mean_error).max() < 4 * np.std(errors, axis=0).max() / np.sqrt(60)
        ratio = np.sqrt(np.mean(np.square(shown)) / np.mean(np.square(errors)))
        assert 0.85 < ratio < 1.15

    def test_the_expected_cosine_is_that_with_the_true_values(self, full):
        truth = exact(jagged, full).ravel()
        found = [explainer_of([jagged], orders=12, seed=s)(full[None]) for s in range(30)]
        cosines = [
            one.values.ravel() @ truth / np.linalg.norm(one.values) / np.linalg.norm(truth)
            for one in found
        ]
        expected = np.mean([one.cosine[0] for one in found])
        assert 0.9 < np.mean(cosines) < 0.97
        assert expected == pytest.approx(np.mean(cosines), abs=0.02)

    def test_orders_are_drawn_until_the_values_are_close_to_the_true_ones(self, full, weights):
        easy = explainer_of([linear(weights)])(full[None])
        hard = explainer_of([jagged])(full[None])
        assert easy.orders[0] == 1 + FEWEST
        assert easy.standard_error.max() < 1e-5
        assert FEWEST < hard.orders[0] < MOST
        assert hard.cosine[0] >= COSINE

    def test_orders_have_a_limit(self, full, monkeypatch):
        monkeypatch.setattr("kaggle_kit.evaluation.shapley.MOST", 10)
        assert explainer_of([jagged])(full[None]).orders[0] == 10

    def test_each_network_is_asked(self, full, weights):
        networks = [linear(weights), linear(3 * weights), linear(5 * weights)]
        found = explainer_of(networks, orders=1)(full[None])
        assert found.orders[0] == 4
        expected = 3 * weights * full.ravel()
        np.testing.assert_allclose(found.values[0].reshape(4, 6), expected, rtol=1e-4)

    def test_of_an_empty_image_nothing_is_estimated(self, full):
        found = explainer_of([jagged])(np.zeros_like(full)[None])
        assert found.orders[0] == 0
        assert not found.values.any()
        assert not found.standard_error.any()


def test_the_mean_of_all_networks_is_explained(weights, image):
    networks = [linear(weights), linear(3 * weights)]
    found = explainer_of(networks)(image[None])
    np.testing.assert_allclose(
        found.values[0].reshape(4, 6), 2 * weights * image.ravel(), rtol=1e-4
    )
    np.testing.assert_allclose(found.logits[0], 2 * weights @ image.ravel(), rtol=1e-4)


def test_values_lead_from_the_base_to_the_logits(image):
    images = np.stack([image, image[::-1], np.zeros_like(image)])
    found = explainer_of([tangled, lambda images: 1 + tangled(images)])(images)
    sums = found.base + found.values.sum(axis=(2, 3))
    np.testing.assert_allclose(sums, found.logits, atol=1e-5)
    assert found.values.shape == (3, 2, *SHAPE)
    assert found.gap.max() < 1e-5


def test_pixels_without_ink_have_no_value(image):
    values = explainer_of([tangled])(image[None]).values[0]
    assert not values[:, image == 0].any()
    assert values[:, image > 0].any(axis=0).all()


def test_a_network_that_answers_by_chance_is_refused(image):
    chance = np.random.default_rng(0)
    with pytest.raises(ExplanationError, match=r"misses the logits by [\d.]+% of their range"):
        explainer_of([lambda images: chance.normal(size=(len(images), 3))])(image[None])


def test_a_network_that_answers_with_no_number_is_refused(image):
    with pytest.raises(ExplanationError, match="misses the logits by nan%"):
        explainer_of([lambda images: np.full((len(images), 3), np.nan)])(image[None])


def test_rounded_networks_have_to_add_up_to_the_logits(image):
    """The sums may differ from the logits by a hundredth of the range, which here is 30."""

    def logits(images):
        return np.stack([images.sum(axis=(1, 2)), np.full(len(images), 51)], 1).astype(np.float32)

    def off_by(error):
        return explainer_of([lambda images: logits(images) * (1 + error)], logits)(image[None])

    assert 0.001 < off_by(0.003).gap[0] < 0.01
    np.testing.assert_array_equal(off_by(0.003).logits, logits(image[None]))
    with pytest.raises(ExplanationError, match="misses the logits"):
        off_by(0.03)


def test_the_same_image_has_the_same_explanation_whoever_else_asks(image):
    explainer = explainer_of([tangled], orders=4)
    alone = explainer(image[None]).values
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: explainer(image[None]).values, range(8)))
    for values in together:
        np.testing.assert_array_equal(values, alone)


def test_ink_for_is_red_ink_against_blue_and_the_rest_paper():
    image = np.pad(np.array([[255, 255], [0, 255]], dtype=np.uint8), 1)
    values = np.pad(np.array([[1.0, -1.0], [0.0, 0.0]]), 1)
    for light_or_dark in (image, 255 - image):
        colours = heat_colours(light_or_dark, values)[1:-1, 1:-1]
        assert tuple(colours[0, 0]) == RED
        assert tuple(colours[0, 1]) == BLUE
        assert tuple(colours[1, 0]) == (255, 255, 255)
        assert 150 < colours[1, 1].min() == colours[1, 1].max() < 255  # a shadow of the ink


def test_more_than_all_is_as_strong_as_all():
    image = np.zeros((1, 2), dtype=np.uint8)
    colours = heat_colours(image, np.array([[1.0, 7.0]]))
    assert (colours[0, 0] == colours[0, 1]).all()


COLOURED = np.random.default_rng(3).integers(0, 256, (96, 90, 3), dtype=np.uint8)


def brightnesses(images):
    """The mean of the left half and, for the other class, of the right half in green."""
    halves = images[:, :, :45].mean(axis=(1, 2, 3)), images[:, :, 45:, 1].mean(axis=(1, 2))
    return np.stack(halves, axis=1).astype(np.float32)


class TestPatches:
    """Images with many pixels get a value for each patch."""

    def test_add_up_from_the_blurred_image_to_the_logits(self):
        images = np.stack([COLOURED, COLOURED[::-1]])
        found = ShapleyExplainer([brightnesses], baseline=blurred)(images)
        assert found.side == 8
        assert found.values.shape == (2, 2, 96, 90)
        base = brightnesses(np.stack([blurred(image) for image in images]))
        np.testing.assert_allclose(found.base, base, rtol=1e-5)
        sums = found.base + found.values.sum(axis=(2, 3))
        np.testing.assert_allclose(sums, found.logits, atol=1e-3)

    def test_share_a_value_among_their_pixels(self):
        found = ShapleyExplainer([brightnesses], baseline=np.zeros_like)(COLOURED[None])
        values = found.values[0]
        assert (values[:, 8:16, 16:24] == values[:, 8:9, 16:17]).all()
        patch = COLOURED[8:16, 16:24].sum() / (96 * 45 * 3)
        assert values[0, 8:16, 16:24].sum() == pytest.approx(patch, rel=1e-3)
        np.testing.assert_allclose(values[0, :, 48:], 0, atol=1e-5)

    def test_are_coloured_over_the_image_in_grey(self):
        values = np.zeros((96, 90))
        values[:8, :8], values[:8, 8:16] = 1, -1
        colours = heat_colours(COLOURED, values).astype(int)
        assert colours.shape == (96, 90, 3)
        red, blue = colours[:8, :8].mean((0, 1)), colours[:8, 8:16].mean((0, 1))
        assert red[0] > red[2] + 60
        assert blue[2] > blue[0] + 40
        assert (np.ptp(colours[8:], axis=2) == 0).all()
        assert np.ptp(colours[:8, :8, 0]) > 5, "the image cannot be seen beneath the colour"


def test_ink_on_light_paper_is_explained_from_that_paper():
    """The paper is white, and only ink counts."""
    image = np.full((9, 9), 255, dtype=np.uint8)
    image[3:6, 4] = 20

    def darkness(images):
        dark = (255 - images.astype(np.float32)).sum(axis=(1, 2))
        return np.stack([dark, 0 * dark], axis=1)

    found = ShapleyExplainer([darkness])(image[None])
    assert not found.base.any()
    np.testing.assert_array_equal(np.abs(found.values[0, 0]) > 0, image < 255)
    np.testing.assert_allclose(found.values[0, 0][image < 255], 235, rtol=1e-5)
