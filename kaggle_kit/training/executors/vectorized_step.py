"""The training step of one network, mapped over several networks of one shape: a single program.

Weights, optimizer states and random seeds get a leading axis of networks. JAX maps the training
step over this axis (`jax.vmap`). The images are stored on the device only once, and each network
gets the indices of its rows. An epoch is one call, without communication with the host during it.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import numpy as jnp
from numpy.typing import NDArray

from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.networks.backend import keras
from kaggle_kit.networks.model import PREDICTION_BATCH, weights_of
from kaggle_kit.training.fold_record import BatchOrder
from kaggle_kit.training.fold_task import FoldTask
from kaggle_kit.training.train_fold import begin, class_weights, compile_for

Rows = NDArray[np.intp]
Values = list[Any]  # the values of variables, on the device


class State(NamedTuple):
    """The variables of the models and of the optimizers; their first axis is the network."""

    trainable: Values
    other: Values
    optimizer: Values


class DeviceData(NamedTuple):
    """The training set on the device: images, labels, and the row weights per network."""

    images: Any
    labels: Any
    weights: Any


@dataclass(frozen=True)
class Network:
    """One network before training; `weights` is the result of `class_weights`."""

    model: Any
    trained: Any
    order: BatchOrder
    weights: NDArray[np.float32] | None
    values: State

    @classmethod
    def of(cls, task: FoldTask, training: Rows, train: ImageSet) -> "Network":
        model, recipe = begin(task)
        order = BatchOrder(training, recipe.batch_size, task.seed)
        order.epoch()  # Keras' trainer also shuffles once more before the first epoch
        trained = compile_for(task, model, recipe, len(order))
        trained.optimizer.build(trained.trainable_variables)
        variables = (
            trained.trainable_variables,
            trained.non_trainable_variables,
            trained.optimizer.variables,
        )
        values = State(*([variable.value for variable in some] for some in variables))
        return cls(model, trained, order, class_weights(recipe, train, training), values)


class Program:
    """The compiled steps of all networks. It uses the Keras objects of the last network.

    Attributes
    ----------
    start : State
        The state before training.
    """

    def __init__(self, networks: list[Network], train: ImageSet) -> None:
        self._model, self._trained = networks[-1].model, networks[-1].trained
        self.start: State = jax.tree.map(
            lambda *values: jnp.stack(values), *(network.values for network in networks)
        )
        weights = [network.weights for network in networks]
        self._data = DeviceData(
            jnp.asarray(train.images),
            jnp.asarray(train.known_labels),
            None if weights[0] is None else jnp.asarray(np.stack(weights)),  # type: ignore[arg-type]
        )
        self._epoch = jax.jit(self._steps)
        self._answer = jax.jit(self._blocks)

    def epoch(self, state: State, rows: list[Rows]) -> tuple[State, list[dict[str, float]]]:
        """Train an epoch on the rows (steps, batch) of each network; return state and logs."""
        numbers = np.stack(rows, axis=1).astype(np.int32)
        state, losses, accuracies = self._epoch(state, numbers, self._data)
        figures = zip(losses.tolist(), accuracies.tolist(), self._rates(state), strict=True)
        return state, [
            dict(zip(("loss", "accuracy", "learning_rate"), f, strict=True)) for f in figures
        ]

    def logits(self, state: State, rows: list[Rows]) -> list[NDArray[np.float32]]:
        """The logits (n, classes) of the rows (n,) of each network."""
        blocks = math.ceil(max(map(len, rows)) / PREDICTION_BATCH)
        numbers = np.zeros((len(rows), blocks * PREDICTION_BATCH), dtype=np.int32)
        for i, some in enumerate(rows):
            numbers[i, : len(some)] = some
        blockwise = numbers.reshape(len(rows), blocks, PREDICTION_BATCH).swapaxes(0, 1)
        answers = np.asarray(self._answer(state, blockwise, self._data.images)).swapaxes(0, 1)
        flat = answers.reshape(*numbers.shape, -1)
        return [flat[i, : len(some)] for i, some in enumerate(rows)]

    def weights(self, state: State, number: int) -> bytes:
        """The weights of network `number`, as in a FoldResult."""
        trained = self._trained
        for variable, values in [
            *zip(trained.trainable_variables, state.trainable, strict=True),
            *zip(trained.non_trainable_variables, state.other, strict=True),
        ]:
            variable.assign(values[number])
        return weights_of(self._model)

    def _rates(self, state: State) -> list[float]:
        optimizer = self._trained.optimizer
        scalars = [
            (variable, np.asarray(values))
            for variable, values in zip(optimizer.variables, state.optimizer, strict=True)
            if variable.shape == ()
        ]
        rates = []
        for number in range(len(state.optimizer[0])):
            mapping = [(variable, jnp.asarray(values[number])) for variable, values in scalars]
            with keras.StatelessScope(state_mapping=mapping):
                rates.append(float(optimizer.learning_rate))
        return rates

    def _steps(self, state: State, rows: Any, data: DeviceData) -> tuple[State, Any, Any]:
        images, labels, weights = data
        classes = self._model.output_shape[-1]

        def step(state: State, rows: Any, weights: Any) -> tuple[State, Any, Any]:
            targets = jax.nn.one_hot(labels[rows], classes)
            batch = (images[rows], targets, None if weights is None else weights[rows])
            return self._step(state, batch)

        def all_step(state: State, rows: Any) -> tuple[State, tuple[Any, Any]]:
            state, loss, accuracy = jax.vmap(step)(state, rows, weights)
            return state, (loss, accuracy)

        state, (losses, accuracies) = jax.lax.scan(all_step, state, rows)
        return state, losses.mean(axis=0), accuracies.mean(axis=0)

    def _step(self, state: State, batch: tuple[Any, Any, Any]) -> tuple[State, Any, Any]:
        """One training step of one network, the same as in Keras' own trainer."""
        images, targets, weights = batch
        trained = self._trained

        def loss_of(trainable: Values) -> tuple[Any, tuple[Any, Values]]:
            logits, other, penalties = trained.stateless_call(
                trainable, state.other, images, training=True, return_losses=True
            )
            loss = trained.loss(targets, logits, sample_weight=weights)
            return sum(penalties, loss), (logits, other)

        differentiate = jax.value_and_grad(loss_of, has_aux=True)
        (loss, (logits, other)), gradients = differentiate(state.trainable)
        trainable, optimizer = trained.optimizer.stateless_apply(
            state.optimizer, gradients, state.trainable
        )
        right = logits.argmax(axis=1) == targets.argmax(axis=1)
        return State(trainable, other, optimizer), loss, right.mean()

    def _blocks(self, state: State, rows: Any, images: Any) -> Any:
        def answer(trainable: Values, other: Values, rows: Any) -> Any:
            return self._trained.stateless_call(trainable, other, images[rows], training=False)[0]

        return jax.lax.map(
            lambda block: jax.vmap(answer)(state.trainable, state.other, block), rows
        )
