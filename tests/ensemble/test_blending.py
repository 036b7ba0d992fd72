"""Weights of runs, found on out-of-fold logits."""

import numpy as np
import pytest

from kaggle_kit.ensemble import blending
from kaggle_kit.ensemble.blending import find_weights, held_out_weights
from kaggle_kit.evaluation.calibration import fit_temperature
from kaggle_kit.evaluation.metrics import cross_entropy

ROWS, CLASSES, FOLDS = 900, 4, 3
LABELS = np.arange(ROWS) % CLASSES
FOLD = np.arange(ROWS) // CLASSES % FOLDS


def noisy(seed, signal):
    logits = np.random.default_rng(seed).normal(size=(ROWS, CLASSES)).astype(np.float32)
    logits[np.arange(ROWS), LABELS] += signal
    return logits


GOOD, WORSE, USELESS = noisy(0, 2.0), noisy(1, 1.0), noisy(2, 0.0)


def loss(parts, weights):
    """The log loss of a blend at the temperature that suits it best."""
    mixed = np.tensordot(np.float32(weights), np.array(parts), axes=1)
    return cross_entropy(mixed / np.float32(fit_temperature(mixed, LABELS)), LABELS)


def test_no_other_weights_have_a_lower_log_loss():
    found = find_weights([GOOD, WORSE], LABELS)
    assert found.sum() == pytest.approx(1)
    assert found[0] > found[1] > 0.1
    others = [loss([GOOD, WORSE], [w, 1 - w]) for w in np.linspace(0, 1, 41)]
    assert loss([GOOD, WORSE], found) <= min(others) + 1e-5


def test_a_run_that_says_nothing_gets_no_weight_and_none_is_negative():
    opposite = -GOOD
    weights = find_weights([GOOD, USELESS, opposite], LABELS)
    assert weights[0] > 0.95
    assert weights[1] < 0.05
    assert weights[2] == 0


def test_it_does_not_matter_how_far_apart_the_logits_of_a_run_are():
    one, other = find_weights([GOOD, WORSE], LABELS)
    small, as_before = find_weights([GOOD / 4, WORSE], LABELS)
    assert small / as_before == pytest.approx(4 * one / other, rel=0.02)


def test_the_weights_for_a_fold_do_not_depend_on_its_labels():
    weights = held_out_weights([GOOD, WORSE], LABELS, FOLD)
    assert weights.shape == (FOLDS, 2)
    wrong = np.where(FOLD == 1, (LABELS + 1) % CLASSES, LABELS)
    others = held_out_weights([GOOD, WORSE], wrong, FOLD)
    np.testing.assert_array_equal(weights[1], others[1])
    assert not np.allclose(weights[0], others[0], atol=1e-3)


def test_runs_without_a_mistake_count_alike_whatever_their_scale():
    sure = 20 * np.eye(CLASSES, dtype=np.float32)[LABELS]
    np.testing.assert_allclose(find_weights([sure, 4 * sure], LABELS), [0.8, 0.2], atol=1e-3)


def test_a_run_without_a_mistake_does_not_suffer_from_one_that_makes_many():
    """Not even where their mean makes so few mistakes that these say little."""
    sure = 4 * np.eye(CLASSES, dtype=np.float32)[LABELS]
    weights = find_weights([sure, WORSE], LABELS)
    assert weights[0] > 0.8
    assert (np.tensordot(weights, [sure, WORSE], axes=1).argmax(axis=1) == LABELS).all()


def test_logits_that_are_all_equal_are_no_reason_to_fail():
    weights = find_weights([np.zeros_like(GOOD), GOOD], LABELS)
    assert np.isfinite(weights).all()
    assert weights.sum() == pytest.approx(1)


def test_many_rows_and_classes_are_read_in_blocks(monkeypatch):
    whole = find_weights([GOOD, WORSE], LABELS)
    monkeypatch.setattr(blending, "CELLS", 1000)
    np.testing.assert_allclose(find_weights([GOOD, WORSE], LABELS), whole, atol=1e-4)
