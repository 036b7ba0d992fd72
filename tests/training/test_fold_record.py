import dataclasses

import numpy as np
import pytest

from kaggle_kit.competition.description import Metric
from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.errors import TrainingError
from kaggle_kit.evaluation.significance import Evidence
from kaggle_kit.training.fold_record import BatchOrder, FoldRecord, rows_to_train_on
from kaggle_kit.training.fold_task import FoldTask
from kaggle_kit.training.folds import make_folds

LOGS = {"loss": 1.0, "accuracy": 0.5, "learning_rate": 0.001}


@pytest.fixture
def folds(digits):
    return make_folds(digits.labels, 3, seed=0)


@pytest.fixture
def task():
    return FoldTask(DIGITS, "dense", {}, fold=1, epochs=3, seed=7)


def test_an_epoch_shows_no_row_twice_and_the_next_shows_them_in_another_order():
    order = BatchOrder(np.arange(100, 200), batch_size=32, seed=0)
    first, second = order.epoch(), order.epoch()
    assert first.shape == (len(order), 32) == (3, 32)
    for epoch in (first, second):
        assert len(np.unique(epoch)) == epoch.size
        assert set(epoch.flat) <= set(range(100, 200))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(BatchOrder(np.arange(100, 200), 32, seed=0).epoch(), first)


def test_fewer_rows_than_a_batch_are_one_batch():
    assert BatchOrder(np.arange(5), batch_size=32, seed=0).epoch().shape == (1, 5)


@pytest.mark.parametrize("patience", [None, 4])
def test_only_with_early_stopping_some_rows_are_watched_instead_of_trained_on(
    patience, task, digits, folds
):
    record = FoldRecord(dataclasses.replace(task, patience=patience), digits, folds, lambda _: None)
    held_out = np.flatnonzero(folds == 1)
    np.testing.assert_array_equal(record.held_out, held_out)
    apart = (
        [record.training, held_out] if patience is None else [record.training, record.validation]
    )
    assert len(np.intersect1d(*apart)) == 0
    if patience is None:
        np.testing.assert_array_equal(record.validation, held_out)
    else:
        assert len(np.intersect1d(record.validation, held_out)) == 0
        assert len(record.validation) == 20
    counted = rows_to_train_on(dataclasses.replace(task, patience=patience), folds)
    assert counted == len(record.training)
    assert len(np.union1d(record.training, record.validation)) == (300 if patience is None else 200)


def test_a_diary_ends_with_the_score_of_the_held_out_rows(task, digits, folds):
    told = []
    record = FoldRecord(task, digits, folds, told.append)
    right = np.eye(10, dtype=np.float32)[digits.labels[record.held_out]] * 9
    record.write(LOGS, right)
    wrong = right.copy()
    wrong[3] = -wrong[3]
    result = record.result(wrong, b"weights")
    assert [event.accuracy for event in told] == [1.0]
    assert result.mistakes == [record.held_out[3]]
    assert result.accuracy == 1 - 1 / len(right)
    assert result.evidence == Evidence(result.accuracy, result.mistakes)
    assert (result.weights, len(result.history)) == (b"weights", 1)


def test_the_score_is_that_of_the_problems_metric(task, digits, folds):
    problem = dataclasses.replace(task.problem, metric=Metric.MAP_AT_K, k=2)
    task = dataclasses.replace(task, problem=problem)
    record = FoldRecord(task, digits, folds, lambda _: None)
    labels = digits.labels[record.held_out]
    logits = np.eye(10, dtype=np.float32)[labels]
    logits[0, (labels[0] + 1) % 10] = 2
    result = record.result(logits, None)
    assert result.evidence.row_values.tolist() == [0.5, *[1] * (len(labels) - 1)]
    assert result.evidence.score == pytest.approx(1 - 0.5 / len(labels))


def test_time_runs_out_with_an_epoch_but_not_with_the_last(task, digits, folds):
    record = FoldRecord(
        dataclasses.replace(task, seconds=0.0, epochs=2), digits, folds, lambda _: None
    )
    logits = np.zeros((len(record.validation), 10), dtype=np.float32)
    record.write(LOGS, logits)
    assert record.out_of_time
    record.write(LOGS, logits)
    assert not record.out_of_time


def test_the_loss_that_is_no_number_is_named(task, digits, folds):
    record = FoldRecord(task, digits, folds, lambda _: None)
    logits = np.full((len(record.validation), 10), np.nan, dtype=np.float32)
    with pytest.raises(TrainingError, match="the loss became nan in epoch 1 of fold 1"):
        record.write(LOGS, logits)
