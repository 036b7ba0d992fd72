"""Predict with an ensemble for a few images at a time, from any number of threads.

predictor = Predictor.of(Ensemble.load(run), best.problem.image_shape)
predictor.logits(images)

Use `Ensemble` for many images. Here a call has no overhead beyond its matrix products, and networks
of the same architecture share a compiled program.
"""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.out_of_fold import assemble
from kaggle_kit.ensemble.shares import Share
from kaggle_kit.evaluation.metrics import Logits
from kaggle_kit.networks.backend import compiled
from kaggle_kit.networks.bfloat16_dense import rounding
from kaggle_kit.networks.model import mirrored
from kaggle_kit.training.folds import Folds

BATCH = 64  # the only batch size that is compiled
Images = NDArray[np.uint8]
Network = Callable[[Images], Logits]


class Predictor:
    """Predicts with the networks of an ensemble.

    Parameters
    ----------
    committees : list of list of keras.Model
        The networks of each fold, from pixels (n, height, width), 0..255, to logits (n, classes).
        The first networks of all folds have one architecture. So have the second ones, and so on.
    image_shape : (height, width) or (height, width, 3)
    shares, folds : optional
        As in `Ensemble`.
    """

    def __init__(
        self,
        committees: list[list[Any]],
        image_shape: tuple[int, ...],
        shares: Sequence[Share] | None = None,
        folds: Sequence[int] | None = None,
    ) -> None:
        self.image_shape, self.members = image_shape, len(committees[0])
        self.shares = shares or [Share()] * self.members
        self.folds = range(len(committees)) if folds is None else folds
        self._lock = threading.Lock()  # TensorFlow's predictions through Keras share state
        self._programs, self._rounded = _programs(committees), _programs(committees)

    @classmethod
    def of(cls, ensemble: Ensemble, image_shape: tuple[int, ...]) -> "Predictor":
        """Predict as an ensemble does."""
        return cls(ensemble.committees, image_shape, ensemble.shares, ensemble.folds)

    @property
    def networks(self) -> list[Network]:
        """The logits of each network, times its scale, as a function of images.

        `logits` is their mean.
        """
        return self._scaled(self._programs)

    @property
    def rounded_networks(self) -> list[Network]:
        """Like `networks`, but faster and rounded if the processor has bfloat16 products."""
        return [partial(_rounded, network) for network in self._scaled(self._rounded)]

    def held_out_networks(self, fold: int) -> list[Network]:
        """Like `networks`, for the rows that a fold holds out: only those of that fold."""
        first = self.members * list(self.folds).index(fold)
        each = zip(self._programs[first : first + self.members], self.shares, strict=True)
        return [
            partial(self._logits, program, share, share.scale_for(fold)) for program, share in each
        ]

    def _scaled(self, programs: list[Callable[[Any], Any]]) -> list[Network]:
        each = zip(programs, [*self.shares] * len(self.folds), strict=True)
        return [partial(self._logits, program, share, share.scale) for program, share in each]

    def fold_logits(self, images: Images) -> NDArray[np.float32]:
        """Logits (n, folds, classes) of images (n, height, width), 0..255."""
        every = np.stack([network(images) for network in self.networks], axis=1)
        by_fold = every.reshape(len(images), len(self.folds), self.members, every.shape[-1])
        folds: NDArray[np.float32] = by_fold.mean(axis=2)
        return folds

    def logits(self, images: Images) -> Logits:
        """Mean logits (n, classes) of images (n, height, width); the kit submits their labels."""
        logits: Logits = self.fold_logits(images).mean(axis=1)
        return logits

    def out_of_fold_logits(self, images: Images, folds: Folds) -> Logits:
        """Logits (n, classes) of each image, by the networks of its fold alone.

        Parameters
        ----------
        folds : int8 array of shape (n,)
            The fold in which each image is held out.
        """
        parts = [
            np.mean([network(images[folds == k]) for network in self.held_out_networks(k)], axis=0)
            for k in self.folds
        ]
        return assemble(parts, folds)

    def _logits(
        self, program: Callable[[Any], Any], share: Share, scale: float, images: Images
    ) -> Logits:
        starts = range(0, max(len(images), 1), BATCH)
        blocks = [
            self._batch(program, images[start : start + BATCH], mirror=share.mirror)
            for start in starts
        ]
        return np.concatenate(blocks) * np.float32(scale)

    def _batch(self, program: Callable[[Any], Any], images: Images, *, mirror: bool) -> Logits:
        padded = np.zeros((BATCH, *self.image_shape), dtype=np.uint8)
        padded[: len(images)] = images
        views = [padded, mirrored(padded)] if mirror else [padded]
        with self._lock:
            logits = [np.asarray(program(view), dtype=np.float32) for view in views]
        batch: Logits = np.mean(logits, axis=0)[: len(images)]
        return batch


def _programs(committees: list[list[Any]]) -> list[Callable[[Any], Any]]:
    """The compiled programs of the networks of all folds, fold by fold."""
    programs = [compiled(list(networks)) for networks in zip(*committees, strict=True)]
    return [program for fold in zip(*programs, strict=True) for program in fold]


def _rounded(logits: Network, images: Images) -> Logits:
    with rounding():  # in every call, because any call may be the one that compiles
        return logits(images)
