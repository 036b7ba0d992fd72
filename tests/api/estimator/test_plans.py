from datetime import timedelta

import numpy as np
import pytest

from kaggle_kit.api.estimator.plans import (
    changes_of,
    check_alone,
    check_folds,
    check_points,
    preset_of,
    seconds_of,
    seed_of,
)
from kaggle_kit.errors import ArrayError


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("3m", 180), ("90s", 90), ("90", 90), ("1h30m", 5400), (2.5, 2.5), (timedelta(hours=1), 3600)],
)
def test_a_duration_is_a_number_a_text_or_a_timedelta(duration, seconds):
    assert seconds_of(duration, "time_budget") == seconds


@pytest.mark.parametrize("duration", ["soon", "", 0, -1, True, None, float("inf"), float("nan")])
def test_no_duration_is_an_error(duration):
    with pytest.raises(ArrayError, match="time_budget is"):
        seconds_of(duration, "time_budget")


def test_the_preset_is_the_largest_that_the_time_allows():
    assert preset_of(None, None) == preset_of(None, 60) == preset_of(None, 180) == "quick"
    assert preset_of(None, 40 * 60) == "standard"
    assert preset_of(None, 24 * 3600) == "best"
    assert preset_of("quick", 24 * 3600) == "quick"
    with pytest.raises(ArrayError, match="expected one of quick, standard, best"):
        preset_of("huge", None)


def test_search_and_ensemble_share_the_time():
    changes = changes_of("quick", {"time_budget": 180.0, "trials": None, "folds": np.int64(3)})
    assert changes == {"time_budget": 60.0, "fit_budget": 120.0, "folds": 3}


@pytest.mark.parametrize(
    "given", [{"trials": 0}, {"folds": 1}, {"folds": 2.0}, {"epochs": True}, {"oracle": "delphi"}]
)
def test_a_wrong_argument_is_an_error(given):
    with pytest.raises(ArrayError, match=next(iter(given))):
        changes_of("quick", given)


@pytest.mark.parametrize("points", [[], {}, [3], [{"units": np.zeros(2)}], "units"])
def test_starting_points_are_dicts_of_plain_values(points):
    check_points(None)
    check_points([{"units": 8}, {}])
    with pytest.raises(ArrayError, match="expected a list of dicts of plain values"):
        check_points(points)


def test_a_seed_is_a_number_or_drawn():
    assert seed_of(7) == seed_of(np.int64(7)) == 7
    first, second = (seed_of(np.random.RandomState(3)) for _ in range(2))
    assert first == second
    assert 0 <= seed_of(None) < 2**31
    for wrong in (-1, 2**31, "one", 1.5):
        with pytest.raises(ArrayError, match="random_state is"):
            seed_of(wrong)


def test_a_plan_decides_alone():
    check_alone({"trials": None})
    with pytest.raises(ArrayError, match="plan and trials are given"):
        check_alone({"preset": None, "trials": 3})


def test_too_few_images_for_the_folds_are_told_with_the_label():
    check_folds(np.array([1, 2]), ("cat", "dog"), 2)
    with pytest.raises(ArrayError, match="the largest class, 'dog', has 2 images: too few for 4"):
        check_folds(np.array([1, 2]), ("cat", "dog"), 4)
