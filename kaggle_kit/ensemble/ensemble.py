"""The ensemble of a run: a committee of networks for each fold, averaged by their logits.

The networks are trained from best.json alone. The mean of their logits is the one function that the
kit evaluates, submits and explains. (It is the geometric mean of the probabilities, up to their
scale.)
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.ensemble.out_of_fold import assemble
from kaggle_kit.ensemble.views import Views
from kaggle_kit.errors import RunError
from kaggle_kit.evaluation.metrics import Logits
from kaggle_kit.networks.model import build_model, predict_logits
from kaggle_kit.training.folds import Folds
from kaggle_kit.workspace.best import Best, NetworkId
from kaggle_kit.workspace.paths import Run

REFIT = "delete it and run `kaggle-kit fit` again"


class Ensemble:
    """The trained networks of a run, ready to predict.

    Attributes
    ----------
    committees : list of list of keras.Model
        The networks of each fold.
    mirror : bool
        Whether the logits are the mean of those of the image and of its mirror image.
    """

    def __init__(self, committees: list[list[Any]], *, mirror: bool = False) -> None:
        self.committees, self.mirror = committees, mirror

    @classmethod
    def load(cls, run: Run) -> "Ensemble":
        """Rebuild the networks from best.json and load their weights.

        Raises
        ------
        RunError
            Weights are missing, or a file is damaged.
        """
        folds = range(Best.read(run.best).folds)
        committees = [load_committee(run, fold) for fold in folds]
        return cls(committees, mirror=Views.read(run).mirror)

    @classmethod
    def load_one(cls, run: Run, network: NetworkId) -> "Ensemble":
        """An ensemble of one network of the run; raises RunError as `load` does."""
        committees = [[_load_network(run, Best.read(run.best), network)]]
        return cls(committees, mirror=Views.read(run).mirror)

    def logits(self, images: NDArray[np.uint8]) -> Logits:
        """Mean logits (n, classes) float32 of images (n, *image_shape), 0..255."""
        means = [self._members(c, images).mean(axis=0) for c in self.committees]
        logits: Logits = np.mean(means, axis=0)
        return logits

    def out_of_fold_members(self, images: NDArray[np.uint8], folds: Folds) -> Logits:
        """Logits (members, n, classes) of each training image, by each network of its fold.

        The networks of the fold of an image did not train on that image.
        """
        parts = [self._members(c, images[folds == k]) for k, c in enumerate(self.committees)]
        return assemble(parts, folds)

    def out_of_fold_logits(self, images: NDArray[np.uint8], folds: Folds) -> Logits:
        """Mean logits (n, classes) of each training image, by the networks of its fold."""
        logits: Logits = self.out_of_fold_members(images, folds).mean(axis=0)
        return logits

    def _members(self, committee: list[Any], images: NDArray[np.uint8]) -> Logits:
        """Logits (members, n, classes) of the networks of one fold."""
        return np.stack([predict_logits(model, images, mirror=self.mirror) for model in committee])


def load_committee(run: Run, fold: int) -> list[Any]:
    """The networks (keras.Model) of one fold; raises RunError as `Ensemble.load` does."""
    best = Best.read(run.best)
    networks = [network for network in best.networks if network.fold == fold]
    return [_load_network(run, best, network) for network in networks]


def _load_network(run: Run, best: Best, network: NetworkId) -> Any:
    path = run.weights(*network)
    if not path.exists():
        raise RunError(f"{path} is missing", hint="run `kaggle-kit fit` first")
    model = build_model(best.family, best.values_of(network.member), best.problem)
    try:
        model.load_weights(path)
    except Exception as error:
        raise RunError(f"{path} cannot be loaded: {error}", hint=REFIT) from error
    return model
