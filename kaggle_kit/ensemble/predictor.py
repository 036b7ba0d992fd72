"""Predict with an ensemble for a few images at a time, from any number of threads.

predictor = Predictor.of(Ensemble.load(run), best.problem.image_shape)
predictor.logits(images)

Use `Ensemble` for many images. Here a call has no overhead beyond its matrix products, and networks
of the same architecture share a compiled program.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.out_of_fold import assemble
from kaggle_kit.evaluation.metrics import Logits
from kaggle_kit.networks.backend import compiled
from kaggle_kit.networks.bfloat16_dense import rounding
from kaggle_kit.networks.model import mirrored
from kaggle_kit.training.folds import Folds

BATCH = 64  # the only batch size that is compiled
Images = NDArray[np.uint8]


class Predictor:
    """Predicts with the networks of an ensemble.

    Parameters
    ----------
    committees : list of list of keras.Model
        The networks of each fold, from pixels (n, height, width), 0..255, to logits (n, classes).
        The first networks of all folds have one architecture. So have the second ones, and so on.
    image_shape : (height, width) or (height, width, 3)
    mirror : bool
        Whether the logits are the mean of those of the image and of its mirror image.
    """

    def __init__(
        self, committees: list[list[Any]], image_shape: tuple[int, ...], *, mirror: bool = False
    ) -> None:
        self.image_shape, self.mirror = image_shape, mirror
        self.folds, self.members = len(committees), len(committees[0])
        self._lock = threading.Lock()  # TensorFlow's predictions through Keras share state
        self._programs, self._rounded = _programs(committees), _programs(committees)

    @classmethod
    def of(cls, ensemble: Ensemble, image_shape: tuple[int, ...]) -> "Predictor":
        """Predict as an ensemble does."""
        return cls(ensemble.committees, image_shape, mirror=ensemble.mirror)

    @property
    def networks(self) -> list[Callable[[Images], Logits]]:
        """The logits of each network as a function of images; `logits` is their mean."""
        return [partial(self._logits, program) for program in self._programs]

    @property
    def rounded_networks(self) -> list[Callable[[Images], Logits]]:
        """Like `networks`, but faster and rounded if the processor has bfloat16 products."""
        return [partial(_rounded, partial(self._logits, program)) for program in self._rounded]

    def fold_logits(self, images: Images) -> NDArray[np.float32]:
        """Logits (n, folds, classes) of images (n, height, width), 0..255."""
        every = np.stack([network(images) for network in self.networks], axis=1)
        by_fold = every.reshape(len(images), self.folds, self.members, every.shape[-1])
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
        networks, count = self.networks, self.members
        parts = [
            np.mean([n(images[folds == k]) for n in networks[k * count : (k + 1) * count]], axis=0)
            for k in range(self.folds)
        ]
        return assemble(parts, folds)

    def _logits(self, program: Callable[[Any], Any], images: Images) -> Logits:
        starts = range(0, max(len(images), 1), BATCH)
        blocks = [self._batch(program, images[start : start + BATCH]) for start in starts]
        return np.concatenate(blocks)

    def _batch(self, program: Callable[[Any], Any], images: Images) -> Logits:
        padded = np.zeros((BATCH, *self.image_shape), dtype=np.uint8)
        padded[: len(images)] = images
        views = [padded, mirrored(padded)] if self.mirror else [padded]
        with self._lock:
            logits = [np.asarray(program(view), dtype=np.float32) for view in views]
        batch: Logits = np.mean(logits, axis=0)[: len(images)]
        return batch


def _programs(committees: list[list[Any]]) -> list[Callable[[Any], Any]]:
    """The compiled programs of the networks of all folds, fold by fold."""
    programs = [compiled(list(networks)) for networks in zip(*committees, strict=True)]
    return [program for fold in zip(*programs, strict=True) for program in fold]


def _rounded(logits: Callable[[Images], Logits], images: Images) -> Logits:
    with rounding():  # in every call, because any call may be the one that compiles
        return logits(images)
