"""The ensemble of a run: a committee of networks for each fold, averaged by their logits.

The networks are trained from best.json alone. The mean of their logits is the one function that the
kit evaluates, submits and explains. (It is the geometric mean of the probabilities, up to their
scale.) In a blend of runs it is a weighted mean.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.ensemble.out_of_fold import assemble
from kaggle_kit.ensemble.shares import Share, held_out_mean_of, mean_of, shares_of
from kaggle_kit.errors import RunError
from kaggle_kit.evaluation.metrics import Logits
from kaggle_kit.networks.model import build_model, predict_logits
from kaggle_kit.training.folds import Folds
from kaggle_kit.workspace.best import Best, NetworkId
from kaggle_kit.workspace.paths import Run

REFIT = "delete it and run `kaggle-kit fit` again"


class Ensemble:
    """The trained networks of a run, ready to predict.

    Parameters
    ----------
    committees : list of list of keras.Model
        The networks of each fold.
    shares : sequence of Share, optional
        The share of each member; by default all count the same.
    folds : sequence of int, optional
        The number of the fold of each committee; by default from 0.
    """

    def __init__(
        self,
        committees: list[list[Any]],
        shares: Sequence[Share] | None = None,
        folds: Sequence[int] | None = None,
    ) -> None:
        self.committees = committees
        self.shares = shares or [Share()] * len(committees[0])
        self.folds = range(len(committees)) if folds is None else folds

    @classmethod
    def load(cls, run: Run, folds: Sequence[int] | None = None) -> "Ensemble":
        """Rebuild the networks of all folds, or of some, from best.json and load their weights.

        Raises
        ------
        RunError
            Weights are missing, or a file is damaged.
        """
        folds = range(Best.read(run.best).folds) if folds is None else folds
        return cls([load_committee(run, fold) for fold in folds], shares_of(run), folds)

    @classmethod
    def load_one(cls, run: Run, network: NetworkId) -> "Ensemble":
        """An ensemble of one network of the run; raises RunError as `load` does."""
        committees = [[_load_network(run, Best.read(run.best), network)]]
        return cls(committees, [Share(mirror=shares_of(run)[network.member].mirror)])

    def logits(self, images: NDArray[np.uint8]) -> Logits:
        """Mean logits (n, classes) float32 of images (n, *image_shape), 0..255."""
        means = [mean_of(self._members(c, images), self.shares) for c in self.committees]
        logits: Logits = np.mean(means, axis=0)
        return logits

    def out_of_fold_members(self, images: NDArray[np.uint8], folds: Folds) -> Logits:
        """Logits (members, n, classes) of each training image, by each network of its fold.

        They are not weighted. The networks of the fold of an image did not train on that image.
        """
        parts = [self._members(c, images[folds == k]) for k, c in enumerate(self.committees)]
        return assemble(parts, folds)

    def out_of_fold_logits(self, images: NDArray[np.uint8], folds: Folds) -> Logits:
        """Mean logits (n, classes) of each training image, by the networks of its fold."""
        return held_out_mean_of(self.out_of_fold_members(images, folds), folds, self.shares)

    def _members(self, committee: list[Any], images: NDArray[np.uint8]) -> Logits:
        """Logits (members, n, classes) of the networks of one fold."""
        each = zip(committee, self.shares, strict=True)
        return np.stack(
            [predict_logits(model, images, mirror=share.mirror) for model, share in each]
        )


def load_committee(run: Run, fold: int) -> list[Any]:
    """The networks (keras.Model) of one fold; raises RunError as `Ensemble.load` does."""
    best = Best.read(run.best)
    networks = [network for network in best.networks if network.fold == fold]
    return [_load_network(run, best, network) for network in networks]


def _load_network(run: Run, best: Best, network: NetworkId) -> Any:
    path = run.weights(*network)
    if not path.exists():
        raise RunError(f"{path} is missing", hint="run `kaggle-kit fit` first")
    of, member = best.origin_of(network.member)
    model = build_model(of.family, of.values_of(member), best.problem)
    try:
        model.load_weights(path)
    except Exception as error:
        raise RunError(f"{path} cannot be loaded: {error}", hint=REFIT) from error
    return model
