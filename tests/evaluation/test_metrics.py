import numpy as np
import pytest

from kaggle_kit.evaluation.metrics import (
    accuracy,
    cross_entropy,
    evaluate,
    hardest_pairs,
    least_probability,
    standard_error,
)

LABELS = np.array([0, 1, 2, 2])
LOGITS = np.array([[2, 0, 0], [2, 0, 0], [0, 0, 2], [0, 0, 2]], dtype=np.float32)


def test_accuracy_is_the_share_of_right_rows():
    assert accuracy(LOGITS, LABELS) == 0.75


def test_cross_entropy_of_even_odds_is_the_logarithm_of_the_classes():
    assert cross_entropy(np.zeros((4, 3), dtype=np.float32), LABELS) == pytest.approx(np.log(3))


def test_cross_entropy_survives_large_logits():
    logits = np.array([[1e4, 0]], dtype=np.float32)
    assert cross_entropy(logits, np.array([1])) == pytest.approx(1e4)


def test_two_of_a_hundred_answers_are_less_clear_than_the_least_probability():
    logits = np.zeros((100, 3), dtype=np.float32)
    logits[:, 0] = np.linspace(0, 5, 100)
    clearest = np.exp(logits[:, 0]) / (np.exp(logits[:, 0]) + 2)
    assert (clearest < least_probability(logits)).sum() == 2


def test_the_standard_error_is_that_of_the_mean():
    assert standard_error([1.0, 2.0, 3.0, 4.0]) == pytest.approx(np.sqrt(5 / 3) / 2)
    assert standard_error([1.0]) == 0.0


def test_an_evaluation_judges_each_fold_by_itself():
    evaluation = evaluate(LOGITS, LABELS, np.array([0, 0, 1, 1]))
    assert evaluation.accuracy == 0.75
    assert evaluation.fold_accuracies == [0.5, 1.0]
    assert (evaluation.mean, evaluation.std) == (0.75, pytest.approx(np.sqrt(0.125)))
    assert evaluation.confusion.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 2]]
    assert evaluation.pairs == [(1, 0, 1)]


def test_hardest_pairs_come_most_frequent_first_and_leave_out_the_right_ones():
    confusion = np.array([[90, 2, 0], [5, 80, 1], [0, 0, 70]])
    assert hardest_pairs(confusion, count=2) == [(1, 0, 5), (0, 1, 2)]
