import dataclasses

import pytest

from kaggle_kit.evaluation.significance import Evidence
from kaggle_kit.search.running_trial import RunningTrial, rungs
from kaggle_kit.search.trial_results import TrialResult
from kaggle_kit.training.fold_task import FoldResult


def trained(fold, epochs, mistakes=(), accuracy=0.5, pace=2.0, evidence=None):
    """The result of epochs of `pace` seconds each; the first takes 10 s more, for compiling."""
    history = [{"seconds": 10 + pace * (epoch + 1)} for epoch in range(epochs)]
    seconds = history[-1]["seconds"]
    return FoldResult(
        fold=fold,
        member=0,
        accuracy=accuracy,
        loss=0.1,
        mistakes=list(mistakes),
        evidence=evidence or Evidence(accuracy, list(mistakes)),
        history=history,
        seconds=seconds,
        out_of_time=False,
        weights=b"w",
    )


@pytest.mark.parametrize("epochs", [6, 7, 9, 100])
def test_a_third_of_the_epochs_comes_first_and_then_the_rest(epochs):
    first, last = rungs(epochs)
    assert (first.epochs, last.epochs) == (epochs // 3, epochs - epochs // 3)
    assert (first.total, last.total) == (epochs // 3, epochs)
    assert (first.is_last, last.is_last) == (False, True)


@pytest.mark.parametrize("epochs", [1, 5])
def test_too_few_epochs_are_trained_at_once(epochs):
    (only,) = rungs(epochs)
    assert (only.epochs, only.total, only.is_last) == (epochs, epochs, True)


def of_mistakes(by_rung):
    return {
        epochs: [Evidence(0.9, mistakes) for mistakes in folds] for epochs, folds in by_rung.items()
    }


def attempt(mistakes_of_best=None, **more):
    evidence = of_mistakes(mistakes_of_best or {})
    known = {"seconds_per_epoch": 3.0, "evidence": evidence} | more
    best = TrialResult("0", "completed", {}, [0.9, 0.9], **known)
    begun = RunningTrial({"units": 256}, 6, best, "5")
    begun.begin(rungs(6)[0])
    return begun


def status(trial, affordable=10.0):
    trial.judge(affordable)
    return trial.status


def test_a_trial_is_compared_with_the_best_on_the_folds_they_share_after_as_many_epochs():
    """The best trial made as many mistakes on fold 1 as this one, and none on fold 0."""
    few, many = [], list(range(100, 140))
    against = attempt({"2": [few, many], "6": [many, many]})
    against.add([trained(1, 2, many)])
    assert status(against) == "completed"
    against.add([trained(0, 2, range(40))])
    assert status(against) == "raced"


@pytest.mark.parametrize("mistakes_of_best", [None, {"3": [[], []]}])
def test_where_there_is_nothing_to_compare_with_no_trial_is_beaten(mistakes_of_best):
    """Hyperband may have trained the best trial for another number of epochs."""
    other = attempt(mistakes_of_best)
    other.add([trained(0, 2, range(40))])
    assert status(other) == "completed"


def test_the_first_trial_has_no_rival():
    first = RunningTrial({"units": 256}, 6, None, "5")
    first.begin(rungs(6)[0])
    first.add([trained(0, 2, range(40), pace=1000.0)])
    assert status(first) == "completed"


@pytest.mark.parametrize(
    ("pace", "affordable", "verdict"),
    [(5.0, 4.0, "slow"), (5.0, 6.0, "completed"), (4.0, 1.0, "completed")],
    ids=["slow", "affordable", "not much slower than the best"],
)
def test_a_trial_is_too_slow_for_the_time_unless_the_best_is_no_faster(pace, affordable, verdict):
    slow = attempt()
    slow.add([trained(0, 2, pace=pace)])
    assert slow.seconds_per_epoch == pace
    assert status(slow, affordable) == verdict


def test_of_a_single_epoch_compiling_is_left_out_where_it_is_known():
    trial = attempt()
    trial.add([trained(0, 1, pace=2.0)])
    assert trial.seconds_per_epoch == 12.0
    trial = attempt()
    trial.add([dataclasses.replace(trained(0, 1, pace=2.0), first_epoch=2.5)])
    assert trial.seconds_per_epoch == 2.5


def test_the_fraction_done_rises_over_both_rungs_to_one():
    fractions = []
    trial = attempt()
    for rung in rungs(6):
        trial.begin(rung)
        steps = [(fold, epoch) for fold in range(2) for epoch in range(1, rung.epochs + 1)]
        fractions += [trial.fraction(*step, folds=2) for step in steps]
    assert fractions == pytest.approx([(step + 1) / 12 for step in range(12)])


def test_the_result_is_of_the_last_rung_and_counts_the_epochs_of_both():
    both = attempt()
    both.add([trained(0, 2, [1, 2]), trained(1, 2, [7])])
    both.begin(rungs(6)[1])
    both.add([trained(1, 3, [7], accuracy=0.75)])  # in the order in which workers finish
    both.add([trained(0, 4, [1], accuracy=0.25)])
    result = both.result(seconds=20.0)
    assert (result.trial, result.status, result.scores) == ("5", "completed", [0.25, 0.75])
    assert result.epochs == [6, 5]
    assert (result.seconds, result.seconds_per_epoch) == (20.0, 2.0)
    assert {
        epochs: [(fold.score, fold.mistakes) for fold in folds]
        for epochs, folds in result.evidence.items()
    } == {"2": [(0.5, [1, 2]), (0.5, [7])], "6": [(0.25, [1]), (0.75, [7])]}


def test_where_rows_have_no_values_a_trial_is_compared_by_the_scores_of_two_folds():
    against = attempt(evidence={"2": [Evidence(0.9), Evidence(0.91)]})
    against.add([trained(0, 2, evidence=Evidence(0.5))])
    assert status(against) == "completed"
    against.add([trained(1, 2, evidence=Evidence(0.52))])
    assert status(against) == "raced"


def test_the_score_is_that_of_the_metric_not_the_accuracy():
    loss = attempt()
    loss.add([trained(0, 2, accuracy=0.9, evidence=Evidence(-0.31, values="..."))])
    assert loss.result(seconds=1.0).scores == [-0.31]


def test_a_failed_trial_has_its_cause_and_no_score():
    failed = attempt()
    failed.add([trained(0, 2)])
    failed.status, failed.error = "failed", "no memory"
    result = failed.result(seconds=1.0)
    assert (result.status, result.error, result.scores) == ("failed", "no memory", [])
