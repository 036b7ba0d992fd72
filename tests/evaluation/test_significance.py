import json
import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_rel
from scipy.stats import t as student

from kaggle_kit.evaluation.scores import METRICS, row_values, score
from kaggle_kit.evaluation.significance import (
    RACING_SIGNIFICANCE,
    Evidence,
    compare_folds,
    is_beaten,
    is_clearly_worse,
)

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


def predictions(skill, rows=400, seed=0):
    """Logits and labels of three classes; the noise is the same for every skill."""
    random = np.random.default_rng(seed)
    labels = random.integers(3, size=rows)
    noise = random.normal(size=(rows, 3))
    return (noise + skill * np.eye(3)[labels]).astype(np.float32), labels


def evidence(metric, skill, folds):
    return [
        Evidence.of(metric, *predictions(skill, seed=fold), rows=np.arange(400), k=2)
        for fold in range(folds)
    ]


@pytest.mark.parametrize("metric", METRICS)
def test_a_much_worse_trial_is_beaten_by_any_metric_and_an_equal_one_is_not(metric):
    worse, best = evidence(metric, 0.5, folds=3), evidence(metric, 2.0, folds=3)
    assert is_beaten(worse, best, folds=5)
    assert not is_beaten(best, worse, folds=5)
    assert not is_beaten(best, best, folds=5)


@pytest.mark.parametrize("metric", METRICS)
def test_one_fold_is_enough_only_where_rows_have_values(metric):
    worse, best = evidence(metric, 0.5, folds=1), evidence(metric, 2.0, folds=1)
    by_rows = row_values(metric, *predictions(1.0)) is not None
    assert is_beaten(worse, best, folds=5) == by_rows


def test_accuracy_is_compared_by_mistakes_alone():
    for skill in np.linspace(0.8, 1.2, 9):
        trial, best = (evidence("accuracy", of, folds=1) for of in (skill, 1.2))
        verdict = is_clearly_worse(trial[0].mistakes, best[0].mistakes)
        assert is_beaten(trial, best, folds=5) == verdict


@pytest.mark.parametrize("gap", [0.0, 0.02, 0.05, 0.1, 0.5])
def test_losses_are_compared_by_the_paired_t_test(gap):
    trial, best = evidence("log_loss", 1.0 - gap, folds=2), evidence("log_loss", 1.0, folds=2)
    losses = [
        np.concatenate([row_values("log_loss", *predictions(skill, seed=s)) for s in range(2)])
        for skill in (1.0 - gap, 1.0)
    ]
    p = ttest_rel(*losses, alternative="less").pvalue if gap else 1.0
    assert is_beaten(trial, best, folds=2) == (p < RACING_SIGNIFICANCE)


def test_a_few_terrible_rows_weigh_as_much_as_in_the_log_loss():
    """The trial is a little better on most rows, but worse in the mean."""
    logits, labels = predictions(3.0, rows=2000)
    other = 1.1 * logits
    other[:100] = -other[:100]
    trial, best = (Evidence.of("log_loss", of, labels, np.arange(2000)) for of in (other, logits))
    assert np.median(trial.row_values - best.row_values) > 0
    assert is_beaten([trial], [best], folds=5)


def test_folds_to_come_do_not_make_the_first_two_more_certain():
    """Two of five folds are compared with the overlap of five."""
    best = [Evidence(0.9), Evidence(0.9)]
    for gap in (0.001, 0.01, 0.02, 0.05):
        trial = [Evidence(0.9 - gap), Evidence(0.9 - 2 * gap)]
        found = compare_folds([one.score for one in trial], [0.9, 0.9], overlap=1 / 4)
        assert is_beaten(trial, best, folds=5) == (found.p / 2 < RACING_SIGNIFICANCE)


@pytest.mark.parametrize("metric", METRICS)
def test_evidence_survives_json_and_is_small(metric):
    found = evidence(metric, 1.0, folds=1)[0]
    text = json.dumps(vars(found))
    assert Evidence.from_state(json.loads(text)) == found
    assert found.score == score(metric, *predictions(1.0), k=2)
    assert len(text) < 4 * 400
    if found.values:
        values = row_values(metric, *predictions(1.0), k=2)
        np.testing.assert_allclose(found.row_values, values, rtol=1e-3)


def test_the_mistakes_of_an_older_version_are_evidence():
    old = Evidence.from_state([3, 5])
    assert old.mistakes == [3, 5]
    assert is_beaten([Evidence(0.1, list(range(40)))], [old], folds=2)
