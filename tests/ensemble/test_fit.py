import dataclasses
import hashlib

import numpy as np
import pandas as pd
import pytest
from remote import kill_yourself

from kaggle_kit.ensemble import fit as fit_module
from kaggle_kit.ensemble.ensemble import Ensemble, load_committee
from kaggle_kit.ensemble.fit import Fit
from kaggle_kit.errors import RunError, TrainingError
from kaggle_kit.training.executors.base import InlineExecutor
from kaggle_kit.training.executors.process_pool import WorkerPool
from kaggle_kit.training.folds import load_folds, make_folds, save_folds
from kaggle_kit.training.task_data import TaskData
from kaggle_kit.training.train_fold import train_fold
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.fit_status import fingerprint, is_fitted, load_evaluation
from kaggle_kit.workspace.storage import read_arrays

BEST = {
    "competition": "digit-recognizer",
    "family": "dense",
    "hyperparameters": {"hidden_layers": 1, "units": 256, "batch_size": 32, "distortion": 0.5},
    "members": [{}],
    "epochs": 6,
    "folds": 2,
    "seed": 5,
}
TWO = BEST | {"members": [{}, {"posture": "upright"}], "epochs": 2}


@pytest.fixture
def folds(digits):
    return make_folds(digits.labels, 2, seed=0)


@pytest.fixture
def test(digits):
    return dataclasses.replace(digits, images=digits.images[:40], labels=None)


@pytest.fixture
def new_fit(run, digits, folds, competition):
    save_folds(run.folds, folds)

    def new(show=lambda _: None, data=digits, best=BEST, executor=None):
        write_json(run.best, best)
        stored = load_folds(run.folds, len(data.images), 2)
        return Fit(run, TaskData(data, stored, competition), executor or InlineExecutor(), show)

    return new


@pytest.fixture
def trainings(monkeypatch):
    """The folds that were really trained, in order; (fold, member) if the member is not 0."""
    trained = []

    def train(task, *arguments):
        result = train_fold(task, *arguments)
        trained.append((task.fold, task.member) if task.member else task.fold)
        return result

    monkeypatch.setattr(fit_module, "train_fold", train)
    return trained


def test_each_row_is_judged_by_the_model_that_did_not_see_it(run, new_fit, test, digits, folds):
    evaluation = new_fit().run(test)
    ensemble = Ensemble.load(run)
    oof = read_arrays(run.oof)
    for fold, committee in enumerate(ensemble.committees):
        alone = Ensemble([committee]).logits(digits.images)
        held_out = folds == fold
        np.testing.assert_allclose(oof["logits"][held_out], alone[held_out], atol=1e-4)
        assert not np.allclose(oof["logits"][~held_out], alone[~held_out], atol=1e-2)
    assert evaluation.accuracy == np.mean(oof["logits"].argmax(axis=1) == digits.labels) > 0.5
    assert not run.views.exists()  # the mirror image of a digit is no digit


@pytest.fixture
def fitted(run, new_fit, test):
    """An ensemble with two networks per fold."""
    new_fit(best=TWO).run(test)
    return Ensemble.load(run)


def test_the_ensemble_is_the_mean_of_its_networks_logits(run, fitted, test, digits, folds):
    """New images get the mean of all networks; training rows the mean of their own fold's."""
    single = [[Ensemble([[m]]).logits(test.images) for m in c] for c in fitted.committees]
    assert np.shape(single)[:2] == (2, 2)
    stored = read_arrays(run.test)["logits"]
    np.testing.assert_allclose(stored, np.mean(single, axis=(0, 1)), atol=1e-4)
    out_of_fold = read_arrays(run.oof)
    for fold, committee in enumerate(fitted.committees):
        held_out = digits.images[folds == fold]
        own = [Ensemble([[model]]).logits(held_out) for model in committee]
        np.testing.assert_allclose(out_of_fold["members"][:, folds == fold], own, atol=1e-4)
        mean = np.mean(own, axis=0)
        np.testing.assert_allclose(out_of_fold["logits"][folds == fold], mean, atol=1e-4)


def test_the_members_of_a_committee_differ_as_best_json_says(run, fitted):
    assert {path.name for path in run.models.glob("*.h5")} == {
        "fold0.weights.h5",
        "fold0.member1.weights.h5",
        "fold1.weights.h5",
        "fold1.member1.weights.h5",
    }
    for first, second in fitted.committees:
        assert ["upright" in {layer.name for layer in m.layers} for m in (first, second)] == [
            False,
            True,
        ]
    history = pd.read_csv(run.history)
    assert sorted(set(map(tuple, history[["fold", "member", "epoch"]].to_numpy().tolist()))) == [
        (fold, member, epoch) for fold in (0, 1) for member in (0, 1) for epoch in (1, 2)
    ]


@pytest.mark.usefixtures("fitted")
def test_what_each_member_predicts_can_be_had_again_without_training(run, new_fit, test, trainings):
    before = read_arrays(run.oof)["members"]
    run.oof.unlink()
    new_fit(best=TWO).run(test)
    assert trainings == []
    np.testing.assert_allclose(read_arrays(run.oof)["members"], before, atol=1e-4)


def test_the_networks_of_one_fold_can_be_loaded_alone(run, fitted, digits):
    alone = Ensemble([load_committee(run, 1)]).logits(digits.images[:9])
    whole = Ensemble([fitted.committees[1]]).logits(digits.images[:9])
    np.testing.assert_allclose(alone, whole, atol=1e-5)


@pytest.mark.usefixtures("fitted")
def test_a_committee_that_lacks_a_member_gets_that_one_alone(run, new_fit, test, trainings):
    run.weights(1, 1).unlink()
    new_fit(best=TWO).run(test)
    assert trainings == [(1, 1)]


def test_a_best_json_of_a_kit_without_committees_is_refused(new_fit):
    old = {key: value for key, value in BEST.items() if key != "members"}
    with pytest.raises(RunError, match=r"best.json is damaged: it has no members") as caught:
        new_fit(best=old)
    assert "`kaggle-kit tune` makes it again" in caught.value.hint


def test_history_has_a_row_for_every_epoch_of_every_fold(run, new_fit, test):
    new_fit().run(test)
    history = pd.read_csv(run.history)
    assert history[["fold", "epoch"]].to_numpy().tolist() == [
        [fold, epoch] for fold in (0, 1) for epoch in range(1, 7)
    ]
    assert list(history.columns) == [
        "fold",
        "member",
        "epoch",
        "loss",
        "accuracy",
        "val_loss",
        "val_accuracy",
        "learning_rate",
        "seconds",
    ]


def test_an_interrupted_fit_trains_only_what_is_missing(run, new_fit, test, monkeypatch, trainings):
    """The predictions are exactly those of a fit that was not interrupted."""
    train = fit_module.train_fold

    def interrupted(task, *arguments):
        if task.fold == 1:
            raise KeyboardInterrupt
        return train(task, *arguments)

    with monkeypatch.context() as pressed:
        pressed.setattr(fit_module, "train_fold", interrupted)
        with pytest.raises(KeyboardInterrupt):
            new_fit().run(test)
    new_fit().run(test)
    assert trainings == [0, 1]
    resumed = digest(read_arrays(run.test)["logits"])
    (run.models / "made_from.json").unlink()
    new_fit().run(test)
    assert trainings == [0, 1, 0, 1]
    assert digest(read_arrays(run.test)["logits"]) == resumed


def digest(array):
    return hashlib.sha256(array.tobytes()).hexdigest()


def test_a_finished_fit_is_known_to_be_done(run, new_fit, test, digits):
    fit = new_fit()
    made_from = fingerprint(run, digits.sha256)
    assert not is_fitted(run, made_from)
    fit.run(test)
    assert is_fitted(run, made_from)
    run.weights(1).unlink()
    assert not is_fitted(run, made_from)


def test_another_best_json_makes_another_ensemble(run, new_fit, test, digits, trainings):
    """The robustness that was measured on the first ensemble is deleted."""
    new_fit().run(test)
    run.robustness.touch()
    changed = new_fit(best=BEST | {"seed": 6})
    assert not is_fitted(run, fingerprint(run, digits.sha256))
    changed.run(test)
    assert trainings == [0, 1, 0, 1]
    assert not run.robustness.exists()


def test_models_of_other_data_are_not_mixed_in(new_fit, test, digits, trainings):
    new_fit().run(test)
    other = dataclasses.replace(digits, sha256="0" * 64)
    new_fit(data=other).run(test)
    assert trainings == [0, 1, 0, 1]


def test_damaged_weights_are_an_error_that_says_what_to_do(run, new_fit, test):
    new_fit().run(test)
    path = run.models / "fold1.weights.h5"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(RunError, match=r"fold1.weights.h5 cannot be loaded") as caught:
        Ensemble.load(run)
    assert "delete it" in caught.value.hint


def test_an_ensemble_that_is_not_there_says_how_to_make_it(run, new_fit):
    new_fit()
    with pytest.raises(RunError, match=r"fold0.weights.h5 is missing") as caught:
        Ensemble.load(run)
    assert "kaggle-kit fit" in caught.value.hint


def test_progress_counts_the_folds_and_rises_to_the_end(new_fit, test):
    told = []
    new_fit(told.append).run(test)
    assert [(progress.fold, progress.epoch) for progress in told] == [
        (fold, epoch) for fold in (1, 2) for epoch in range(1, 7)
    ]
    assert told[-1].fraction == 1.0


@pytest.mark.usefixtures("trainings")
def test_the_evaluation_can_be_read_again_without_a_model(run, new_fit, test):
    evaluation = new_fit().run(test)
    assert load_evaluation(run).fold_accuracies == evaluation.fold_accuracies


def test_two_workers_fit_what_one_does(run, new_fit, test):
    """Only the order of sums differs, because each worker has fewer threads."""
    short = BEST | {"epochs": 2}
    new_fit(best=short).run(test)
    alone = read_arrays(run.test, "logits")["logits"]
    run.made_from.unlink()
    with WorkerPool(2) as pool:
        new_fit(best=short, executor=pool).run(test)
    side_by_side = read_arrays(run.test, "logits")["logits"]
    np.testing.assert_allclose(side_by_side, alone, atol=0.05)
    assert np.ptp(alone) > 1


def test_a_fit_whose_workers_all_die_says_what_to_do_and_goes_on_later(new_fit, test, monkeypatch):
    with monkeypatch.context() as deadly, WorkerPool(2) as pool:
        deadly.setattr(fit_module, "train_fold", kill_yourself)
        with pytest.raises(TrainingError, match="died 3 times at the same task") as caught:
            new_fit(executor=pool).run(test)
    assert "use fewer --workers" in caught.value.hint
    assert len(new_fit().run(test).fold_accuracies) == BEST["folds"]


def test_models_trained_on_other_folds_are_not_judged_as_if_out_of_fold(
    run, new_fit, test, digits, trainings
):
    new_fit().run(test)
    save_folds(run.folds, make_folds(digits.labels, 2, seed=99))
    assert not is_fitted(run, fingerprint(run, digits.sha256))
    new_fit().run(test)
    assert trainings == [0, 1, 0, 1]


@pytest.mark.parametrize("where", ["in a fold", "everywhere"])
def test_a_missing_class_is_no_obstacle(where, run, digits, folds, competition, test):
    """A fold has no 3, which is possible in an adopted run, or the data have no 3 at all."""
    threes = digits.known_labels == 3
    if where == "everywhere":
        kept = ~threes
        parts = {"images": digits.images[kept], "labels": digits.known_labels[kept]}
        digits, folds = dataclasses.replace(digits, **parts), folds[kept]
    else:
        folds = np.where(threes, 1, folds).astype(np.int8)
    write_json(run.best, BEST | {"epochs": 2})
    save_folds(run.folds, folds)
    fit = Fit(run, TaskData(digits, folds, competition), InlineExecutor(), lambda _: None)
    evaluation = fit.run(test)
    assert evaluation.confusion.sum() == len(digits.images)
    assert evaluation.confusion[3].sum() == np.sum(digits.known_labels == 3)
    assert "nan" not in f"{evaluation.text_report}{evaluation.describe()}"


def test_more_time_for_the_search_alone_costs_no_model(run, new_fit, test, digits):
    new_fit().run(test)
    write_json(run.best, BEST | {"plan": {"time_budget": 999}})
    assert is_fitted(run, fingerprint(run, digits.sha256))


def test_a_lost_or_torn_history_is_gathered_again_without_training(run, new_fit, test, trainings):
    new_fit().run(test)
    before = run.history.read_bytes()
    run.history.unlink()
    new_fit().run(test)
    assert run.history.read_bytes() == before
    assert trainings == [0, 1]
