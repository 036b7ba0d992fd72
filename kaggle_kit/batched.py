"""Train several networks of one shape as one program: one alone is too small to fill a GPU.

Weights, optimizer states and random seeds get a leading axis of networks, over which JAX maps the
training step (`jax.vmap`). The images lie on the device once; each network is told the numbers of
its rows. An epoch is one call, without a word from the host in between.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
from jax import numpy as jnp
from numpy.typing import NDArray

from kaggle_kit.backend import keras
from kaggle_kit.data import Digits
from kaggle_kit.executor import InlineExecutor, silent
from kaggle_kit.fold_tasks import Diary, FoldResult, FoldTask, Notify, Order
from kaggle_kit.folds import Folds
from kaggle_kit.training import (
    PREDICTION_BATCH,
    begin,
    class_weights,
    compile_for,
    train_fold,
    weights_of,
)

Call = partial[FoldResult]  # of train_fold: task, digits, folds
Rows = NDArray[np.intp]
Values = list[Any]  # of variables, on the device


class BatchExecutor(InlineExecutor):
    """Train, in this process, all the fold tasks that are waiting as one program.

    Parameters
    ----------
    workers : int
        How many tasks wait for each other.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._waiting: list[tuple[Call, Notify, Future[FoldResult]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not (isinstance(fn, partial) and fn.func is train_fold):
            return super().submit(fn, *args, **kwargs)
        future: Future[FoldResult] = Future()
        self._waiting.append((fn, args[0] if args else silent, future))
        return future

    def news(self) -> tuple[()]:
        """Train what waits; `run_tasks` asks for news when it has nothing left to submit."""
        waiting, self._waiting = self._waiting, []
        begun = [one for one in waiting if one[2].set_running_or_notify_cancel()]
        if not begun:
            return ()
        (call, notify, _), futures = begun[0], [future for _, _, future in begun]
        data: tuple[Digits, Folds] = call.args[1:]
        try:
            results = train_folds([one.args[0] for one, _, _ in begun], *data, notify)
        except Exception as error:  # noqa: BLE001  a future carries whatever its task raised
            for future in futures:
                future.set_exception(error)
        else:
            for future, result in zip(futures, results, strict=True):
                future.set_result(result)
        return ()


def train_folds(
    tasks: Sequence[FoldTask], digits: Digits, folds: Folds, notify: Notify = silent
) -> list[FoldResult]:
    """Train networks side by side; each comes out as `train_fold` would make it, up to rounding.

    Those that differ in nothing but fold, member, seed, learning rate and the weights they start
    from are one program; one shape after the other is trained.

    Parameters
    ----------
    tasks : sequence of FoldTask
    digits, folds, notify
        As of `train_fold`.

    Returns
    -------
    list of FoldResult, in the order of the tasks. `seconds`, of a network, are those of all that
    were trained with it.

    Raises
    ------
    TrainingError
        The loss of one of them became infinite or NaN.
    """
    shapes: dict[str, list[int]] = {}
    for number, task in enumerate(tasks):
        shapes.setdefault(_shape(task, folds), []).append(number)
    results: dict[int, FoldResult] = {}
    for numbers in shapes.values():
        together = _Together([tasks[i] for i in numbers], digits, folds, notify)
        results |= dict(zip(numbers, together.train(), strict=True))
    return [results[number] for number in range(len(tasks))]


def _shape(task: FoldTask, folds: Folds) -> str:
    """What the programs of two tasks must have in common to be one."""
    values = {
        name: value
        for name, value in task.hyperparameters.items()
        if name != "learning_rate" and not name.startswith("tuner/")
    }
    form = (task.competition, task.family, sorted(values.items()), task.epochs, task.patience)
    return repr((form, np.count_nonzero(folds != task.fold)))


class _State(NamedTuple):
    """Of all networks, along the first axis of each: variables of the model, of the optimizer."""

    trainable: Values
    other: Values
    optimizer: Values


class _Together:
    """Tasks of one shape, while they are trained."""

    def __init__(
        self, tasks: Sequence[FoldTask], digits: Digits, folds: Folds, notify: Notify
    ) -> None:
        self._tasks = tasks
        self._diaries = [Diary(task, digits, folds, notify) for task in tasks]
        networks = [
            _Network.of(task, diary.training, digits)
            for task, diary in zip(tasks, self._diaries, strict=True)
        ]
        self._orders = [network.order for network in networks]
        self._program = _Program(networks, digits)

    def train(self) -> list[FoldResult]:
        state = kept = self._program.start
        stops = [_Stop(task.patience) for task in self._tasks]
        for _ in range(self._tasks[0].epochs):
            state, logs = self._program.epoch(state, [order.epoch() for order in self._orders])
            logits = self._program.logits(state, [diary.watched for diary in self._diaries])
            going = [i for i, stop in enumerate(stops) if not stop.over]
            for i in going:
                scores = self._diaries[i].write(logs[i], logits[i])
                stops[i].judge(scores["val_loss"], out_of_time=self._diaries[i].out_of_time)
            kept = _chosen([i in going and stop.keeps for i, stop in enumerate(stops)], state, kept)
            if all(stop.over for stop in stops):
                break
        logits = self._program.logits(kept, [diary.held_out for diary in self._diaries])
        return [
            diary.result(logits[i], self._program.weights(kept, i) if task.keep_weights else None)
            for i, (task, diary) in enumerate(zip(self._tasks, self._diaries, strict=True))
        ]


@dataclass(frozen=True)
class _Network:
    """One of them before training; `weights` as of `class_weights`."""

    model: Any
    trained: Any
    order: Order
    weights: NDArray[np.float32] | None
    values: _State

    @classmethod
    def of(cls, task: FoldTask, training: Rows, digits: Digits) -> "_Network":
        model, recipe = begin(task)
        order = Order(training, recipe.batch_size, task.seed)
        order.epoch()  # Keras' trainer has rows shuffled once more before the first epoch
        trained = compile_for(task, (model, recipe), len(order))
        trained.optimizer.build(trained.trainable_variables)
        variables = (
            trained.trainable_variables,
            trained.non_trainable_variables,
            trained.optimizer.variables,
        )
        values = _State(*([variable.value for variable in some] for some in variables))
        return cls(model, trained, order, class_weights(recipe, digits, training), values)


class _Program:
    """The compiled steps of all networks; Keras' objects are those of the last.

    Attributes
    ----------
    start : _State
        Before training.
    """

    def __init__(self, networks: list[_Network], digits: Digits) -> None:
        self._model, self._trained = networks[-1].model, networks[-1].trained
        self.start: _State = jax.tree.map(
            lambda *values: jnp.stack(values), *(network.values for network in networks)
        )
        classes = self._model.output_shape[-1]
        weights = [network.weights for network in networks]
        self._data = (
            jnp.asarray(digits.images),
            jax.nn.one_hot(digits.known_labels, classes),
            None if weights[0] is None else jnp.asarray(np.stack(weights)),  # type: ignore[arg-type]
        )
        self._epoch = jax.jit(self._steps)
        self._answer = jax.jit(self._blocks)

    def epoch(self, state: _State, rows: list[Rows]) -> tuple[_State, list[dict[str, float]]]:
        """Train for an epoch on rows (steps, batch) of each; loss, accuracy and rate of each."""
        numbers = np.stack(rows, axis=1).astype(np.int32)
        state, losses, accuracies = self._epoch(state, numbers, self._data)
        figures = zip(losses.tolist(), accuracies.tolist(), self._rates(state), strict=True)
        return state, [
            dict(zip(("loss", "accuracy", "learning_rate"), f, strict=True)) for f in figures
        ]

    def logits(self, state: _State, rows: list[Rows]) -> list[NDArray[np.float32]]:
        """Logits (n, classes) of the rows (n,) of each."""
        blocks = math.ceil(max(map(len, rows)) / PREDICTION_BATCH)
        numbers = np.zeros((len(rows), blocks * PREDICTION_BATCH), dtype=np.int32)
        for i, some in enumerate(rows):
            numbers[i, : len(some)] = some
        blockwise = numbers.reshape(len(rows), blocks, PREDICTION_BATCH).swapaxes(0, 1)
        answers = np.asarray(self._answer(state, blockwise, self._data[0])).swapaxes(0, 1)
        flat = answers.reshape(*numbers.shape, -1)
        return [flat[i, : len(some)] for i, some in enumerate(rows)]

    def weights(self, state: _State, number: int) -> bytes:
        """The weights of one, as in a FoldResult."""
        trained = self._trained
        for variable, values in [
            *zip(trained.trainable_variables, state.trainable, strict=True),
            *zip(trained.non_trainable_variables, state.other, strict=True),
        ]:
            variable.assign(values[number])
        return weights_of(self._model)

    def _rates(self, state: _State) -> list[float]:
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

    def _steps(self, state: _State, rows: Any, data: tuple[Any, ...]) -> tuple[_State, Any, Any]:
        images, targets, weights = data

        def step(state: _State, rows: Any, weights: Any) -> tuple[_State, Any, Any]:
            batch = (images[rows], targets[rows], None if weights is None else weights[rows])
            return self._step(state, batch)

        def all_step(state: _State, rows: Any) -> tuple[_State, tuple[Any, Any]]:
            state, loss, accuracy = jax.vmap(step)(state, rows, weights)
            return state, (loss, accuracy)

        state, (losses, accuracies) = jax.lax.scan(all_step, state, rows)
        return state, losses.mean(axis=0), accuracies.mean(axis=0)

    def _step(self, state: _State, batch: tuple[Any, Any, Any]) -> tuple[_State, Any, Any]:
        """One step of one network, as Keras' own trainer takes it."""
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
        return _State(trainable, other, optimizer), loss, right.mean()

    def _blocks(self, state: _State, rows: Any, images: Any) -> Any:
        def answer(trainable: Values, other: Values, rows: Any) -> Any:
            return self._trained.stateless_call(trainable, other, images[rows], training=False)[0]

        return jax.lax.map(
            lambda block: jax.vmap(answer)(state.trainable, state.other, block), rows
        )


class _Stop:
    """When a network is over, and whether it keeps its last weights: Keras' EarlyStopping.

    Attributes
    ----------
    over, keeps : bool
    """

    def __init__(self, patience: int | None) -> None:
        self.over = self.keeps = False
        self._patience, self._best, self._since = patience, math.inf, 0

    def judge(self, loss: float, *, out_of_time: bool) -> None:
        """End an epoch, after which the watched rows have that loss."""
        self.keeps = self._patience is None or loss < self._best
        self._best = min(loss, self._best)
        self._since = 0 if self.keeps else self._since + 1
        impatient = self._patience is not None and self._since >= max(self._patience, 1)
        self.over = out_of_time or impatient


def _chosen(which: list[bool], one: _State, other: _State) -> _State:
    """Those of one state for the networks in which `which` says so, else of the other."""
    mask = jnp.asarray(which)

    def choose(first: Any, second: Any) -> Any:
        return jnp.where(mask.reshape(-1, *[1] * (first.ndim - 1)), first, second)

    chosen: _State = jax.tree.map(choose, one, other)
    return chosen
