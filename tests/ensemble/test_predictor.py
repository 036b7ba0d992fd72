import numpy as np
import pytest

from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.predictor import BATCH, Predictor
from kaggle_kit.networks.backend import compiled
from kaggle_kit.networks.bfloat16_dense import has_bfloat16
from kaggle_kit.networks.model import build_model

SMALL = {"units": 256, "hidden_layers": 1}


@pytest.fixture(scope="module")
def committees(problem):
    """Two folds of two networks each; untrained, so that all of them differ."""
    postures = ("as_is", "upright")
    return [
        [build_model("dense", SMALL | {"posture": posture}, problem) for posture in postures]
        for _ in range(2)
    ]


@pytest.fixture(scope="module")
def predictor(committees):
    return Predictor(committees, (28, 28))


def test_it_predicts_what_the_ensemble_does(predictor, committees, digits):
    images = digits.images[: BATCH + 3]
    expected = Ensemble(committees).logits(images)
    np.testing.assert_allclose(predictor.logits(images), expected, atol=1e-4)


def test_it_goes_on_after_keras_has_predicted_with_the_same_networks(predictor, committees, digits):
    before = predictor.logits(digits.images[:3])
    Ensemble(committees).logits(digits.images[:3])
    np.testing.assert_array_equal(predictor.logits(digits.images[:3]), before)


def test_each_fold_is_the_mean_of_its_networks(predictor, committees, digits):
    folds = predictor.fold_logits(digits.images[:5])
    assert folds.shape == (5, 2, 10)
    for number, committee in enumerate(committees):
        expected = Ensemble([committee]).logits(digits.images[:5])
        np.testing.assert_allclose(folds[:, number], expected, atol=1e-4)


def test_the_mean_of_its_networks_is_what_it_predicts(predictor, digits):
    every = [network(digits.images[:5]) for network in predictor.networks]
    assert len(every) == 4
    np.testing.assert_allclose(np.mean(every, axis=0), predictor.logits(digits.images[:5]), 1e-4)


def test_rounded_networks_answer_almost_the_same(predictor, digits):
    images = digits.images[:20]
    for rounded, exact in zip(predictor.rounded_networks, predictor.networks, strict=True):
        logits = exact(images)
        off = np.abs(rounded(images) - logits).max()
        assert off < 0.01 * np.ptp(logits)
        assert (off > 0) == has_bfloat16()


def test_what_is_exact_stays_so_beside_what_is_rounded(predictor, digits):
    before = predictor.logits(digits.images[:5])
    predictor.rounded_networks[0](digits.images[:5])
    np.testing.assert_array_equal(predictor.logits(digits.images[:5]), before)


def test_out_of_fold_each_image_is_judged_by_the_networks_of_its_fold(
    predictor, committees, digits
):
    folds = np.array([1, 0, 0, 1, 0], dtype=np.int8)
    judged = predictor.out_of_fold_logits(digits.images[:5], folds)
    expected = Ensemble(committees).out_of_fold_logits(digits.images[:5], folds)
    np.testing.assert_allclose(judged, expected, atol=1e-4)
    swapped = predictor.out_of_fold_logits(digits.images[:5], 1 - folds)
    assert np.abs(judged - swapped).max() > 0.1


def test_no_image_gives_no_logits(predictor, digits):
    assert predictor.logits(digits.images[:0]).shape == (0, 10)


def test_programs_of_networks_of_one_architecture_differ_by_their_weights(committees, digits):
    images = digits.images[:BATCH]
    first, second = compiled([fold[0] for fold in committees])
    assert np.abs(np.asarray(first(images)) - np.asarray(second(images))).max() > 0.1
