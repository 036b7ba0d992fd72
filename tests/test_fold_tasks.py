import dataclasses

import numpy as np
import pytest

from kaggle_kit.errors import TrainingError
from kaggle_kit.training.fold_record import Diary, Order, rows_to_train_on
from kaggle_kit.training.fold_task import FoldTask
from kaggle_kit.training.folds import make_folds

LOGS = {"loss": 1.0, "accuracy": 0.5, "learning_rate": 0.001}


@pytest.fixture
def folds(digits):
    return make_folds(digits.labels, 3, seed=0)


@pytest.fixture
def task(competition):
    return FoldTask(competition, "dense", {}, fold=1, epochs=3, seed=7)


def test_an_epoch_shows_no_row_twice_and_the_next_shows_them_in_another_order():
    order = Order(np.arange(100, 200), batch_size=32, seed=0)
    first, second = order.epoch(), order.epoch()
    assert first.shape == (len(order), 32) == (3, 32)
    for epoch in (first, second):
        assert len(np.unique(epoch)) == epoch.size
        assert set(epoch.flat) <= set(range(100, 200))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(Order(np.arange(100, 200), 32, seed=0).epoch(), first)


def test_fewer_rows_than_a_batch_are_one_batch():
    assert Order(np.arange(5), batch_size=32, seed=0).epoch().shape == (1, 5)


@pytest.mark.parametrize("patience", [None, 4])
def test_only_with_early_stopping_some_rows_are_watched_instead_of_trained_on(
    patience, task, digits, folds
):
    diary = Diary(dataclasses.replace(task, patience=patience), digits, folds, lambda _: None)
    held_out = np.flatnonzero(folds == 1)
    np.testing.assert_array_equal(diary.held_out, held_out)
    apart = [diary.training, held_out] if patience is None else [diary.training, diary.watched]
    assert len(np.intersect1d(*apart)) == 0
    if patience is None:
        np.testing.assert_array_equal(diary.watched, held_out)
    else:
        assert len(np.intersect1d(diary.watched, held_out)) == 0
        assert len(diary.watched) == 20
    counted = rows_to_train_on(dataclasses.replace(task, patience=patience), folds)
    assert counted == len(diary.training)
    assert len(np.union1d(diary.training, diary.watched)) == (300 if patience is None else 200)


def test_a_diary_ends_with_the_score_of_the_held_out_rows(task, digits, folds):
    told = []
    diary = Diary(task, digits, folds, told.append)
    right = np.eye(10, dtype=np.float32)[digits.labels[diary.held_out]] * 9
    diary.write(LOGS, right)
    wrong = right.copy()
    wrong[3] = -wrong[3]
    result = diary.result(wrong, b"weights")
    assert [event.accuracy for event in told] == [1.0]
    assert result.mistakes == [diary.held_out[3]]
    assert result.accuracy == 1 - 1 / len(right)
    assert (result.weights, len(result.history)) == (b"weights", 1)


def test_time_runs_out_with_an_epoch_but_not_with_the_last(task, digits, folds):
    diary = Diary(dataclasses.replace(task, seconds=0.0, epochs=2), digits, folds, lambda _: None)
    logits = np.zeros((len(diary.watched), 10), dtype=np.float32)
    diary.write(LOGS, logits)
    assert diary.out_of_time
    diary.write(LOGS, logits)
    assert not diary.out_of_time


def test_the_loss_that_is_no_number_is_named(task, digits, folds):
    diary = Diary(task, digits, folds, lambda _: None)
    logits = np.full((len(diary.watched), 10), np.nan, dtype=np.float32)
    with pytest.raises(TrainingError, match="the loss became nan in epoch 1 of fold 1"):
        diary.write(LOGS, logits)
