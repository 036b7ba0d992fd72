"""The task to train a fold, its result, and the message that is sent after each epoch.

All three are plain data that can be pickled. This module does not import Keras.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from kaggle_kit.competition.problem import Problem
from kaggle_kit.evaluation.significance import Evidence
from kaggle_kit.networks.families import HyperparameterValues


@dataclass(frozen=True)
class FoldTask:
    """All that is needed to train one network on one fold, except the data.

    With `patience`, a tenth of the fold's training rows is set aside. Training stops when the loss
    on them has not improved for `patience` epochs. So the held-out rows never influence the network
    that they score. `seconds` is the time left: training ends with the epoch in which it runs out.
    `start` holds the weights to continue from, as in a FoldResult, after `before` epochs. The
    learning rate then warms up again and falls over `epochs` more epochs (Loshchilov and Hutter,
    "SGDR", 2017). `member` is the number of the network among the networks of one fold. `name` is
    that of the network in a log, such as `trial-3/fold0`.
    """

    problem: Problem
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
    before: int = 0
    name: str = ""


@dataclass(frozen=True)
class EpochEnd:
    """A message about progress: `epoch` (from 1) of `fold` is over.

    `step` also counts the epochs before those of the task, `name` is that of the task, and
    `metrics` is the row of the history.
    """

    fold: int
    member: int
    epoch: int
    epochs: int
    accuracy: float
    name: str = ""
    step: int = 0
    metrics: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class FoldResult:
    """The result of a task.

    `accuracy` and `loss` (cross-entropy) are computed on the held-out rows, with the weights of the
    last epoch or, with early stopping, of the best epoch. `mistakes` lists the held-out rows that
    are classified wrongly, as indices into the training set. `evidence` has the score by the metric
    of the problem, and what a comparison with another network needs. `history` has one row per
    epoch, with the columns of history.csv. `weights` holds the bytes of a Keras `.weights.h5` file.
    `out_of_time` is True if training ended early because the time ran out. `first_epoch` has the
    seconds of the first epoch without compiling, if the trainer knows them.
    """

    fold: int
    member: int
    accuracy: float
    loss: float
    mistakes: list[int]
    evidence: Evidence
    history: list[dict[str, float]]
    seconds: float
    out_of_time: bool
    weights: bytes | None
    first_epoch: float | None = None


Notify = Callable[[EpochEnd], None]
