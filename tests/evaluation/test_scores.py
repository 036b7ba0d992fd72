import numpy as np
import pytest
from scipy.special import softmax
from sklearn import metrics

from kaggle_kit.competition.description import ANSWERS, Answer, Metric
from kaggle_kit.evaluation.scores import (
    METRICS,
    greater_is_better,
    in_words,
    label_score,
    row_values,
    score,
    shown,
)

BY_ROWS = ["accuracy", "log_loss", "map_at_k"]


def drawn(classes, rows=500, seed=0):
    """Logits and labels that agree more often than by chance."""
    random = np.random.default_rng(seed)
    labels = random.integers(classes, size=rows)
    logits = random.normal(size=(rows, classes)) + 1.5 * np.eye(classes)[labels]
    return logits.astype(np.float32), labels


def test_every_metric_of_a_description_can_be_scored():
    assert list(METRICS) == [metric.value for metric in Metric]
    for metric in Metric:
        assert METRICS[metric].of_labels == (ANSWERS[metric] == {Answer.LABEL})
        assert -2 < score(metric, *drawn(4), k=2) < 1


def test_a_metric_that_is_not_known_is_named_with_those_that_are():
    with pytest.raises(ValueError, match="the metric rmse is not known; use one of accuracy, "):
        score("rmse", *drawn(3))
    with pytest.raises(ValueError, match="labels cannot be scored by auc"):
        label_score("auc", np.array([0]), np.array([0]))


@pytest.mark.parametrize("classes", [2, 5])
def test_scores_are_those_of_scikit_learn(classes):
    logits, labels = drawn(classes)
    given, chances = logits.argmax(axis=1), softmax(logits.astype(np.float64), axis=1)
    ranked = chances[:, 1] if classes == 2 else chances
    truth = {
        "accuracy": metrics.accuracy_score(labels, given),
        "macro_f1": metrics.f1_score(labels, given, average="macro"),
        "log_loss": -metrics.log_loss(labels, chances),
        "auc": metrics.roc_auc_score(labels, ranked, multi_class="ovr", average="macro"),
        "quadratic_kappa": metrics.cohen_kappa_score(labels, given, weights="quadratic"),
    }
    for metric, value in truth.items():
        assert score(metric, logits, labels) == pytest.approx(value, abs=1e-9), metric
    # If all classes are ranked, the mean of the reciprocal ranks is scikit-learn's LRAP.
    one_hot = np.eye(classes)[labels]
    ranking = metrics.label_ranking_average_precision_score(one_hot, logits)
    assert score("map_at_k", logits, labels, k=classes) == pytest.approx(ranking)


def test_the_precision_of_the_k_best_is_one_over_the_rank_of_the_label():
    logits = np.array([[3, 2, 1], [3, 2, 1], [3, 2, 1], [1, 1, 1]], dtype=np.float32)
    labels = np.array([0, 1, 2, 1])
    assert row_values("map_at_k", logits, labels, k=2).tolist() == [1, 0.5, 0, 0.5]
    assert score("map_at_k", logits, labels, k=1) == 0.25
    assert row_values("map_at_k", logits, labels, k=9).tolist() == [1, 0.5, 1 / 3, 0.5]


def test_losses_are_stored_negated_and_shown_as_kaggle_does():
    assert [m for m in METRICS if not greater_is_better(m)] == ["log_loss"]
    logits, labels = np.zeros((4, 3), np.float32), np.array([0, 1, 2, 2])
    assert score("log_loss", logits, labels) == pytest.approx(-np.log(3))
    assert shown("log_loss", score("log_loss", logits, labels)) == pytest.approx(np.log(3))
    assert shown("log_loss", shown("log_loss", 0.25)) == 0.25
    assert f"{shown('log_loss', 0.0):.1f}" == "0.0"
    assert shown("auc", 0.75) == 0.75


def test_an_impossible_label_costs_as_much_as_at_kaggle():
    logits = np.array([[1e4, 0], [1e4, 0]], dtype=np.float32)
    assert row_values("log_loss", logits, np.array([1, 0])) == pytest.approx([np.log(1e-15), 0])


@pytest.mark.parametrize("metric", METRICS)
def test_the_score_is_the_mean_of_the_rows_where_rows_have_values(metric):
    logits, labels = drawn(4)
    values = row_values(metric, logits, labels, k=2)
    assert (values is not None) == (metric in BY_ROWS)
    if values is not None:
        assert values.mean() == score(metric, logits, labels, k=2)


def test_a_column_without_rows_is_left_out_of_the_auc():
    logits, labels = drawn(3)
    some = labels != 2
    chances = softmax(logits[some].astype(np.float64), axis=1)
    areas = [metrics.roc_auc_score(labels[some] == c, chances[:, c]) for c in (0, 1)]
    assert score("auc", logits[some], labels[some]) == pytest.approx(np.mean(areas))


def test_a_class_without_rows_counts_for_macro_f1_only_if_it_was_predicted():
    labels = np.array([0, 0, 1, 1])
    assert label_score("macro_f1", labels, labels) == 1
    assert label_score("macro_f1", np.array([0, 0, 1, 2]), labels) == pytest.approx(
        (1 + 2 / 3 + 0) / 3
    )


def test_grades_without_rows_still_lie_between_the_others():
    """The grades 0 and 2 are two apart, although nobody has grade 1."""
    labels, given = np.array([0, 0, 2, 3, 3]), np.array([0, 2, 2, 3, 0])
    truth = metrics.cohen_kappa_score(labels, given, weights="quadratic", labels=range(4))
    assert label_score("quadratic_kappa", given, labels) == pytest.approx(truth)
    squeezed = metrics.cohen_kappa_score(labels, given, weights="quadratic")
    assert truth != pytest.approx(squeezed)


@pytest.mark.parametrize(("metric", "chance"), [("auc", 0.5), ("quadratic_kappa", 0)])
def test_a_score_that_is_undefined_is_that_of_chance(metric, chance):
    logits = np.tile(np.float32([2, 1]), (5, 1))
    assert score(metric, logits, np.zeros(5, int)) == chance


def test_metrics_have_names_for_people():
    assert [in_words(metric, k=5) for metric in ("auc", "map_at_k")] == ["AUC", "MAP@5"]


def test_many_classes_are_scored_block_by_block(monkeypatch):
    logits, labels = drawn(7)
    whole = score("log_loss", logits, labels)
    monkeypatch.setattr("kaggle_kit.evaluation.scores.CELLS", 50)
    assert score("log_loss", logits, labels) == whole
