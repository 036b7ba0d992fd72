import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import cohen_kappa_score, log_loss

from kaggle_kit.evaluation.verdict import judge

RNG = np.random.default_rng(0)
ROWS = 2000
LABELS = RNG.integers(0, 4, ROWS)
FOLDS = np.arange(ROWS) % 4
# Logits of an ordered scale, far too sure of themselves.
LOGITS = (-4 * (LABELS[:, None] + RNG.normal(0, 0.8, (ROWS, 1)) - np.arange(4)) ** 2).astype("f4")


def test_accuracy_takes_the_largest_logit():
    found = judge(LOGITS, LABELS, FOLDS, metric="accuracy")

    np.testing.assert_array_equal(found.labels(LOGITS), LOGITS.argmax(axis=1))
    assert found.temperature == 1.0
    assert found.evaluation.score == np.mean(LOGITS.argmax(axis=1) == LABELS)


def test_the_log_loss_is_that_of_probabilities_calibrated_on_the_other_folds():
    found = judge(LOGITS, LABELS, FOLDS, metric="log_loss")

    assert found.temperature > 1.5
    plain = log_loss(LABELS, softmax(LOGITS.astype(float), axis=1))
    scaled = log_loss(LABELS, found.probabilities(LOGITS))
    assert -found.evaluation.score == pytest.approx(scaled, rel=0.01)
    assert scaled < 0.8 * plain


def test_kappa_is_that_of_the_labels_that_are_submitted():
    found = judge(LOGITS, LABELS, FOLDS, metric="quadratic_kappa")

    submitted = cohen_kappa_score(LABELS, found.labels(LOGITS), weights="quadratic")
    assert found.evaluation.score == pytest.approx(submitted, abs=0.01)
