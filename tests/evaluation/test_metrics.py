import numpy as np
import pytest
from scipy.sparse import csr_array

from kaggle_kit.evaluation.metrics import (
    accuracy,
    cross_entropy,
    evaluate,
    hardest_pairs,
    least_probability,
    standard_error,
)
from kaggle_kit.evaluation.scores import score, shown

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


@pytest.mark.parametrize("metric", ["log_loss", "macro_f1"])
def test_another_metric_is_evaluated_by_fold_and_described_as_kaggle_shows_it(metric):
    folds = np.array([0, 1, 0, 1])
    found = evaluate(LOGITS, LABELS, folds, metric=metric)
    assert found.score == score(metric, LOGITS, LABELS)
    by_fold = [score(metric, LOGITS[folds == fold], LABELS[folds == fold]) for fold in (0, 1)]
    assert found.fold_scores == by_fold
    whole, mean = (shown(metric, value) for value in (found.score, np.mean(by_fold)))
    spread = np.std(by_fold, ddof=1)
    assert found.describe().startswith(f"{whole:.4f} ({mean:.4f} ± {spread:.4f}, mean ± std")
    assert found.accuracy == 0.75


def test_labels_that_were_decided_otherwise_are_evaluated_instead():
    found = evaluate(LOGITS, LABELS, np.array([0, 0, 1, 1]), metric="macro_f1", predicted=LABELS)
    assert (found.score, found.accuracy, found.fold_scores) == (1, 1, [1, 1])
    assert found.pairs == []


def test_the_report_has_the_names_of_the_classes():
    found = evaluate(LOGITS, LABELS, np.array([0, 0, 1, 1]), names=["cat", "dog", "horse"])
    assert [line.split()[0] for line in found.text_report.splitlines()[2:5]] == [
        "cat",
        "dog",
        "horse",
    ]


def test_thousands_of_classes_are_counted_without_a_matrix_of_all_pairs():
    labels = np.arange(3000)
    logits = np.zeros((3000, 3000), np.float32)
    logits[labels, (labels // 2) * 2] = 1
    found = evaluate(logits, labels, labels % 2, metric="map_at_k", k=5)
    assert found.counts.nnz == 3000
    assert found.pairs[:2] == [(1, 0, 1), (3, 2, 1)]
    assert found.score == pytest.approx(score("map_at_k", logits, labels, k=5))


def test_hardest_pairs_come_most_frequent_first_and_leave_out_the_right_ones():
    confusion = np.array([[90, 2, 0], [5, 80, 1], [0, 0, 70]])
    assert hardest_pairs(confusion, count=2) == [(1, 0, 5), (0, 1, 2)]
    assert hardest_pairs(csr_array(confusion)) == [(1, 0, 5), (0, 1, 2), (1, 2, 1)]
