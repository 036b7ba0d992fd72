"""The state of the ensemble in a run: whether it is complete, and how good it is.

This needs no network, so nothing here imports Keras.
"""

import hashlib
import json

from kaggle_kit.competition.description import Kind
from kaggle_kit.errors import RunError
from kaggle_kit.evaluation.metrics import Evaluation
from kaggle_kit.evaluation.verdict import Verdict, judge
from kaggle_kit.workspace.best import Best, NetworkId
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays, read_json


def fingerprint(run: Run, train_sha256: str) -> dict[str, str]:
    """Hashes of what an ensemble is made from: the chosen network, the folds, the training data.

    Returns
    -------
    dict
        SHA-256 in hexadecimal, by the keys `chosen`, `folds` and `data`.

    Raises
    ------
    RunError
        best.json or folds.npz is missing or damaged.
    """
    chosen = json.dumps(Best.read(run.best).made_of, sort_keys=True)
    folds = read_arrays(run.folds, "fold")["fold"]
    return {
        "chosen": hashlib.sha256(chosen.encode()).hexdigest(),
        "folds": hashlib.sha256(folds.tobytes()).hexdigest(),
        "data": train_sha256,
    }


def is_begun(run: Run, made_from: dict[str, str]) -> bool:
    """Whether the run has models (all of them or some) that were made from `made_from`."""
    try:
        return read_json(run.made_from) == made_from
    except RunError:  # missing or damaged: the origin of the models is unknown, so train again
        return False


def check_current(run: Run, train_sha256: str) -> None:
    """Raise RunError if the ensemble is incomplete, or was not made from the current best.json."""
    if not is_fitted(run, fingerprint(run, train_sha256)):
        raise RunError(
            f"the ensemble in {run.models} is incomplete, or made from another best.json",
            hint="run `kaggle-kit fit` first",
        )


def missing_networks(run: Run) -> list[NetworkId]:
    """The networks of the ensemble that are not trained yet."""
    every = Best.read(run.best).networks
    return [network for network in every if not run.weights(*network).exists()]


def is_fitted(run: Run, made_from: dict[str, str]) -> bool:
    """Whether fit has nothing left to do: models, history and predictions exist."""
    files = [run.oof, run.test, run.history]
    best = Best.read(run.best)
    if best.problem.kind is Kind.PHOTO and not best.blend:
        files.append(run.views)  # without it, the predictions could not be repeated
    predicted = all(path.exists() for path in files)
    return is_begun(run, made_from) and not missing_networks(run) and predicted


def load_evaluation(run: Run) -> Evaluation:
    """Evaluate the out-of-fold predictions of a run; raises RunError if there are none."""
    return load_verdict(run).evaluation


def load_verdict(run: Run) -> Verdict:
    """Find how the logits of a run become answers; raises RunError if it has no predictions."""
    oof = read_arrays(run.oof, "logits", "labels", "fold")
    problem = Best.read(run.best).problem
    arrays = (oof["logits"], oof["labels"], oof["fold"])
    return judge(*arrays, metric=problem.metric, k=problem.k, names=problem.class_names)
