import numpy as np
import pytest
from scipy.stats import binomtest

from kaggle_kit.report.intervals import wilson


@pytest.mark.parametrize(("hits", "rows"), [(0, 7), (7, 7), (3, 10), (41_775, 42_000)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_interval_is_that_of_scipy(hits, rows, level):
    low, high = wilson(hits, rows, level)
    truth = binomtest(hits, rows).proportion_ci(level, method="wilson")
    np.testing.assert_allclose((low, high), (truth.low, truth.high), atol=1e-12)


@pytest.mark.parametrize("rows", [1, 10, 39])
def test_the_share_itself_is_always_within(rows):
    hits = np.arange(rows + 1)
    low, high = wilson(hits, np.full(rows + 1, rows))
    assert ((low <= hits / rows) & (hits / rows <= high)).all()


def test_of_no_rows_nothing_is_known():
    low, high = wilson([0, 1], [0, 2])
    assert (low[0], high[0]) == (0, 1)
    assert 0 < low[1] < 0.5 < high[1] < 1
