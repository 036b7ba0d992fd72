"""Tests on a CPU, where batching gains no time but computes the same results."""

import dataclasses
from functools import partial

import numpy as np
import pytest

from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.errors import TrainingError
from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.model import build_model, load_weights, predict_logits
from kaggle_kit.training.executors import device_batch as batched
from kaggle_kit.training.executors.base import run_tasks
from kaggle_kit.training.fold_task import FoldTask
from kaggle_kit.training.folds import make_folds
from kaggle_kit.training.train_fold import train_fold

if keras.backend.backend() != "jax":
    pytest.skip("needs JAX", allow_module_level=True)

SMALL = {"view": "pixels", "hidden_layers": 1, "units": 256, "batch_size": 64}
PLAIN = SMALL | {"distortion": 0.0, "batch_norm": False}
EVERY_PART = SMALL | {"dropout": 0.2, "l2": 1e-4, "class_weights": True, "activation": "tanh"}


@pytest.fixture
def folds(digits):
    return make_folds(digits.labels, 3, seed=0)


@pytest.fixture
def tasks():
    """Tasks of two folds; the second has another seed and learning rate."""
    task = FoldTask(DIGITS, "dense", EVERY_PART, fold=0, epochs=2, seed=7, keep_weights=True)
    faster = EVERY_PART | {"learning_rate": 0.006}
    return [task, dataclasses.replace(task, fold=1, member=1, seed=8, hyperparameters=faster)]


def assert_same(result, alone):
    assert (result.fold, result.member) == (alone.fold, alone.member)
    assert result.out_of_time == alone.out_of_time
    assert len(result.history) == len(alone.history)
    for row, other in zip(result.history, alone.history, strict=True):
        del row["seconds"], other["seconds"]
        assert row == pytest.approx(other, rel=0.02, abs=0.02)
    assert result.loss == pytest.approx(alone.loss, rel=0.01)
    assert len(set(result.mistakes) ^ set(alone.mistakes)) <= 2


def test_networks_trained_together_are_those_trained_alone(tasks, digits, folds):
    """All figures, and the logits of every image, are equal up to rounding."""
    together = batched.train_folds(tasks, digits, folds)
    for task, result in zip(tasks, together, strict=True):
        alone = train_fold(task, digits, folds)
        assert_same(result, alone)
        logits = []
        for one in (result, alone):
            model = build_model("dense", EVERY_PART, DIGITS)
            load_weights(model, one.weights)
            logits.append(predict_logits(model, digits.images))
        np.testing.assert_allclose(*logits, atol=0.05)


def test_each_stops_early_by_itself_and_keeps_its_best_weights(tasks, digits, folds):
    """One network soon stops improving. The other learns nothing and stops first."""
    brief, idle = (
        dataclasses.replace(
            task, hyperparameters=PLAIN | {"learning_rate": rate}, patience=2, epochs=10, seed=8
        )
        for task, rate in zip(tasks, (0.01, 0.0), strict=True)
    )
    together = batched.train_folds([brief, idle], digits, folds)
    assert len(together[1].history) == 3
    assert_same(together[0], train_fold(brief, digits, folds))


def test_tasks_of_several_shapes_come_back_in_their_order(tasks, digits, folds):
    longer, shorter = (
        dataclasses.replace(task, hyperparameters=PLAIN, epochs=epochs, keep_weights=False)
        for task, epochs in zip(tasks, (2, 1), strict=True)
    )
    third = dataclasses.replace(longer, fold=2)
    results = batched.train_folds([longer, shorter, third], digits, folds)
    assert [(one.fold, len(one.history)) for one in results] == [(0, 2), (1, 1), (2, 2)]


def test_a_network_that_goes_on_and_one_whose_time_is_up_are_as_alone(tasks, digits, folds):
    first, second = (
        dataclasses.replace(task, hyperparameters=PLAIN, epochs=3, patience=5) for task in tasks
    )
    before = train_fold(first, digits, folds).weights
    going_on = dataclasses.replace(first, start=before)
    timed_out = dataclasses.replace(second, seconds=0.0)
    results = batched.train_folds([going_on, timed_out], digits, folds)
    assert [len(result.history) for result in results] == [3, 1]
    assert [result.out_of_time for result in results] == [False, True]
    assert_same(results[0], train_fold(going_on, digits, folds))
    assert_same(results[1], train_fold(timed_out, digits, folds))


def test_folds_that_differ_by_a_row_are_one_program(tasks, digits):
    folds = make_folds(digits.labels, 7, seed=0)
    sizes = np.bincount(folds)
    assert len(set(sizes)) == 2
    same = [dataclasses.replace(tasks[0], fold=int(f)) for f in (sizes.argmin(), sizes.argmax())]
    assert len({batched._shape(task, folds) for task in same}) == 1
    results = batched.train_folds(
        [dataclasses.replace(t, hyperparameters=PLAIN, epochs=1) for t in same], digits, folds
    )
    assert [result.history[0]["epoch"] for result in results] == [1, 1]


def test_what_is_trained_is_handed_on_before_another_shape_is(tasks, digits, folds):
    """A finished network is kept if a later one fails."""
    first, second = (dataclasses.replace(t, hyperparameters=PLAIN, epochs=1) for t in tasks)
    broken = dataclasses.replace(
        second, hyperparameters=PLAIN | {"learning_rate": float("nan")}, epochs=2
    )
    calls = [partial(train_fold, task, digits, folds) for task in (first, broken, first)]
    results = run_tasks(batched.BatchExecutor(3), calls)
    assert [next(results).fold for _ in range(2)] == [0, 0]
    with pytest.raises(TrainingError, match="the loss became nan in epoch 1 of fold 1"):
        next(results)


def test_the_executor_trains_what_waits_together_and_tells_of_each_epoch(
    tasks, digits, folds, monkeypatch
):
    """The executor is used as in search and ensemble. Other calls run immediately."""
    batches, told = [], []

    def train(tasks, *arguments):
        batches.append([task.fold for task in tasks])
        return batched_train_folds(tasks, *arguments)

    batched_train_folds = batched.train_folds
    monkeypatch.setattr(batched, "train_folds", train)
    plain = [
        dataclasses.replace(t, hyperparameters=PLAIN, epochs=1, fold=i)
        for i, t in enumerate([*tasks, tasks[0]])
    ]
    executor = batched.BatchExecutor(2)
    calls = (partial(train_fold, task, digits, folds) for task in plain)
    results = list(run_tasks(executor, calls, told.append))
    assert batches == [[0, 1], [2]]
    assert sorted(result.fold for result in results) == [0, 1, 2]
    assert [event.fold for event in told] == [0, 1, 2]
    assert executor.submit(max, 1, 2).result() == 2
