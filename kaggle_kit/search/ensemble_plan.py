"""What fit is told of the chosen trial: the committee of each fold, and for how many epochs."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kaggle_kit.competition.description import Competition
from kaggle_kit.evaluation.metrics import standard_error
from kaggle_kit.search.presets import SearchPlan
from kaggle_kit.search.trial_results import TrialResult
from kaggle_kit.training.fold_record import WATCHED
from kaggle_kit.workspace.best import Best, TrialScore, TrialStatus

PREDICTING = 0.5  # of the time that training on a row takes, about; it hardly matters


@dataclass(frozen=True)
class EnsemblePlan:
    """What is known of the ensemble to fit, but for the chosen trial.

    `members` is the committee of each fold: what each member changes of the chosen
    hyperparameters. `workers` train side by side.
    """

    members: list[dict[str, Any]]
    workers: int


def best_of(
    result: TrialResult, plan: SearchPlan, competition: Competition, ensemble: EnsemblePlan
) -> Best:
    """What fit needs to know of the chosen trial, and all it will be told."""
    values = result.hyperparameters.items()
    several = len(result.scores) > 1
    return Best(
        competition=competition.slug,
        plan=asdict(plan),
        family=plan.family,
        hyperparameters={n: value for n, value in values if not n.startswith("tuner/")},
        members=ensemble.members,
        epochs=fit_epochs(result, plan, ensemble),
        folds=plan.folds,
        seed=plan.seed,
        trial=result.trial,
        status=result.status,
        cv=TrialScore(
            scores=result.scores,
            mean=result.mean,
            standard_error=standard_error(result.scores) if several else None,
            epochs=max(result.epochs),
        ),
    )


def fit_epochs(result: TrialResult, plan: SearchPlan, ensemble: EnsemblePlan) -> int:
    """Epochs of each network of the ensemble.

    No more than the time budget of fit has room for, at the pace the trial was trained; nor, if
    training stopped early in most folds, more than it could use.
    """
    stopped_at = int(np.median(result.epochs))
    asked = int(result.hyperparameters.get("tuner/epochs", plan.epochs))
    stopped_early = result.status == TrialStatus.COMPLETED and stopped_at < asked
    wanted = stopped_at if stopped_early else plan.fit_epochs
    networks = networks_a_worker(plan, ensemble.workers)
    seconds = max(networks * result.seconds_per_epoch * slowdown(plan.folds), 1e-9)
    return max(1, min(wanted, int(plan.fit_budget / seconds)))


def slowdown(folds: int) -> float:
    """How many times as long as in a trial an epoch takes in fit.

    There all rows outside the fold are trained on, and those of the fold are watched.
    """
    outside = (folds - 1) / folds
    of_trial = outside * (1 - WATCHED + PREDICTING * WATCHED)
    return (outside + PREDICTING / folds) / of_trial


def networks_a_worker(plan: SearchPlan, workers: int) -> int:
    """How many networks of the ensemble one of the workers trains."""
    return math.ceil(plan.folds * plan.members / workers)
