"""What came of each trial, which of them is chosen, and what fit is told of it."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from kaggle_kit.errors import TrainingError
from kaggle_kit.evaluation.metrics import standard_error
from kaggle_kit.workspace.best import TrialStatus

GIVEN_UP = {TrialStatus.RACED, TrialStatus.SLOW}


@dataclass(frozen=True)
class TrialResult:
    """One row of trials.csv.

    `status` is completed, failed, raced (clearly worse than the best, so given up early), slow
    (half of its ensemble's epochs would take longer than the time budget of fit, and than those of
    the best trial) or cut (by the time budget). `scores` are the accuracies on the held-out rows of
    the folds that were run, `epochs` the epochs that each trained, `seconds_per_epoch` what one
    took; all of the last rung that was begun. `mistakes[epochs][i]` are the held-out rows that fold
    i read wrongly at the rung that ends after so many epochs; the search keeps them of the best
    trial alone.
    """

    trial: str
    status: TrialStatus
    hyperparameters: dict[str, Any]
    scores: list[float] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    seconds: float = 0.0
    seconds_per_epoch: float = 0.0
    mistakes: dict[str, list[list[int]]] = field(default_factory=dict)
    error: str = ""

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> "TrialResult":
        """The result that `vars` made a dict of, read again from JSON."""
        return cls(**state | {"status": TrialStatus(state["status"])})

    @property
    def mean(self) -> float:
        return float(np.mean(self.scores)) if self.scores else math.nan

    @property
    def lower(self) -> float:
        """Mean less one standard error: what a trial is chosen by, so that luck counts less."""
        return self.mean - standard_error(self.scores)

    def describe(self) -> str:
        error = f" ± {standard_error(self.scores):.4f}" if len(self.scores) > 1 else ""
        return f"{self.mean:.4f}{error}"


def choose(results: list[TrialResult]) -> TrialResult:
    """The completed trial with the highest mean less its standard error; the first of equals.

    When the clock let no trial complete, the one that got furthest.

    Raises
    ------
    TrainingError
        No trial scored at all; the first failure is named.
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
            hint="mend the cause and begin again with --restart; --debug shows where it failed",
        )
    raise TrainingError(
        "the time budget ended before one fold was trained", hint="give a larger --time-budget"
    )


def trials_table(results: list[TrialResult], folds: int) -> pd.DataFrame:
    """One row a trial, best first, the columns named as scikit-learn's `cv_results_`.

    `rank_test_score` orders completed trials as `choose` does; std is over folds (ddof=1).
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
