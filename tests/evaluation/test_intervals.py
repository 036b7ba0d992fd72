import numpy as np
import pytest

from kaggle_kit.evaluation.intervals import wilson


@pytest.mark.parametrize(
    ("hits", "rows", "low", "high"),
    [(0, 10, 0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1), (995, 1000, 0.9883, 0.9979)],
)
def test_the_bounds_are_those_of_the_closed_form(hits, rows, low, high):
    """With z = 1.96."""
    assert wilson(hits, rows) == pytest.approx((low, high), abs=1e-4)


def test_a_lower_level_is_a_narrower_interval():
    low, high = wilson([30, 30], [100, 100], 0.8)
    assert low.shape == high.shape == (2,)
    assert wilson(30, 100)[0] < low[0] < 0.3 < high[0] < wilson(30, 100)[1]


@pytest.mark.parametrize("rows", [1, 10, 39])
def test_the_share_itself_is_always_within(rows):
    hits = np.arange(rows + 1)
    low, high = wilson(hits, np.full(rows + 1, rows))
    assert ((low <= hits / rows) & (hits / rows <= high)).all()


def test_of_no_rows_nothing_is_known():
    low, high = wilson([0, 1], [0, 2])
    assert (low[0], high[0]) == (0, 1)
    assert 0 < low[1] < 0.5 < high[1] < 1
