"""What is asked of whoever trains a fold, what comes back, and what is written down between.

Tasks and their results are plain data that pickle; nothing here knows of Keras.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from kaggle_kit.competition.description import Competition
from kaggle_kit.networks.families import HyperparameterValues


@dataclass(frozen=True)
class FoldTask:
    """All that is needed to train one network on one fold, but the data.

    With `patience`, a tenth of the fold's training rows is set aside and training stops when the
    loss on them has not improved for so many epochs: the held-out rows never steer what they
    score. `seconds` is the time left; training ends with the epoch in which it runs out.
    `start` are weights to go on from, as in a FoldResult: the learning rate then warms up again,
    and falls over `epochs` more (Loshchilov and Hutter, "SGDR", 2017). `member` tells apart the
    networks of one fold.
    """

    competition: Competition
    family: str
    hyperparameters: HyperparameterValues
    fold: int
    epochs: int
    seed: int
    member: int = 0
    patience: int | None = None
    seconds: float = math.inf
    keep_weights: bool = False
    start: bytes | None = None


@dataclass(frozen=True)
class EpochEnd:
    """Progress of a task: `epoch` (from 1) of `fold` is over."""

    fold: int
    member: int
    epoch: int
    epochs: int
    accuracy: float


@dataclass(frozen=True)
class FoldResult:
    """What came of a task.

    `accuracy` and `loss` (cross-entropy) are those of the held-out rows, under the weights of the
    last epoch or, with early stopping, of the best. `mistakes` are the held-out rows read wrongly,
    as indices into the training set.
    `history` has one row an epoch, the columns of history.csv. `weights` are the bytes of a Keras
    `.weights.h5` file. `out_of_time` says that training was cut short by the clock.
    """

    fold: int
    member: int
    accuracy: float
    loss: float
    mistakes: list[int]
    history: list[dict[str, float]]
    seconds: float
    out_of_time: bool
    weights: bytes | None


Notify = Callable[[EpochEnd], None]
