"""Train one network on one fold: the one place where networks are trained.

Search and ensemble hand `train_fold` and a `FoldTask` to an executor, so a task and its result
are plain data that pickle, and a task finds nothing in globals that it did not put there.
"""

import math
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from sklearn.utils.class_weight import compute_sample_weight

from kaggle_kit.augment import Distort, Distortion
from kaggle_kit.backend import keras, keras_tuner
from kaggle_kit.competition import Competition
from kaggle_kit.data import Digits
from kaggle_kit.errors import TrainingError
from kaggle_kit.evaluate import accuracy, cross_entropy
from kaggle_kit.executor import silent
from kaggle_kit.folds import Folds
from kaggle_kit.models import get_family
from kaggle_kit.recipe import Recipe

HyperparameterValues = dict[str, Any]
PREDICTION_BATCH = 1024
PREDICTION_BLOCK = 64 * PREDICTION_BATCH


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


def train_fold(task: FoldTask, digits: Digits, folds: Folds, notify: Notify = silent) -> FoldResult:
    """Train on every row outside the fold and score on the rows of the fold.

    Parameters
    ----------
    digits : Digits
        n labelled images.
    folds : int8 array of shape (n,)
        The fold that holds each row out.
    notify : callable
        Called after each epoch.

    Raises
    ------
    TrainingError
        The loss became infinite or NaN.
    """
    started = time.monotonic()
    keras.utils.clear_session()
    # All that Keras seeds by default it seeds from here; its own set_random_seed does no more for
    # our backends, but imports TensorFlow for it.
    random.seed(task.seed)
    recipe = Recipe.declare(_hyperparameters(task.hyperparameters))
    model = build_model(task.family, task.hyperparameters, task.competition)
    if task.start is not None:
        load_weights(model, task.start)
    held_out = np.flatnonzero(folds == task.fold)
    training, watched = _split(task, digits, np.flatnonzero(folds != task.fold), held_out)
    diary = _Diary(task, model, (digits, watched), started, notify)
    _fit(model, recipe, task, _Batches(digits, training, recipe, task), diary)
    logits = predict_logits(model, digits.images[held_out])
    truth = digits.known_labels[held_out]
    return FoldResult(
        fold=task.fold,
        member=task.member,
        accuracy=accuracy(logits, truth),
        loss=cross_entropy(logits, truth),
        mistakes=held_out[logits.argmax(axis=1) != truth].tolist(),
        history=diary.rows,
        seconds=time.monotonic() - started,
        out_of_time=diary.out_of_time,
        weights=_weights(model) if task.keep_weights else None,
    )


def build_model(family: str, values: HyperparameterValues, competition: Competition) -> Any:
    """The untrained network of the given hyperparameters."""
    return get_family(family).build(_hyperparameters(values), competition)


def predict_logits(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Logits (n, classes) float32 of images (n, height, width), 0..255.

    Images may be a memory map of any length: a block of them is read at a time.
    """
    starts = range(0, max(len(images), 1), PREDICTION_BLOCK)
    return np.concatenate([_logits(model, images[i : i + PREDICTION_BLOCK]) for i in starts])


def _logits(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    count = len(images)
    # Whole batches only: a last one of another size would be compiled for itself.
    whole = -(-count // PREDICTION_BATCH) * PREDICTION_BATCH
    padded = np.zeros((whole, *images.shape[1:]), dtype=np.uint8)
    padded[:count] = images
    logits = model.predict(padded, batch_size=PREDICTION_BATCH, verbose=0)[:count]
    return np.asarray(logits, dtype=np.float32)


def _hyperparameters(values: HyperparameterValues) -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.values = dict(values)
    return hp


def _fit(model: Any, recipe: Recipe, task: FoldTask, batches: "_Batches", diary: "_Diary") -> None:
    trained = model
    if recipe.distortion:
        inputs = keras.Input(task.competition.image_shape)
        distorted = Distort(Distortion().scaled(recipe.distortion), task.seed)(inputs)
        trained = keras.Model(inputs, model(distorted))
    recipe.compile(trained, steps=task.epochs * len(batches), warmup=len(batches))
    callbacks: list[Any] = [diary]
    if task.patience is not None:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=task.patience, restore_best_weights=True
            )
        )
    trained.fit(batches, epochs=task.epochs, callbacks=callbacks, verbose=0)


def _split(
    task: FoldTask, digits: Digits, training: NDArray[np.intp], held_out: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows to train on and the rows to watch: with early stopping, never the held-out ones."""
    if task.patience is None:
        return training, held_out
    labels = digits.known_labels[training]
    sizes = np.unique(labels, return_counts=True)[1]
    # Where a class has one row, or there are fewer rows to watch than classes, none can be spread.
    even = sizes.min() > 1 and len(training) >= 10 * len(sizes)
    split: tuple[NDArray[np.intp], NDArray[np.intp]] = train_test_split(
        training, test_size=0.1, random_state=task.seed, stratify=labels if even else None
    )
    return split


def _weights(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        model.save_weights(path)
        return path.read_bytes()


def load_weights(model: Any, weights: bytes) -> None:
    """Load the bytes of a `.weights.h5` file, as in a FoldResult."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.weights.h5"
        path.write_bytes(weights)
        model.load_weights(path)


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras is untyped
    """Shuffled batches, all of one size so that the training step is compiled once.

    The rows that do not fill a batch sit one epoch out; each epoch shuffles anew.
    """

    def __init__(
        self, digits: Digits, rows: NDArray[np.intp], recipe: Recipe, task: FoldTask
    ) -> None:
        super().__init__()
        labels = digits.known_labels[rows]
        self._images = digits.images[rows]
        self._targets = np.eye(task.competition.classes, dtype=np.float32)[labels]
        self._weights = (
            compute_sample_weight("balanced", labels).astype(np.float32)
            if recipe.class_weights
            else None
        )
        self._size = min(recipe.batch_size, len(rows))
        self._random = np.random.default_rng(task.seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self._images) // self._size

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        rows = self._order[index * self._size : (index + 1) * self._size]
        batch = (self._images[rows], self._targets[rows])
        return batch if self._weights is None else (*batch, self._weights[rows])

    def on_epoch_end(self) -> None:
        self._order = self._random.permutation(len(self._images))


class _Diary(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """After each epoch: score the watched rows, keep a row of history, mind loss and clock."""

    def __init__(
        self,
        task: FoldTask,
        network: Any,
        watched: tuple[Digits, NDArray[np.intp]],
        started: float,
        notify: Notify,
    ) -> None:
        super().__init__()
        digits, rows = watched
        self.rows: list[dict[str, float]] = []
        self.out_of_time = False
        self._task, self._network, self._started, self._notify = task, network, started, notify
        self._images, self._truth = digits.images[rows], digits.known_labels[rows]

    def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:
        logits = predict_logits(self._network, self._images)
        logs["val_loss"] = cross_entropy(logits, self._truth)
        logs["val_accuracy"] = accuracy(logits, self._truth)
        elapsed = time.monotonic() - self._started
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        self.rows.append(
            {"fold": self._task.fold, "member": self._task.member, "epoch": epoch + 1}
            | {k: logs[k] for k in ("loss", "accuracy", "val_loss", "val_accuracy")}
            | {"learning_rate": rate, "seconds": round(elapsed, 3)}
        )
        broken = [logs[name] for name in ("loss", "val_loss") if not math.isfinite(logs[name])]
        if broken:
            raise TrainingError(
                f"the loss became {broken[0]} in epoch {epoch + 1} of fold {self._task.fold}",
                hint="a lower learning rate usually helps",
            )
        where = (self._task.fold, self._task.member, epoch + 1, self._task.epochs)
        self._notify(EpochEnd(*where, logs["val_accuracy"]))
        if elapsed >= self._task.seconds and epoch + 1 < self._task.epochs:
            self.out_of_time = self.model.stop_training = True
