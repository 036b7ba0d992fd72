import pytest

from kaggle_kit.search.presets import PRESETS, plan_of


@pytest.mark.parametrize("preset", PRESETS)
def test_few_rows_get_more_epochs_fourfold_at_most(preset):
    plan = PRESETS[preset]
    assert plan.for_rows(42_000) == plan
    assert plan.for_rows(60_000) == plan
    assert plan.for_rows(21_000).epochs == 2 * plan.epochs
    assert plan.for_rows(100).fit_epochs == 4 * plan.fit_epochs


@pytest.mark.parametrize("preset", PRESETS)
def test_slower_networks_get_fewer_epochs_or_more_time(preset):
    dense, cnn = plan_of(preset, "dense"), plan_of(preset, "cnn")
    assert dense == PRESETS[preset]
    assert cnn.family == "cnn"
    assert cnn.folds == dense.folds  # or runs of both could not be blended
    assert cnn.epochs < dense.epochs
    assert cnn.time_budget + cnn.fit_budget >= dense.time_budget + dense.fit_budget
