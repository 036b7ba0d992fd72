import numpy as np
import pytest
from scipy.special import softmax

from kaggle_kit.evaluation.calibration import (
    Calibration,
    calibrated,
    fit_temperature,
    held_out_temperatures,
    reliability,
)
from kaggle_kit.evaluation.metrics import cross_entropy


@pytest.fixture
def drawn():
    """Logits, and labels that are drawn with the probabilities of these logits."""
    random = np.random.default_rng(0)
    logits = random.normal(scale=2, size=(4000, 3)).astype(np.float32)
    chances = softmax(logits, axis=1).cumsum(axis=1)
    return logits, (random.random((4000, 1)) > chances).sum(axis=1)


def test_rows_are_sorted_by_confidence_and_the_error_is_the_mean_gap():
    """Two rows have 72% confidence, and one is right; two have 78%, and both are right."""
    less, more = np.log(0.72 / 0.28), np.log(0.78 / 0.22)
    logits = np.array([[less, 0], [less, 0], [0, more], [0, more]], dtype=np.float32)
    found = reliability(logits, np.array([0, 1, 1, 1]), bins=10)
    assert found.rows.tolist() == [0, 0, 0, 0, 0, 0, 0, 4, 0, 0]
    assert found.hits[7] == 3
    assert found.confidence[7] == pytest.approx(0.75)
    assert found.error == pytest.approx(0, abs=1e-6)
    finer = reliability(logits, np.array([0, 1, 1, 1]), bins=20)
    assert finer.error == pytest.approx((0.22 + 0.22) / 2, abs=1e-6)


def test_certainty_has_a_bin_and_so_has_doubt():
    logits = np.array([[200, 0], [0, 0]], dtype=np.float32)
    assert reliability(logits, np.array([0, 0]), bins=2).rows.tolist() == [1, 1]


@pytest.mark.parametrize("temperature", [0.25, 1.0, 3.0])
def test_the_temperature_that_spoilt_the_logits_is_found(drawn, temperature):
    logits, labels = drawn
    spoilt = (logits * temperature).astype(np.float32)
    assert fit_temperature(spoilt, labels) == pytest.approx(temperature, rel=0.05)


def test_a_few_mistakes_say_nothing_about_the_temperature(drawn):
    logits, _ = drawn
    labels = logits.argmax(axis=1)
    labels[:4] = logits[:4].argmin(axis=1)
    assert fit_temperature(logits, labels) == 1
    labels[4] = logits[4].argmin()
    assert fit_temperature(logits, labels) < 1


def test_no_fold_has_a_say_in_its_own_temperature(drawn):
    logits, labels = drawn
    folds = np.arange(len(labels)) % 2
    spoilt = np.where(folds[:, None] == 0, 4 * logits, logits).astype(np.float32)
    found = held_out_temperatures(spoilt, labels, folds)
    assert found[folds == 0] == pytest.approx(1, rel=0.1)
    assert found[folds == 1] == pytest.approx(4, rel=0.1)
    other = held_out_temperatures(spoilt, np.where(folds == 0, 0, labels), folds)
    assert (other[folds == 0] == found[folds == 0]).all()


def test_scaling_mends_what_is_too_sure(drawn):
    logits, labels = drawn
    found = Calibration.of(3 * logits, labels, np.arange(len(labels)) % 4)
    assert found.before.error > 0.1
    assert found.after.error < 0.03
    assert found.likelihood_before == pytest.approx(cross_entropy(3 * logits, labels))
    assert found.likelihood_after == pytest.approx(cross_entropy(logits, labels), rel=0.01)
    assert found.before.hits.sum() == found.after.hits.sum()


def test_the_promised_loss_is_that_of_logits_whose_labels_had_no_say(drawn):
    logits, labels = drawn
    folds = np.arange(len(labels)) % 4
    found, temperature = calibrated(3 * logits, labels, folds)
    assert temperature == fit_temperature(3 * logits, labels)
    divisors = held_out_temperatures(3 * logits, labels, folds)[:, None]
    np.testing.assert_allclose(found, 3 * logits / divisors, rtol=1e-6)


def test_logits_stay_as_they_are_where_scaling_does_not_help_out_of_fold(drawn):
    """Each fold wants another temperature, so that of the other fold makes it worse."""
    logits, labels = drawn
    folds = np.arange(len(labels)) % 2
    spoilt = np.where(folds[:, None] == 0, 4 * logits, logits / 4).astype(np.float32)
    found, temperature = calibrated(spoilt, labels, folds)
    assert found is spoilt
    assert temperature == 1
