import numpy as np
import pytest
from layers import seen

from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import Problem
from kaggle_kit.ensemble.export import scribbles
from kaggle_kit.ensemble.plain_keras import as_plain_keras
from kaggle_kit.ensemble.predictor import Predictor
from kaggle_kit.ensemble.shares import Share
from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.colour import Ink, Jitter, Thumbnail
from kaggle_kit.networks.distortion import Augmentation, Distort, Distortion
from kaggle_kit.networks.model import build_model, mirrored, predict_logits

COVER = scribbles(4, (32, 32)) / 255
COLOURS = [((250, 240, 10), (20, 30, 200)), ((9, 9, 9), (90, 90, 90))]


@pytest.mark.parametrize(("paper", "ink"), COLOURS)
def test_ink_is_found_whatever_the_colours_are(paper, ink):
    images = np.array(paper) + (np.array(ink) - np.array(paper)) * COVER[..., None]
    found = seen(Ink(), images.round().astype(np.uint8))
    # Pixels that are half covered make the mean colour of the ink a little paler.
    np.testing.assert_allclose(found, 255 * COVER, atol=20)


def test_a_blank_sheet_has_no_ink():
    assert seen(Ink(), np.full((2, 9, 8, 3), 200, np.uint8)).max() == 0


def test_a_thumbnail_averages_areas():
    images = np.random.default_rng(0).integers(0, 256, (2, 24, 24, 3), dtype=np.uint8)
    expected = images.reshape(2, 12, 2, 12, 2, 3).mean(axis=(2, 4)).reshape(2, -1)
    np.testing.assert_allclose(seen(Thumbnail(), images), expected, rtol=1e-5)


def test_colours_change_while_training_only_and_each_image_by_itself():
    images = np.full((2, 8, 8, 3), (90, 120, 150), np.uint8)
    layer = Jitter(0.4, seed=0)
    assert np.array_equal(seen(layer, images), images)
    changed = keras.ops.convert_to_numpy(layer(images, training=True))
    assert np.abs(changed[0] - changed[1]).max() > 1
    assert 0 <= changed.min() < changed.max() <= 255


def test_about_half_of_the_photographs_are_mirrored_and_the_others_left():
    image = np.random.default_rng(0).integers(0, 256, (1, 8, 10, 3), dtype=np.uint8)
    layer = Distort(Distortion().scaled(0), seed=0, mirror=True, extend=True)
    found = keras.ops.convert_to_numpy(layer(np.repeat(image, 100, axis=0), training=True))
    sides = [np.abs(found - one).max(axis=(1, 2, 3)) < 0.1 for one in (image, mirrored(image))]
    assert (sides[0] ^ sides[1]).all()
    assert 30 < sides[1].sum() < 70


def test_what_comes_in_from_outside_has_the_colour_of_the_border():
    paper = np.full((50, 12, 12, 3), (200, 100, 50), np.uint8)
    (layer,) = Augmentation(1.0).layers(Problem((12, 12, 3), ("a", "b")), seed=0)
    found = keras.ops.convert_to_numpy(layer(paper, training=True))
    np.testing.assert_allclose(found, paper, atol=0.01)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "shape", [(8, 8), (8, 8, 3), (48, 48), (32, 32, 3), (96, 96, 3), (128, 96, 3)]
)
def test_a_network_of_any_shape_is_predicted_and_exported_alike(shape, kind):
    problem = Problem(shape, ("a", "b", "c"), kind=kind)
    network = build_model("dense", {"units": 256, "hidden_layers": 1}, problem)
    images = scribbles(3, shape)
    expected = predict_logits(network, images, mirror=True)
    each = [predict_logits(network, view) for view in (images, mirrored(images))]
    np.testing.assert_allclose(expected, np.mean(each, axis=0), atol=1e-5)
    copy = as_plain_keras({"": network}, shape, {"": Share(mirror=True)})
    np.testing.assert_allclose(predict_logits(copy, images), expected, atol=1e-3)
    assert {type(one).__module__.split(".")[0] for one in copy.operations} == {"keras"}
    few = Predictor([[network]], shape, [Share(mirror=True)])
    np.testing.assert_allclose(few.logits(images), expected, atol=1e-3)
