import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_rel
from scipy.stats import t as student

from kaggle_kit.evaluation.significance import RACING_SIGNIFICANCE, compare_folds, is_clearly_worse

ONE, OTHER = [0.91, 0.94, 0.92, 0.95, 0.93], [0.90, 0.92, 0.93, 0.91, 0.90]


@pytest.mark.parametrize("common", [0, 500])
def test_the_verdict_is_the_exact_tests_and_common_mistakes_do_not_matter(common):
    verdicts = []
    for mine, others in product([1, 3, 4, 9, 20, 60], [0, 1, 5, 12, 45]):
        both, only_others = range(common), range(1000, 1000 + others)
        found = is_clearly_worse([*both, *range(2000, 2000 + mine)], [*both, *only_others])
        test = binomtest(mine, mine + others, 0.5, alternative="greater")
        assert found == (test.pvalue < RACING_SIGNIFICANCE), (mine, others)
        verdicts.append(found)
    assert set(verdicts) == {True, False}


def test_as_many_mistakes_or_fewer_are_never_clearly_worse():
    for count in range(200):
        assert not is_clearly_worse(range(count), range(count))
        assert not is_clearly_worse(range(count), range(count, 2 * count))
        assert not is_clearly_worse([], range(count))


def test_the_order_of_the_rows_does_not_matter():
    assert is_clearly_worse([5, 3, 1, 2, 4], [3])
    assert not is_clearly_worse([5, 3, 1, 2, 4], [4, 9, 1, 5])


def test_without_overlap_it_is_the_paired_t_test():
    truth = ttest_rel(ONE, OTHER)
    found = compare_folds(ONE, OTHER, overlap=0)
    assert found.p == pytest.approx(truth.pvalue)
    interval = truth.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_folds_that_share_training_rows_make_it_less_certain():
    """The t statistic is divided by the square root of 1 + folds times the ratio of rows."""
    plain, found = ttest_rel(ONE, OTHER), compare_folds(ONE, OTHER)
    shrunk = plain.statistic / math.sqrt(1 + 5 / 4)
    assert found.p == pytest.approx(2 * student.sf(shrunk, 4))
    assert found.p > plain.pvalue
    assert found.difference == pytest.approx(np.mean(ONE) - np.mean(OTHER))
    assert found.folds == 5


def test_the_same_scores_are_no_difference_at_all():
    found = compare_folds(ONE, ONE)
    assert (found.difference, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_a_difference_that_is_the_same_in_every_fold_is_certain():
    assert compare_folds([0.75, 0.5], [0.5, 0.25]).p == 0


@pytest.mark.parametrize("folds", [0, 1])
def test_one_fold_cannot_be_tested(folds):
    with pytest.raises(ValueError, match=f"two folds or more are needed, got {folds}"):
        compare_folds(ONE[:folds], OTHER[:folds])
