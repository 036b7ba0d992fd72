import math

import numpy as np
import pytest

from kaggle_kit.evaluation.intervals import expected_score, wilson


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


def test_the_expected_score_counts_the_noise_of_new_rows_and_of_folds():
    found = expected_score([990, 994], [1000, 1000], 2500)
    assert found.score == 0.992
    assert found.binomial == pytest.approx(math.sqrt(0.992 * 0.008 / 2500), rel=0.1)
    assert found.fold == pytest.approx(0.002)
    assert found.high - found.score == pytest.approx(1.96 * math.hypot(found.binomial, 0.002), 1e-3)
    assert found.score - found.low == pytest.approx(found.high - found.score)


def test_without_any_mistake_the_expected_score_is_not_certain():
    found = expected_score([50, 50], [50, 50], 100)
    assert 0.95 < found.low < 0.99
    assert found.high == 1.0


def test_the_interval_holds_as_often_as_it_says():
    random = np.random.default_rng(0)
    hits = random.binomial(500, 0.97, size=(2000, 4))
    new = random.binomial(700, 0.97, size=2000) / 700
    ends = [expected_score(some, [500] * 4, 700)[1:3] for some in hits]
    inside = [low <= score <= high for (low, high), score in zip(ends, new, strict=True)]
    assert 0.92 < np.mean(inside) < 0.98
