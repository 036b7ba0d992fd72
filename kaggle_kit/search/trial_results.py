"""The results of the trials, the choice of the best one, and the table trials.csv."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from kaggle_kit.errors import TrainingError
from kaggle_kit.evaluation.metrics import standard_error
from kaggle_kit.evaluation.scores import shown
from kaggle_kit.evaluation.significance import Evidence
from kaggle_kit.workspace.best import TrialStatus

GIVEN_UP = {TrialStatus.RACED, TrialStatus.SLOW}
EARLIER_NAMES = {"mistakes": "evidence"}  # of fields in the states of earlier versions


@dataclass(frozen=True)
class TrialResult:
    """One row of trials.csv.

    `scores`, `epochs` and `seconds_per_epoch` are those of the last rung that was begun.

    Attributes
    ----------
    trial : str
        The id of the trial.
    status : TrialStatus
        `completed`, `failed` or `cut` (by the time budget of the search). `raced`: given up early,
        because it was clearly worse than the best trial. `slow`: given up early, because half of
        its ensemble's epochs would take longer than the time budget of fit, and longer than those
        of the best trial.
    hyperparameters : dict
    scores : list of float
        The score on the held-out rows of each fold that was run, by the metric of the problem;
        greater is better.
    epochs : list of int
        The number of epochs for which each of these folds was trained.
    seconds, seconds_per_epoch : float
        The duration of the trial, and of one epoch of one network.
    evidence : dict of str to list of Evidence
        `evidence[epochs][i]` is that of fold i at the end of the rung that ends after `epochs`
        epochs. The search keeps it for the best trial only.
    error : str
        The first line of the error of a failed trial.
    """

    trial: str
    status: TrialStatus
    hyperparameters: dict[str, Any]
    scores: list[float] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    seconds: float = 0.0
    seconds_per_epoch: float = 0.0
    evidence: dict[str, list[Evidence]] = field(default_factory=dict)
    error: str = ""

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "TrialResult":
        """The inverse of `to_state`; it reads the states of earlier versions too."""
        kept = {EARLIER_NAMES.get(name, name): value for name, value in state.items()}
        kept["evidence"] = {
            epochs: [Evidence.from_state(fold) for fold in folds]
            for epochs, folds in kept["evidence"].items()
        }
        return cls(**kept | {"status": TrialStatus(kept["status"])})

    def to_state(self) -> dict[str, Any]:
        """The result as JSON can hold it."""
        evidence = {
            epochs: [vars(fold) for fold in folds] for epochs, folds in self.evidence.items()
        }
        return vars(self) | {"evidence": evidence}

    @property
    def mean(self) -> float:
        return float(np.mean(self.scores)) if self.scores else math.nan

    @property
    def lower(self) -> float:
        """Mean minus one standard error. Trials are chosen by it, so that luck counts less."""
        return self.mean - standard_error(self.scores)

    @property
    def summary(self) -> dict[str, float]:
        """The figures of the trial, by their names in trials.csv."""
        if not self.scores:
            return {}
        figures = {f"split{i}_test_score": score for i, score in enumerate(self.scores)}
        figures["mean_test_score"] = self.mean
        if len(self.scores) > 1:
            figures["se_test_score"] = standard_error(self.scores)
        return figures | {"epochs": max(self.epochs), "seconds": round(self.seconds, 2)}

    def describe(self, metric: str) -> str:
        """The mean score ± its standard error, as Kaggle shows this metric."""
        error = f" ± {standard_error(self.scores):.4f}" if len(self.scores) > 1 else ""
        return f"{shown(metric, self.mean):.4f}{error}"


def choose(results: list[TrialResult]) -> TrialResult:
    """The completed trial with the highest mean minus standard error; the first one of equals.

    If the time budget ended before any trial was complete, choose the trial that scored most folds.

    Raises
    ------
    TrainingError
        No trial has a score. The message names the first failure.
    """
    scored = [result for result in results if result.scores and result.status not in GIVEN_UP]
    completed = [result for result in scored if result.status == TrialStatus.COMPLETED]
    if completed:
        return max(completed, key=lambda result: result.lower)
    if scored:
        return max(scored, key=lambda result: (len(result.scores), result.mean))
    failures = [result.error for result in results if result.error]
    if failures:
        raise TrainingError(
            f"all {len(failures)} trials failed; the first: {failures[0]}",
            hint="fix the cause and begin again with --restart; --debug shows where it failed",
        )
    raise TrainingError(
        "the time budget ended before one fold was trained", hint="give a larger --time-budget"
    )


def trials_table(results: list[TrialResult], folds: int) -> pd.DataFrame:
    """One row per trial, best first; the columns have the names of scikit-learn's `cv_results_`.

    `rank_test_score` orders completed trials as `choose` does. The standard deviation is over folds
    (ddof=1).
    """
    rows = []
    for result in results:
        scores = dict(enumerate(result.scores))
        rows.append(
            {"trial": result.trial, "status": result.status}
            | {f"param_{name}": value for name, value in result.hyperparameters.items()}
            | {f"split{i}_test_score": scores.get(i) for i in range(folds)}
            | {
                "mean_test_score": result.mean,
                "std_test_score": np.std(result.scores, ddof=1) if len(scores) > 1 else None,
                "se_test_score": standard_error(result.scores) if len(scores) > 1 else None,
                "rank_test_score": result.lower if result.status == TrialStatus.COMPLETED else None,
                "epochs": max(result.epochs, default=0),
                "seconds": round(result.seconds, 2),
                "folds_run": len(scores),
                "error": result.error,
            }
        )
    if not rows:
        return pd.DataFrame(columns=["trial", "status", "mean_test_score", "rank_test_score"])
    table = pd.DataFrame(rows)
    ranks = pd.to_numeric(table["rank_test_score"]).rank(ascending=False, method="first")
    table["rank_test_score"] = ranks.astype("Int64")
    return table.sort_values("rank_test_score", kind="stable").reset_index(drop=True)
