import math

import pytest
from trials import result

from kaggle_kit.errors import TrainingError
from kaggle_kit.search.trial_results import choose, trials_table


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
