"""The result of a trial, for the tests of the code that uses results."""

from kaggle_kit.search.trial_results import TrialResult
from kaggle_kit.workspace.best import TrialStatus


def result(trial, scores, status="completed", **more):
    return TrialResult(trial, TrialStatus(status), {"units": 256}, scores, **more)
