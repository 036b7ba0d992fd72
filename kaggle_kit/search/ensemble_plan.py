"""From the chosen trial to best.json: the committee of each fold, and how many epochs it gets."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kaggle_kit.evaluation.metrics import standard_error
from kaggle_kit.search.presets import SearchPlan
from kaggle_kit.search.trial_results import TrialResult
from kaggle_kit.training.fold_record import VALIDATION_SHARE
from kaggle_kit.training.task_data import TaskData
from kaggle_kit.workspace.best import Best, TrialScore, TrialStatus

# Time to predict a row, as a share of the time to train on it. A rough figure; it matters little.
PREDICTION_COST = 0.5


@dataclass(frozen=True)
class EnsemblePlan:
    """What is known of the ensemble to fit, apart from the chosen trial.

    Attributes
    ----------
    members : list of dict
        The committee of each fold: for each member, its changes to the chosen hyperparameters.
    workers : int
        Number of workers that train in parallel.
    """

    members: list[dict[str, Any]]
    workers: int


def best_of(result: TrialResult, plan: SearchPlan, data: TaskData, ensemble: EnsemblePlan) -> Best:
    """The contents of best.json, which is all that fit knows of the chosen trial."""
    values = result.hyperparameters.items()
    several = len(result.scores) > 1
    return Best(
        competition=data.competition.slug,
        problem=data.problem,
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
    """The number of epochs to train each network of the ensemble.

    It is that of the search that is repeated, or `wanted_epochs`, or what fits into the time budget
    of fit at the pace of the trial.
    """
    if plan.done is not None and plan.repeats:
        return plan.done.fit_epochs
    networks = networks_per_worker(plan, ensemble.workers)
    seconds = max(networks * result.seconds_per_epoch * slowdown(plan.folds), 1e-9)
    return max(1, min(wanted_epochs(result, plan), int(plan.fit_budget / seconds)))


def wanted_epochs(result: TrialResult, plan: SearchPlan) -> int:
    """The epochs that the plan asks for; fewer if the trial stopped early in most folds."""
    stopped_at = int(np.median(result.epochs))
    asked = int(result.hyperparameters.get("tuner/epochs", plan.epochs))
    stopped_early = result.status == TrialStatus.COMPLETED and stopped_at < asked
    return stopped_at if stopped_early else plan.fit_epochs


def slowdown(folds: int) -> float:
    """Duration of an epoch in fit, divided by the duration of an epoch in a trial.

    Fit trains on all rows outside the fold, and scores the rows of the fold after each epoch.
    """
    outside = (folds - 1) / folds
    of_trial = outside * (1 - VALIDATION_SHARE + PREDICTION_COST * VALIDATION_SHARE)
    return (outside + PREDICTION_COST / folds) / of_trial


def networks_per_worker(plan: SearchPlan, workers: int) -> int:
    """The largest number of networks of the ensemble that one worker trains."""
    return math.ceil(plan.folds * plan.members / workers)
