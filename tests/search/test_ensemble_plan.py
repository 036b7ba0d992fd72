import dataclasses

import pytest
from trials import result

from kaggle_kit.search.ensemble_plan import EnsemblePlan, best_of, fit_epochs, slowdown
from kaggle_kit.search.presets import SearchPlan
from kaggle_kit.search.trial_results import TrialResult
from kaggle_kit.training.folds import make_folds
from kaggle_kit.training.task_data import TaskData
from kaggle_kit.workspace.best import MADE_OF, TrialStatus

PLAN = SearchPlan(folds=3, epochs=10, fit_epochs=40, fit_budget=600)
ALONE = EnsemblePlan(members=[{}], workers=1)


def whole(**more):
    return result("a", [0.9, 0.9, 0.9], epochs=[10, 10, 10], **more)


def test_the_ensemble_is_given_its_own_number_of_epochs():
    assert fit_epochs(whole(), PLAN, ALONE) == 40


@pytest.mark.parametrize(
    ("members", "workers", "epochs"), [(1, 1, 15), (2, 1, 7), (2, 2, 15), (1, 2, 22), (1, 9, 40)]
)
def test_but_no_more_than_its_time_has_room_for(members, workers, epochs):
    """Three folds, ten minutes, and 10 seconds per epoch, which become 13.2 seconds in fit."""
    plan = dataclasses.replace(PLAN, members=members)
    ensembling = EnsemblePlan([{}] * members, workers)
    assert fit_epochs(whole(seconds_per_epoch=10.0), plan, ensembling) == epochs


def test_and_never_none_at_all():
    assert fit_epochs(whole(seconds_per_epoch=1e6), PLAN, ALONE) == 1


def test_a_network_that_stopped_early_is_not_trained_for_longer():
    early = result("a", [0.9, 0.9, 0.9], epochs=[6, 10, 7])
    assert fit_epochs(early, PLAN, ALONE) == 7


def test_a_network_that_the_clock_stopped_is():
    cut = result("a", [0.9], status="cut", epochs=[2])
    assert fit_epochs(cut, PLAN, ALONE) == 40


def test_a_network_that_stopped_early_is_held_to_the_time_as_well():
    slow = result("a", [0.9, 0.9, 0.9], epochs=[7, 7, 7], seconds_per_epoch=50.0)
    assert fit_epochs(slow, PLAN, ALONE) == 3


@pytest.mark.parametrize("folds", [2, 4, 10])
def test_an_epoch_of_fit_trains_on_more_rows_and_watches_those_held_out(folds):
    """There are 1000 rows, and training on a row takes twice as long as predicting it."""
    held_out = 1000 / folds
    outside = 1000 - held_out
    trial = 2 * 0.9 * outside + 0.1 * outside
    assert slowdown(folds) == pytest.approx((2 * outside + held_out) / trial)


@pytest.fixture
def data(digits, competition):
    return TaskData(digits, make_folds(digits.labels, 2, seed=0), competition)


def test_hyperbands_own_values_are_not_hyperparameters(data):
    promoted = TrialResult(
        "a", TrialStatus.COMPLETED, {"units": 256, "tuner/epochs": 3}, [0.9, 0.8], [3, 3]
    )
    best = best_of(promoted, PLAN, data, ALONE)
    assert best.hyperparameters == {"units": 256}
    assert best.epochs == 40


def test_best_json_has_all_that_fit_asks_of_it(data):
    best = best_of(whole(), PLAN, data, EnsemblePlan([{}, {"units": 512}], 1))
    assert best.to_dict().keys() >= set(MADE_OF)
    assert best.members == [{}, {"units": 512}]
