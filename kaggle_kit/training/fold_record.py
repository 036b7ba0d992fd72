"""The record of a fold while it is trained, and the rows it is trained on, in their order."""

import math
import time

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.errors import TrainingError
from kaggle_kit.evaluation.metrics import accuracy, cross_entropy
from kaggle_kit.evaluation.significance import Evidence
from kaggle_kit.training.fold_task import EpochEnd, FoldResult, FoldTask, Notify
from kaggle_kit.training.folds import Folds

VALIDATION_SHARE = 0.1  # share of the training rows that is validation if training may stop early


class FoldRecord:
    """The record of one task while it is trained. It also checks the loss and the time left.

    Attributes
    ----------
    training : integer array
        The rows to train on.
    validation : integer array
        The rows that are scored after each epoch. With early stopping, they are never the held-out
        rows.
    held_out : integer array
        The rows that score the fold.
    history : list of dict
        One dict per epoch.
    out_of_time : bool
        Whether the time ran out before the last epoch.
    first_epoch : float or None
        The seconds of the first epoch without compiling, if the trainer knows them.
    """

    def __init__(self, task: FoldTask, train: ImageSet, folds: Folds, notify: Notify) -> None:
        self._started = time.monotonic()
        self._task, self._labels, self._notify = task, train.known_labels, notify
        self.held_out = np.flatnonzero(folds == task.fold)
        outside = np.flatnonzero(folds != task.fold)
        self.training, self.validation = _split(task, train, outside, self.held_out)
        self.history: list[dict[str, float]] = []
        self.out_of_time = False
        self.first_epoch: float | None = None

    def write(self, logs: dict[str, float], logits: NDArray[np.float32]) -> dict[str, float]:
        """Record the end of an epoch.

        Parameters
        ----------
        logs : dict
            The loss, accuracy and learning_rate of the epoch.
        logits : float32 array of shape (validation rows, classes)

        Returns
        -------
        dict
            val_loss and val_accuracy.

        Raises
        ------
        TrainingError
            A loss is infinite or NaN.
        """
        task, epoch = self._task, len(self.history) + 1
        truth = self._labels[self.validation]
        scores = {
            "val_loss": cross_entropy(logits, truth),
            "val_accuracy": accuracy(logits, truth),
        }
        elapsed = time.monotonic() - self._started
        self.history.append(
            {"fold": task.fold, "member": task.member, "epoch": epoch}
            | {"loss": logs["loss"], "accuracy": logs["accuracy"]}
            | scores
            | {"learning_rate": logs["learning_rate"], "seconds": round(elapsed, 3)}
        )
        broken = [loss for loss in (logs["loss"], scores["val_loss"]) if not math.isfinite(loss)]
        if broken:
            raise TrainingError(
                f"the loss became {broken[0]} in epoch {epoch} of fold {task.fold}",
                hint="a lower learning rate usually helps",
            )
        where = (task.fold, task.member, epoch, task.epochs)
        step = task.before + epoch
        self._notify(
            EpochEnd(*where, scores["val_accuracy"], task.name, step, dict(self.history[-1]))
        )
        self.out_of_time = elapsed >= task.seconds and epoch < task.epochs
        return scores

    def result(self, logits: NDArray[np.float32], weights: bytes | None) -> FoldResult:
        """The result of the task, given the logits of the held-out rows."""
        truth, problem = self._labels[self.held_out], self._task.problem
        return FoldResult(
            fold=self._task.fold,
            member=self._task.member,
            accuracy=accuracy(logits, truth),
            loss=cross_entropy(logits, truth),
            mistakes=self.held_out[logits.argmax(axis=1) != truth].tolist(),
            evidence=Evidence.of(problem.metric, logits, truth, self.held_out, k=problem.k),
            history=self.history,
            first_epoch=self.first_epoch,
            seconds=time.monotonic() - self._started,
            out_of_time=self.out_of_time,
            weights=weights,
        )


class BatchOrder:
    """The order in which a network is shown its rows.

    All batches have the same size, so that the training step is compiled only once. Each epoch
    shuffles the rows again and leaves out those that do not fill a whole batch.
    """

    def __init__(self, training: NDArray[np.intp], batch_size: int, seed: int) -> None:
        self._rows = training
        self._size = min(batch_size, len(training))
        self._random = np.random.default_rng(seed)

    def __len__(self) -> int:
        return len(self._rows) // self._size

    def epoch(self) -> NDArray[np.intp]:
        """The rows of the next epoch, of shape (batches, batch size)."""
        order = self._random.permutation(len(self._rows))[: len(self) * self._size]
        return self._rows[order].reshape(len(self), self._size)


def rows_to_train_on(task: FoldTask, folds: Folds) -> int:
    """The number of rows in `FoldRecord.training` of the task."""
    outside = int(np.count_nonzero(folds != task.fold))
    return outside if task.patience is None else outside - math.ceil(VALIDATION_SHARE * outside)


def _split(
    task: FoldTask, train: ImageSet, training: NDArray[np.intp], held_out: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Choose the rows to train on and those to watch (with early stopping, never held-out rows)."""
    if task.patience is None:
        return training, held_out
    labels = train.known_labels[training]
    sizes = np.unique(labels, return_counts=True)[1]
    # Classes cannot be stratified if one has a single row or if there are more classes than
    # validation rows.
    even = sizes.min() > 1 and len(training) >= 10 * len(sizes)
    split: tuple[NDArray[np.intp], NDArray[np.intp]] = train_test_split(
        training,
        test_size=VALIDATION_SHARE,
        random_state=task.seed,
        stratify=labels if even else None,
    )
    return split
