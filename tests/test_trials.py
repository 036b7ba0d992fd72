import dataclasses
import math

import pytest

from kaggle_kit.errors import TrainingError
from kaggle_kit.search.ensemble_plan import EnsemblePlan, best_of, fit_epochs, slowdown
from kaggle_kit.search.presets import PRESETS, SearchPlan
from kaggle_kit.search.trial_results import TrialResult, choose, trials_table
from kaggle_kit.workspace.best import MADE_OF, TrialStatus

PLAN = SearchPlan(folds=3, epochs=10, fit_epochs=40, fit_budget=600)
ALONE = EnsemblePlan(members=[{}], workers=1)


def result(trial, scores, status="completed", **more):
    return TrialResult(trial, TrialStatus(status), {"units": 256}, scores, **more)


def test_the_best_mean_is_chosen():
    best = result("b", [0.9, 0.9, 0.9])
    assert choose([result("a", [0.8, 0.8, 0.8]), best]) is best


def test_a_slightly_better_mean_that_varies_wildly_is_not_trusted():
    steady = result("a", [0.90, 0.90, 0.90])
    lucky = result("b", [0.99, 0.82, 0.90])
    assert lucky.mean > steady.mean
    assert choose([lucky, steady]) is steady


def test_the_first_of_equals_is_chosen():
    first, second = result("a", [0.9, 0.8, 0.7]), result("b", [0.9, 0.8, 0.7])
    assert choose([first, second]) is first


def test_a_trial_that_was_cut_never_beats_one_that_was_not():
    whole, cut = result("a", [0.5, 0.5, 0.5]), result("b", [0.9], status="cut")
    assert choose([cut, whole]) is whole


def test_when_no_trial_is_whole_the_one_that_got_furthest_is_chosen():
    further = result("a", [0.5, 0.5], status="cut")
    assert choose([result("b", [0.9], status="cut"), further]) is further


def test_all_trials_failing_is_an_error_with_the_first_cause():
    failures = [result("a", [], "failed", error="no memory"), result("b", [], "failed", error="x")]
    with pytest.raises(TrainingError, match="all 2 trials failed; the first: no memory"):
        choose(failures)


def test_a_budget_too_short_for_one_fold_is_an_error():
    with pytest.raises(TrainingError, match="time budget ended before one fold"):
        choose([result("a", [], status="cut")])


def test_the_table_has_a_row_a_trial_best_first_with_scikit_learns_names():
    table = trials_table(
        [
            result("a", [0.8, 0.7, 0.9], epochs=[4, 5, 3], seconds=1.234),
            result("b", [], "failed", error="no memory"),
            result("c", [0.9, 0.9, 0.9]),
        ],
        folds=3,
    )
    assert table["trial"].tolist() == ["c", "a", "b"]
    assert table["rank_test_score"].tolist()[:2] == [1, 2]
    assert math.isnan(table["mean_test_score"][2])
    first = table.iloc[1]
    assert [first[f"split{i}_test_score"] for i in range(3)] == [0.8, 0.7, 0.9]
    assert first["mean_test_score"] == pytest.approx(0.8)
    assert first["std_test_score"] == pytest.approx(0.1)
    assert first["se_test_score"] == pytest.approx(0.1 / math.sqrt(3))
    assert (first["epochs"], first["seconds"], first["folds_run"]) == (5, 1.23, 3)
    assert first["param_units"] == 256


@pytest.mark.parametrize("status", ["raced", "slow"])
def test_a_trial_that_was_given_up_is_never_chosen_nor_ranked_however_lucky(status):
    whole, given_up = result("a", [0.5, 0.5, 0.5]), result("b", [0.9], status=status)
    assert choose([given_up, whole]) is whole
    table = trials_table([given_up, whole], folds=3)
    assert table["trial"].tolist() == ["a", "b"]
    assert table["rank_test_score"].isna().tolist() == [False, True]


def whole(**more):
    return result("a", [0.9, 0.9, 0.9], epochs=[10, 10, 10], **more)


def test_the_ensemble_is_given_its_own_number_of_epochs():
    assert fit_epochs(whole(), PLAN, ALONE) == 40


@pytest.mark.parametrize(
    ("members", "workers", "epochs"), [(1, 1, 15), (2, 1, 7), (2, 2, 15), (1, 2, 22), (1, 9, 40)]
)
def test_but_no_more_than_its_time_has_room_for(members, workers, epochs):
    """Three folds at ten seconds an epoch, in ten minutes; in fit such an epoch takes 13.2."""
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
    """Of a thousand rows, each of which takes twice as long to train on as to predict."""
    held_out = 1000 / folds
    outside = 1000 - held_out
    trial = 2 * 0.9 * outside + 0.1 * outside
    assert slowdown(folds) == pytest.approx((2 * outside + held_out) / trial)


def test_hyperbands_own_values_are_not_hyperparameters(competition):
    promoted = TrialResult(
        "a", TrialStatus.COMPLETED, {"units": 256, "tuner/epochs": 3}, [0.9, 0.8], [3, 3]
    )
    best = best_of(promoted, PLAN, competition, ALONE)
    assert best.hyperparameters == {"units": 256}
    assert best.epochs == 40


def test_best_json_has_all_that_fit_asks_of_it(competition):
    best = best_of(whole(), PLAN, competition, EnsemblePlan([{}, {"units": 512}], 1))
    assert best.to_dict().keys() >= set(MADE_OF)
    assert best.members == [{}, {"units": 512}]


@pytest.mark.parametrize("preset", PRESETS)
def test_few_rows_get_more_epochs_fourfold_at_most(preset):
    plan = PRESETS[preset]
    assert plan.for_rows(42_000, usual=42_000) == plan
    assert plan.for_rows(60_000, usual=42_000) == plan
    assert plan.for_rows(21_000, usual=42_000).epochs == 2 * plan.epochs
    assert plan.for_rows(100, usual=42_000).fit_epochs == 4 * plan.fit_epochs
