import dataclasses
import io
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import h5py
import numpy as np
import pytest

from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.errors import DataError, TrainingError
from kaggle_kit.networks.model import build_model, predict_logits
from kaggle_kit.training.fold_task import FoldTask
from kaggle_kit.training.folds import make_folds
from kaggle_kit.training.train_fold import train_fold

SMALL = {"hidden_layers": 1, "units": 256, "batch_size": 64, "learning_rate": 0.005}
PLAIN = SMALL | {"distortion": 0.0, "batch_norm": False}


@pytest.fixture
def folds(digits):
    return make_folds(digits.labels, 3, seed=0)


@pytest.fixture
def task():
    return FoldTask(DIGITS, "dense", PLAIN, fold=1, epochs=3, seed=7, keep_weights=True)


def test_a_network_learns_and_is_scored_on_the_rows_held_out(task, digits, folds, tmp_path):
    """The returned weights, loaded into a new network, give exactly the reported score."""
    result = train_fold(dataclasses.replace(task, epochs=8), digits, folds)
    assert result.accuracy > 0.7
    losses = [row["loss"] for row in result.history]
    assert losses[-1] < 0.5 * losses[0]
    held_out = folds == 1
    path = tmp_path / "model.weights.h5"
    path.write_bytes(result.weights)
    model = build_model("dense", PLAIN, task.problem)
    model.load_weights(path)
    wrong = predict_logits(model, digits.images).argmax(axis=1) != digits.labels
    assert np.mean(~wrong[held_out]) == result.accuracy
    assert result.mistakes == np.flatnonzero(wrong & held_out).tolist() != []


def test_the_held_out_labels_steer_nothing(task, digits, folds):
    """With and without early stopping, other held-out labels change only the score."""
    wrong = digits.labels.copy()
    wrong[folds == 1] = (wrong[folds == 1] + 1) % 10
    lied_to = dataclasses.replace(digits, labels=wrong)
    for patience in (None, 1):
        patient = dataclasses.replace(task, patience=patience, epochs=5)
        honest, deceived = (train_fold(patient, d, folds) for d in (digits, lied_to))
        assert weights(honest) == weights(deceived)
        assert honest.accuracy != deceived.accuracy


def test_a_class_of_which_one_row_is_left_to_train_on_is_no_obstacle(task, digits, folds):
    """The validation rows may then contain no row of that class."""
    rare = np.flatnonzero((digits.known_labels == 3) & (folds != 1))[1:]
    kept = np.setdiff1d(np.arange(len(digits.images)), rare)
    parts = {"images": digits.images[kept], "labels": digits.known_labels[kept]}
    patient = dataclasses.replace(task, patience=1, epochs=1)
    result = train_fold(patient, dataclasses.replace(digits, **parts), folds[kept])
    assert len(result.history) == 1


def weights(result):
    """The arrays by name; the bytes of the file cannot be compared, because they contain times."""
    found = {}
    with h5py.File(io.BytesIO(result.weights)) as stored:
        stored.visititems(
            lambda name, item: (
                found.update({name: item[()].tobytes()}) if isinstance(item, h5py.Dataset) else None
            )
        )
    return found


def test_a_task_gives_the_same_in_a_fresh_process(task, digits, folds):
    """A task depends on no shared memory and no globals; other executors rely on this."""
    distorted = dataclasses.replace(task, hyperparameters=SMALL)
    here = train_fold(distorted, digits, folds)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        there = pool.submit(train_fold, distorted, digits, folds).result()
    assert weights(here) == weights(there)
    assert here.accuracy == there.accuracy


def test_a_task_and_its_result_pickle(task, digits, folds):
    assert pickle.loads(pickle.dumps(task)) == task
    result = train_fold(dataclasses.replace(task, epochs=1), digits, folds)
    assert pickle.loads(pickle.dumps(result)) == result


def test_training_goes_on_from_the_weights_it_is_given(task, digits, folds):
    """With a learning rate of almost 0, the network knows only what it learned before."""
    before = train_fold(task, digits, folds)
    standing = task.hyperparameters | {"learning_rate": 1e-12}
    more = dataclasses.replace(task, hyperparameters=standing, epochs=1, start=before.weights)
    after = train_fold(more, digits, folds)
    assert after.mistakes == before.mistakes
    assert after.loss == pytest.approx(before.loss, rel=1e-5)
    fresh = train_fold(dataclasses.replace(more, start=None), digits, folds)
    assert fresh.accuracy < before.accuracy


def test_a_member_of_a_committee_is_told_apart_wherever_it_goes(task, digits, folds):
    events = []
    second = dataclasses.replace(task, member=1, epochs=1)
    result = train_fold(second, digits, folds, events.append)
    assert [result.member, events[0].member, result.history[0]["member"]] == [1, 1, 1]


def test_the_seed_decides_the_weights(task, digits, folds):
    first, other = (
        train_fold(dataclasses.replace(task, seed=seed), digits, folds) for seed in (7, 8)
    )
    assert weights(first) != weights(other)


def test_training_stops_early_and_keeps_the_best_weights(task, digits, folds):
    """The learning rate is so high that the loss soon rises."""
    wild = PLAIN | {"learning_rate": 0.01, "weight_decay": 0.0001, "hidden_layers": 3}
    patient = dataclasses.replace(task, hyperparameters=wild, epochs=60, patience=2)
    result = train_fold(patient, digits, folds)
    assert len(result.history) < 60
    best = min(row["val_loss"] for row in result.history)
    assert [row["val_loss"] for row in result.history].index(best) == len(result.history) - 3


def test_when_time_is_up_training_ends_with_the_epoch(task, digits, folds):
    result = train_fold(dataclasses.replace(task, seconds=0.0), digits, folds)
    assert len(result.history) == 1
    assert result.out_of_time


def test_the_first_epoch_is_timed_without_compiling(task, digits, folds):
    several = train_fold(dataclasses.replace(task, epochs=1), digits, folds)
    assert 0 < several.first_epoch < 0.5 * several.history[0]["seconds"]
    values = PLAIN | {"batch_size": 512}  # more than the 200 rows to train on
    one_step = dataclasses.replace(task, epochs=1, hyperparameters=values)
    assert train_fold(one_step, digits, folds).first_epoch == 0


def test_each_epoch_is_told(task, digits, folds):
    events = []
    result = train_fold(task, digits, folds, events.append)
    assert [(event.fold, event.epoch, event.epochs) for event in events] == [
        (1, 1, 3),
        (1, 2, 3),
        (1, 3, 3),
    ]
    assert [event.accuracy for event in events] == [row["val_accuracy"] for row in result.history]


def test_the_rate_warms_up_and_falls(task, digits, folds):
    rates = [row["learning_rate"] for row in train_fold(task, digits, folds).history]
    assert rates[0] == pytest.approx(PLAIN["learning_rate"], rel=0.05)
    assert rates[0] > rates[1] > rates[2]
    assert rates[2] < 0.02 * PLAIN["learning_rate"]


def test_a_loss_that_is_not_a_number_is_an_error(task, digits, folds):
    broken = dataclasses.replace(task, hyperparameters=PLAIN | {"learning_rate": float("nan")})
    with pytest.raises(TrainingError, match="the loss became nan in epoch 1 of fold 1"):
        train_fold(broken, digits, folds)


@pytest.mark.parametrize(
    "part",
    [
        {"class_weights": True},
        {"optimizer": "adam", "l2": 1e-4},
        {"activation": "tanh", "dropout": 0.3, "batch_norm": True},
        {"batch_size": 512},
    ],
)
def test_every_part_of_the_recipe_trains(part, task, digits, folds):
    result = train_fold(
        dataclasses.replace(task, hyperparameters=PLAIN | part, epochs=4), digits, folds
    )
    assert result.history[-1]["loss"] < result.history[0]["loss"]


def test_images_without_labels_cannot_be_trained_on(task, digits, folds):
    with pytest.raises(DataError, match="no labels"):
        train_fold(task, dataclasses.replace(digits, labels=None), folds)


def test_predictions_do_not_depend_on_how_many_are_asked_for(task, digits):
    model = build_model("dense", PLAIN, task.problem)
    together = predict_logits(model, digits.images)
    assert together.shape == (300, 10)
    np.testing.assert_allclose(predict_logits(model, digits.images[:7]), together[:7], atol=1e-5)
