"""A committee of networks a fold, trained from best.json alone, averaged by their logits.

The mean of logits (the geometric mean of the probabilities, up to their scale) is the one function
that the kit evaluates, submits and explains.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from kaggle_kit.competition.description import Competition
from kaggle_kit.errors import RunError
from kaggle_kit.evaluation.metrics import Logits
from kaggle_kit.networks.model import build_model, predict_logits
from kaggle_kit.training.folds import Folds
from kaggle_kit.workspace.fit_status import (
    MADE_OF,
)
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_json

REFIT = "delete it and run `kaggle-kit fit` again"


class Ensemble:
    """The trained networks of a run, ready to predict.

    Attributes
    ----------
    committees : list of list of keras.Model
        The networks of each fold.
    """

    def __init__(self, committees: list[list[Any]]) -> None:
        self.committees = committees

    @classmethod
    def load(cls, run: Run, competition: Competition) -> "Ensemble":
        """Rebuild the networks from best.json and load their weights.

        Raises
        ------
        RunError
            The ensemble is not there, or a file of it is damaged.
        """
        folds = read_json(run.best, *MADE_OF)["folds"]
        return cls([load_committee(run, competition, fold) for fold in range(folds)])

    @classmethod
    def load_one(cls, run: Run, competition: Competition, network: tuple[int, int]) -> "Ensemble":
        """One network (fold, member) of the run, as an ensemble of its own; see `load`."""
        best = read_json(run.best, *MADE_OF)
        return cls([[_load_network(run, best, competition, network)]])

    def logits(self, images: NDArray[np.uint8]) -> Logits:
        """Mean logits (n, classes) float32 of images (n, height, width), 0..255."""
        logits: Logits = np.mean([_mean_logits(c, images) for c in self.committees], axis=0)
        return logits

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Softmax of the mean logits, shape (n, classes)."""
        probabilities: NDArray[np.float32] = softmax(self.logits(images), axis=1)
        return probabilities

    def stream_labels(self, blocks: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
        """Labels (n,) uint8 of each block of images (n, height, width), one in memory at a time."""
        return (self.logits(block).argmax(axis=1).astype(np.uint8) for block in blocks)

    def out_of_fold_members(self, images: NDArray[np.uint8], folds: Folds) -> Logits:
        """Logits (members, n, classes) of each training image, by each network of its fold.

        Those are the networks that did not train on it.
        """
        parts = [_member_logits(c, images[folds == k]) for k, c in enumerate(self.committees)]
        members, _, classes = parts[0].shape
        together = np.empty((members, len(images), classes), dtype=np.float32)
        for fold, part in enumerate(parts):
            together[:, folds == fold] = part
        return together

    def out_of_fold_logits(self, images: NDArray[np.uint8], folds: Folds) -> Logits:
        """Mean logits (n, classes) of each training image, by the networks of its fold."""
        logits: Logits = self.out_of_fold_members(images, folds).mean(axis=0)
        return logits


def load_committee(run: Run, competition: Competition, fold: int) -> list[Any]:
    """The networks of one fold, as keras.Model; raises RunError as `Ensemble.load` does."""
    best = read_json(run.best, *MADE_OF)
    members = range(len(best["members"]))
    return [_load_network(run, best, competition, (fold, member)) for member in members]


def _member_logits(committee: list[Any], images: NDArray[np.uint8]) -> Logits:
    return np.stack([predict_logits(model, images) for model in committee])


def _load_network(
    run: Run, best: dict[str, Any], competition: Competition, network: tuple[int, int]
) -> Any:
    path = run.weights(*network)
    if not path.exists():
        raise RunError(f"{path} is missing", hint="run `kaggle-kit fit` first")
    model = build_model(best["family"], member_values(best, network[1]), competition)
    try:
        model.load_weights(path)
    except Exception as error:
        raise RunError(f"{path} cannot be loaded: {error}", hint=REFIT) from error
    return model


def _mean_logits(committee: list[Any], images: NDArray[np.uint8]) -> Logits:
    logits: Logits = _member_logits(committee, images).mean(axis=0)
    return logits


def member_values(best: dict[str, Any], member: int) -> dict[str, Any]:
    """The hyperparameters of a member of the committee: the chosen ones, but for its own."""
    values: dict[str, Any] = best["hyperparameters"] | best["members"][member]
    return values
