"""Train several networks of one shape as one program: a single one is too small to fill a GPU."""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
from jax import numpy as jnp

from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.networks.families.own_text import is_own
from kaggle_kit.training.executors.base import InlineExecutor
from kaggle_kit.training.executors.vectorized_step import Network, Program, State
from kaggle_kit.training.fold_record import FoldRecord, rows_to_train_on
from kaggle_kit.training.fold_task import FoldResult, FoldTask, Notify
from kaggle_kit.training.folds import Folds
from kaggle_kit.training.progress import silent
from kaggle_kit.training.train_fold import recipe_of, train_fold


@dataclass(frozen=True, eq=False)
class _Waiting:
    """A waiting call of `train_fold` with task, train and folds; `notify` gets its messages."""

    call: partial[FoldResult]
    notify: Notify
    future: Future[FoldResult]

    @property
    def task(self) -> FoldTask:
        task: FoldTask = self.call.args[0]
        return task

    @property
    def train(self) -> ImageSet:
        train: ImageSet = self.call.args[1]
        return train

    @property
    def folds(self) -> Folds:
        folds: Folds = self.call.args[2]
        return folds


class BatchExecutor(InlineExecutor):
    """Train all waiting fold tasks of one shape as one program, in this process.

    Parameters
    ----------
    workers : int
        The number of tasks that are collected before training begins.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._waiting: list[_Waiting] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if not (isinstance(fn, partial) and fn.func is train_fold) or is_own(fn.args[0].family):
            return super().submit(fn, *args, **kwargs)
        future: Future[FoldResult] = Future()
        self._waiting.append(_Waiting(fn, args[0] if args else silent, future))
        return future

    def work(self) -> None:
        """Train the waiting tasks that have the same shape as the first one.

        `run_tasks` calls this method each time before it waits for results. So the networks of one
        shape are returned before those of another shape are trained.
        """
        waiting = [one for one in self._waiting if not one.future.cancelled()]
        if not waiting:
            return
        first = waiting[0]
        shapes = [_shape(one.task, first.folds) for one in waiting]
        group = [one for one, shape in zip(waiting, shapes, strict=True) if shape == shapes[0]]
        self._waiting = [one for one in waiting if one not in group]
        for one in group:
            one.future.set_running_or_notify_cancel()
        try:
            tasks = [one.task for one in group]
            results = train_folds(tasks, first.train, first.folds, first.notify)
        except Exception as error:  # noqa: BLE001  a future holds whatever its task raised
            for one in group:
                one.future.set_exception(error)
        else:
            for one, result in zip(group, results, strict=True):
                one.future.set_result(result)


def train_folds(
    tasks: Sequence[FoldTask], train: ImageSet, folds: Folds, notify: Notify = silent
) -> list[FoldResult]:
    """Train several networks together. Up to rounding, the results equal those of `train_fold`.

    Networks have the same shape if they differ only in fold, member, seed, learning rate and start
    weights. All networks of one shape are one program. One shape is trained after the other.

    Parameters
    ----------
    tasks : sequence of FoldTask
    train, folds, notify
        As in `train_fold`.

    Returns
    -------
    list of FoldResult, in the order of the tasks. The `seconds` of a network are those of all
    networks that were trained together with it.

    Raises
    ------
    TrainingError
        The loss of a network became infinite or NaN.
    """
    shapes: dict[str, list[int]] = {}
    for number, task in enumerate(tasks):
        shapes.setdefault(_shape(task, folds), []).append(number)
    results: dict[int, FoldResult] = {}
    for numbers in shapes.values():
        together = _Batch([tasks[i] for i in numbers], train, folds, notify)
        results |= dict(zip(numbers, together.train(), strict=True))
    return [results[number] for number in range(len(tasks))]


def _shape(task: FoldTask, folds: Folds) -> str:
    """The shape of a task: tasks of equal shape can be trained as one program."""
    values = {
        name: value
        for name, value in task.hyperparameters.items()
        if name != "learning_rate" and not name.startswith("tuner/")
    }
    form = (task.problem, task.family, sorted(values.items()), task.epochs, task.patience)
    rows = rows_to_train_on(task, folds)
    size = min(rows, recipe_of(task).batch_size)
    return repr((form, size, rows // size))


class _Batch:
    """Several tasks of one shape that are trained together."""

    def __init__(
        self, tasks: Sequence[FoldTask], train: ImageSet, folds: Folds, notify: Notify
    ) -> None:
        self._tasks = tasks
        self._records = [FoldRecord(task, train, folds, notify) for task in tasks]
        networks = [
            Network.of(task, record.training, train)
            for task, record in zip(tasks, self._records, strict=True)
        ]
        self._orders = [network.order for network in networks]
        self._program = Program(networks, train)

    def train(self) -> list[FoldResult]:
        state = kept = self._program.start
        stops = [_Stop(task.patience) for task in self._tasks]
        for _ in range(self._tasks[0].epochs):
            state, logs = self._program.epoch(state, [order.epoch() for order in self._orders])
            logits = self._program.logits(state, [record.validation for record in self._records])
            going = [i for i, stop in enumerate(stops) if not stop.over]
            for i in going:
                scores = self._records[i].write(logs[i], logits[i])
                stops[i].judge(scores["val_loss"], out_of_time=self._records[i].out_of_time)
            kept = _chosen([i in going and stop.keeps for i, stop in enumerate(stops)], state, kept)
            if all(stop.over for stop in stops):
                break
        logits = self._program.logits(kept, [record.held_out for record in self._records])
        return [
            record.result(logits[i], self._program.weights(kept, i) if task.keep_weights else None)
            for i, (task, record) in enumerate(zip(self._tasks, self._records, strict=True))
        ]


class _Stop:
    """Early stopping of one network, with the rules of Keras' EarlyStopping.

    Attributes
    ----------
    over : bool
        Whether the training of the network is over.
    keeps : bool
        Whether the weights of the last epoch are to be kept.
    """

    def __init__(self, patience: int | None) -> None:
        self.over = self.keeps = False
        self._patience, self._best, self._since = patience, math.inf, 0

    def judge(self, loss: float, *, out_of_time: bool) -> None:
        """Record the end of an epoch, after which the validation rows have this loss."""
        self.keeps = self._patience is None or loss < self._best
        self._best = min(loss, self._best)
        self._since = 0 if self.keeps else self._since + 1
        impatient = self._patience is not None and self._since >= max(self._patience, 1)
        self.over = out_of_time or impatient


def _chosen(which: list[bool], one: State, other: State) -> State:
    """Take the networks for which `which` is True from state `one`, the rest from `other`."""
    mask = jnp.asarray(which)

    def choose(first: Any, second: Any) -> Any:
        return jnp.where(mask.reshape(-1, *[1] * (first.ndim - 1)), first, second)

    chosen: State = jax.tree.map(choose, one, other)
    return chosen
