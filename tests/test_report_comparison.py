import math

import numpy as np
import pytest
from scipy.stats import t as student
from scipy.stats import ttest_rel

from kaggle_kit.evaluation.significance import compare_folds

ONE, OTHER = [0.91, 0.94, 0.92, 0.95, 0.93], [0.90, 0.92, 0.93, 0.91, 0.90]


def test_without_overlap_it_is_the_paired_t_test():
    truth = ttest_rel(ONE, OTHER)
    found = compare_folds(ONE, OTHER, overlap=0)
    assert found.p == pytest.approx(truth.pvalue)
    interval = truth.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_folds_that_share_training_rows_make_it_less_certain():
    """The t of the plain test shrinks by the root of 1 + folds times the ratio of rows."""
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
