import pytest

from kaggle_kit.search.presets import PRESETS


@pytest.mark.parametrize("preset", PRESETS)
def test_few_rows_get_more_epochs_fourfold_at_most(preset):
    plan = PRESETS[preset]
    assert plan.for_rows(42_000) == plan
    assert plan.for_rows(60_000) == plan
    assert plan.for_rows(21_000).epochs == 2 * plan.epochs
    assert plan.for_rows(100).fit_epochs == 4 * plan.fit_epochs
