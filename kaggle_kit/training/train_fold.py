"""Train one network on one fold, with Keras' own trainer.

Search and ensemble pass `train_fold` and a `FoldTask` to an executor, which may run it in another
process. So a task and its result are plain data that can be pickled, and a task reads no global
that it did not set itself.
"""

import random
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_sample_weight

from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.model import (
    after_shrinking,
    build_model,
    hyperparameters_of,
    load_weights,
    predict_logits,
    weights_of,
)
from kaggle_kit.training.fold_record import BatchOrder, FoldRecord
from kaggle_kit.training.fold_task import FoldResult, FoldTask, Notify
from kaggle_kit.training.folds import Folds
from kaggle_kit.training.progress import silent
from kaggle_kit.training.recipe import Recipe


def train_fold(
    task: FoldTask, train: ImageSet, folds: Folds, notify: Notify = silent
) -> FoldResult:
    """Train on every row outside the fold and score on the rows of the fold.

    Parameters
    ----------
    train : ImageSet
        n labelled images.
    folds : int8 array of shape (n,)
        The fold that holds each row out.
    notify : callable
        Called with an `EpochEnd` after each epoch.

    Raises
    ------
    TrainingError
        The loss became infinite or NaN.
    """
    record = FoldRecord(task, train, folds, notify)
    model, recipe = begin(task)
    weights = class_weights(recipe, train, record.training)
    order = BatchOrder(record.training, recipe.batch_size, task.seed)
    batches = _Batches(train, order, weights, task.problem.classes)
    trained = compile_for(task, model, recipe, len(batches))
    callbacks: list[Any] = [_EpochRecorder(model, train.images[record.validation], record)]
    if task.patience is not None:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=task.patience, restore_best_weights=True
            )
        )
    # The batches are in random order already. Shuffled by Keras, their order would depend on
    # Python's global generator.
    trained.fit(batches, epochs=task.epochs, callbacks=callbacks, verbose=0, shuffle=False)
    logits = predict_logits(model, train.images[record.held_out])
    return record.result(logits, weights_of(model) if task.keep_weights else None)


def begin(task: FoldTask) -> tuple[Any, Recipe]:
    """The network of a task before training, and the recipe to train it with."""
    keras.utils.clear_session()
    # Keras takes all its default seeds from this generator. Its own set_random_seed does no more
    # for our backends, but it imports TensorFlow.
    random.seed(task.seed)
    model = build_model(task.family, task.hyperparameters, task.problem)
    recipe = Recipe.of_model(hyperparameters_of(task.hyperparameters), task.problem, model)
    if task.start is not None:
        load_weights(model, task.start)
    return model, recipe


def recipe_of(task: FoldTask) -> Recipe:
    return Recipe.declare(hyperparameters_of(task.hyperparameters), task.problem)


def compile_for(task: FoldTask, model: Any, recipe: Recipe, steps: int) -> Any:
    """Compile the model to train, in `steps` steps per epoch: distortion, then the network."""
    trained = model
    distortion = recipe.augmentation.layers(task.problem, task.seed)
    if distortion:
        shrink, network = after_shrinking(model)
        inputs = keras.Input(task.problem.image_shape)
        images = shrink(inputs) if shrink else inputs
        for layer in distortion:
            images = layer(images)
        trained = keras.Model(inputs, network(images))
    recipe.compile(trained, steps=task.epochs * steps, warmup=steps)
    return trained


def class_weights(
    recipe: Recipe, train: ImageSet, training: NDArray[np.intp]
) -> NDArray[np.float32] | None:
    """The weight of each row (n,) in the loss, 0 for rows not trained on; None if all are equal."""
    if not recipe.class_weights:
        return None
    weights = np.zeros(len(train.images), dtype=np.float32)
    weights[training] = compute_sample_weight("balanced", train.known_labels[training])
    return weights


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras is untyped
    def __init__(
        self, train: ImageSet, order: BatchOrder, weights: NDArray[np.float32] | None, classes: int
    ) -> None:
        super().__init__()
        self._images, self._labels = train.images, train.known_labels
        self._classes = np.arange(classes)
        self._order, self._weights = order, weights
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        rows = self._epoch[index]
        targets = (self._labels[rows, None] == self._classes).astype(np.float32)
        batch = (self._images[rows], targets)
        return batch if self._weights is None else (*batch, self._weights[rows])

    def on_epoch_end(self) -> None:
        self._epoch = self._order.epoch()


class _EpochRecorder(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    """Write the record after each epoch, and stop the training when the time is over."""

    def __init__(self, network: Any, images: NDArray[np.uint8], record: FoldRecord) -> None:
        super().__init__()
        self._network, self._images, self._record = network, images, record
        self._second_step: float | None = None  # when it began

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002  Keras' API
        if batch == 1 and self._second_step is None:
            self._second_step = time.monotonic()

    def on_epoch_end(self, _: int, logs: dict[str, float]) -> None:
        if self._record.first_epoch is None:
            self._record.first_epoch = self._first_epoch()
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        logits = predict_logits(self._network, self._images)
        logs.update(self._record.write(logs | {"learning_rate": rate}, logits))
        if self._record.out_of_time:
            self.model.stop_training = True

    def _first_epoch(self) -> float:
        """The seconds of all steps, at the pace of those after the first, which was compiled.

        If there was only one step, it is so short that its time does not matter.
        """
        if self._second_step is None:
            return 0.0
        steps: int = self.params["steps"]
        return (time.monotonic() - self._second_step) * steps / (steps - 1)
