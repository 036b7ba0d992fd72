"""What fit left in a run folder: whether it is all there, and how good it is.

No network is needed to know, so nothing here imports Keras.
"""

import hashlib
import json

from kaggle_kit.evaluate import Evaluation, evaluate
from kaggle_kit.runs import Run, read_arrays, read_json


def fingerprint(run: Run, train_sha256: str) -> dict[str, str]:
    """What an ensemble is made from: best.json, and the training data by its SHA-256.

    Raises
    ------
    RunError
        There is no best.json, or it is damaged.
    """
    best = json.dumps(read_json(run.best), sort_keys=True)
    return {"best": hashlib.sha256(best.encode()).hexdigest(), "data": train_sha256}


def is_begun(run: Run, made_from: dict[str, str]) -> bool:
    """Whether the models in the run, be they all or only some, were made from just that."""
    return run.made_from.exists() and read_json(run.made_from) == made_from


def missing_folds(run: Run) -> list[int]:
    """The folds that have no trained model yet."""
    folds = range(read_json(run.best)["folds"])
    return [fold for fold in folds if not run.weights(fold).exists()]


def is_fitted(run: Run, made_from: dict[str, str]) -> bool:
    """Whether nothing is left to do: models, history and predictions are there."""
    files = (run.oof, run.test, run.history)
    predicted = all(path.exists() for path in files)
    return is_begun(run, made_from) and not missing_folds(run) and predicted


def load_evaluation(run: Run) -> Evaluation:
    """Judge the out-of-fold predictions of a run; raises RunError if there are none."""
    oof = read_arrays(run.oof)
    return evaluate(oof["logits"], oof["labels"], oof["fold"])
