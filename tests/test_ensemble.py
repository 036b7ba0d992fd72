import dataclasses
import hashlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd
import pytest

from kaggle_kit import ensemble as ensemble_module
from kaggle_kit.ensemble import Ensemble, Fit
from kaggle_kit.errors import RunError
from kaggle_kit.executor import InlineExecutor
from kaggle_kit.files import write_json
from kaggle_kit.fitted import fingerprint, is_fitted, load_evaluation
from kaggle_kit.folds import load_folds, make_folds, save_folds
from kaggle_kit.presets import SearchPlan
from kaggle_kit.runs import read_arrays
from kaggle_kit.search import CrossValSearch
from kaggle_kit.training import train_fold
from kaggle_kit.trials import best_json

BEST = {
    "competition": "digit-recognizer",
    "family": "dense",
    "hyperparameters": {"hidden_layers": 1, "units": 256, "batch_size": 32, "distortion": 0.5},
    "epochs": 6,
    "folds": 2,
    "seed": 5,
}


@pytest.fixture
def folds(digits):
    return make_folds(digits.labels, 2, seed=0)


@pytest.fixture
def test(digits):
    return dataclasses.replace(digits, images=digits.images[:40], labels=None)


@pytest.fixture
def new_fit(run, digits, folds, competition):
    save_folds(run.folds, folds)

    def new(show=lambda _: None, data=digits, best=BEST):
        write_json(run.best, best)
        stored = load_folds(run.folds, len(data.images), 2)
        return Fit(run, (data, stored, competition), InlineExecutor(), show)

    return new


@pytest.fixture
def trainings(monkeypatch):
    """The folds trained, in order, by real training."""
    trained = []

    def train(task, *arguments):
        result = train_fold(task, *arguments)
        trained.append(task.fold)
        return result

    monkeypatch.setattr(ensemble_module, "train_fold", train)
    return trained


def test_each_row_is_judged_by_the_model_that_did_not_see_it(run, new_fit, test, digits, folds):
    evaluation = new_fit().run(test)
    ensemble = Ensemble.load(run, new_fit()._competition)
    oof = read_arrays(run.oof)
    for fold, model in enumerate(ensemble.models):
        alone = Ensemble([model]).logits(digits.images)
        held_out = folds == fold
        np.testing.assert_allclose(oof["logits"][held_out], alone[held_out], atol=1e-4)
        assert not np.allclose(oof["logits"][~held_out], alone[~held_out], atol=1e-2)
    assert evaluation.accuracy == np.mean(oof["logits"].argmax(axis=1) == digits.labels) > 0.5


def test_the_ensemble_is_the_mean_of_its_models_logits(run, new_fit, test, competition):
    new_fit().run(test)
    ensemble = Ensemble.load(run, competition)
    single = [Ensemble([model]).logits(test.images) for model in ensemble.models]
    stored = read_arrays(run.test)["logits"]
    np.testing.assert_allclose(stored, np.mean(single, axis=0), atol=1e-4)
    probabilities = ensemble.probabilities(test.images)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert (probabilities.argmax(axis=1) == stored.argmax(axis=1)).all()


def test_history_has_a_row_for_every_epoch_of_every_fold(run, new_fit, test):
    new_fit().run(test)
    history = pd.read_csv(run.history)
    assert history[["fold", "epoch"]].to_numpy().tolist() == [
        [fold, epoch] for fold in (0, 1) for epoch in range(1, 7)
    ]
    assert list(history.columns[2:]) == [
        "loss",
        "accuracy",
        "val_loss",
        "val_accuracy",
        "learning_rate",
        "seconds",
    ]


def test_an_interrupted_fit_trains_only_what_is_missing(run, new_fit, test, monkeypatch, trainings):
    """And ends with the very predictions of a fit that nothing disturbed."""
    train = ensemble_module.train_fold

    def interrupted(task, *arguments):
        if task.fold == 1:
            raise KeyboardInterrupt
        return train(task, *arguments)

    with monkeypatch.context() as pressed:
        pressed.setattr(ensemble_module, "train_fold", interrupted)
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
    new_fit().run(test)
    changed = new_fit(best=BEST | {"seed": 6})
    assert not is_fitted(run, fingerprint(run, digits.sha256))
    changed.run(test)
    assert trainings == [0, 1, 0, 1]


def test_models_of_other_data_are_not_mixed_in(new_fit, test, digits, trainings):
    new_fit().run(test)
    other = dataclasses.replace(digits, sha256="0" * 64)
    new_fit(data=other).run(test)
    assert trainings == [0, 1, 0, 1]


def test_damaged_weights_are_an_error_that_says_what_to_do(run, new_fit, test, competition):
    new_fit().run(test)
    path = run.models / "fold1.weights.h5"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(RunError, match=r"fold1.weights.h5 cannot be loaded") as caught:
        Ensemble.load(run, competition)
    assert "delete it" in caught.value.hint


def test_an_ensemble_that_is_not_there_says_how_to_make_it(run, new_fit, competition):
    new_fit()
    with pytest.raises(RunError, match=r"fold0.weights.h5 is missing") as caught:
        Ensemble.load(run, competition)
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


def test_search_and_fit_send_nothing_but_what_pickles(run, digits, folds, test, competition):
    """Through real processes, which share nothing with this one."""
    data = (digits, folds, competition)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        plan = SearchPlan(trials=1, folds=2, epochs=1, fit_epochs=1)
        result = CrossValSearch(plan, run, data, pool, lambda _: None).run()
        save_folds(run.folds, folds)
        write_json(run.best, best_json(result, plan, competition))
        evaluation = Fit(run, data, pool, lambda _: None).run(test)
    assert len(result.scores) == len(evaluation.fold_accuracies) == 2


def test_models_trained_on_other_folds_are_not_judged_as_if_out_of_fold(
    run, new_fit, test, digits, trainings
):
    new_fit().run(test)
    save_folds(run.folds, make_folds(digits.labels, 2, seed=99))
    assert not is_fitted(run, fingerprint(run, digits.sha256))
    new_fit().run(test)
    assert trainings == [0, 1, 0, 1]


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
