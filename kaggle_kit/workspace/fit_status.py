"""What fit left in a run folder: whether it is all there, and how good it is.

No network is needed to know, so nothing here imports Keras.
"""

import hashlib
import json

from kaggle_kit.errors import RunError
from kaggle_kit.evaluation.metrics import Evaluation, evaluate
from kaggle_kit.workspace.best import Best, NetworkId
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays, read_json


def fingerprint(run: Run, train_sha256: str) -> dict[str, str]:
    """What an ensemble is made from: the chosen network, the folds, and the training data.

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
    """Whether the models in the run, be they all or only some, were made from just that."""
    try:
        return read_json(run.made_from) == made_from
    except RunError:  # missing or torn: nothing is known of the models, so they are made anew
        return False


def check_current(run: Run, train_sha256: str) -> None:
    """Raise RunError if the ensemble is not that of the present best.json."""
    if not is_fitted(run, fingerprint(run, train_sha256)):
        raise RunError(
            f"the ensemble in {run.models} is not all there, or of another best.json",
            hint="run `kaggle-kit fit` first",
        )


def missing_networks(run: Run) -> list[NetworkId]:
    """The networks of the ensemble that are not trained yet."""
    every = Best.read(run.best).networks
    return [network for network in every if not run.weights(*network).exists()]


def is_fitted(run: Run, made_from: dict[str, str]) -> bool:
    """Whether nothing is left to do: models, history and predictions are there."""
    files = (run.oof, run.test, run.history)
    predicted = all(path.exists() for path in files)
    return is_begun(run, made_from) and not missing_networks(run) and predicted


def load_evaluation(run: Run) -> Evaluation:
    """Judge the out-of-fold predictions of a run; raises RunError if there are none."""
    oof = read_arrays(run.oof, "logits", "labels", "fold")
    return evaluate(oof["logits"], oof["labels"], oof["fold"])
