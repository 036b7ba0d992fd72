"""The checks of an executor, which runs the tasks that train."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.problem import Problem
from kaggle_kit.testing.check import Check, expect
from kaggle_kit.testing.material import training_set

LARGE = 300_000  # bytes; more than any message is sent with
TASKS = 7
SMALL = Problem((8, 8), ("a", "b"))


def checks_of_executor(make: Callable[[], Any]) -> list[Check]:
    """The checks that an executor of fold tasks must pass.

    Parameters
    ----------
    make : callable
        Returns an executor that has begun nothing, a
        `kaggle_kit.training.executors.base.FoldExecutor`. Each check makes one and leaves it. Its
        workers must be able to import `kaggle_kit.testing`.

    Returns
    -------
    list of Check
    """
    runs = {
        "results_and_messages_of_all_tasks_arrive": _all,
        "a_large_array_arrives_and_returns": _large,
        "a_task_that_fails_raises_what_it_raised": _fails,
        "tasks_that_are_no_longer_wanted_hold_up_nothing": _abandoned,
        "a_fold_is_trained_as_in_this_process": _trained,
    }
    return [Check(name, partial(run, make)) for name, run in runs.items()]


def square(number: int, notify: Callable[[Any], None]) -> int:
    """Tell of a task, and do it."""
    notify(("begun", number))
    return number * number


def double(array: NDArray[np.uint8], notify: Callable[[Any], None]) -> NDArray[np.uint8]:  # noqa: ARG001  as of every task
    """The array, twice as large values; it must not be changed in place."""
    return array * 2


def fail(number: int, notify: Callable[[Any], None]) -> int:  # noqa: ARG001  as of every task
    """Raise an error with the number."""
    raise ValueError(f"task {number} fails")


def _all(make: Callable[[], Any]) -> None:
    from kaggle_kit.training.executors.base import run_tasks

    told: list[Any] = []
    with make() as executor:
        expect(executor.workers >= 1, f"workers is {executor.workers}, expected at least 1")
        for _ in range(2):  # search and ensemble run one set of tasks after another
            found = sorted(
                run_tasks(executor, map(partial(partial, square), range(TASKS)), told.append)
            )
            expect(found == [n * n for n in range(TASKS)], f"the results are {found}")
    wanted = sorted([("begun", n) for n in range(TASKS)] * 2)
    expect(sorted(told) == wanted, f"the messages are {told}")


def _large(make: Callable[[], Any]) -> None:
    from kaggle_kit.training.executors.base import run_tasks

    array = np.random.default_rng(0).integers(0, 100, LARGE).astype(np.uint8)
    array.flags.writeable = False
    with make() as executor:
        for found in run_tasks(executor, [partial(double, array) for _ in range(3)]):
            expect(np.array_equal(found, array * 2), "an array changed on the way")


def _fails(make: Callable[[], Any]) -> None:
    from kaggle_kit.training.executors.base import run_tasks

    with make() as executor:
        try:
            list(run_tasks(executor, [partial(square, 2), partial(fail, 3)]))
        except ValueError as error:
            expect("task 3 fails" in str(error), f"the error says {error}")
        else:
            raise AssertionError("a task failed, and nothing was raised")
        found = list(run_tasks(executor, [partial(square, 4)]))
        expect(found == [16], f"after a failure, the result of another task is {found}")


def _abandoned(make: Callable[[], Any]) -> None:
    from kaggle_kit.training.executors.base import run_tasks

    with make() as executor:
        results = run_tasks(executor, [partial(square, n) for n in range(TASKS)])
        next(results)
        results.close()  # type: ignore[attr-defined]  # it is a generator
        told: list[Any] = []
        found = list(run_tasks(executor, [partial(square, 9)], told.append))
        expect(found == [81], f"the result of a later task is {found}")
        expect(("begun", 9) in told, f"the messages of a later task are {told}")


def _trained(make: Callable[[], Any]) -> None:
    from kaggle_kit.networks.model import build_model, load_weights, predict_logits
    from kaggle_kit.training.executors.base import run_tasks
    from kaggle_kit.training.train_fold import train_fold

    train, folds = training_set(SMALL)
    tasks = [_task(fold) for fold in (0, 1)]
    told: list[Any] = []
    with make() as executor:
        calls = [partial(train_fold, task, train, folds) for task in tasks]
        results = {one.fold: one for one in run_tasks(executor, calls, told.append)}
    expect(sorted(results) == [0, 1], f"folds 0 and 1 were sent, {sorted(results)} came back")
    epochs = sorted((event.fold, event.epoch) for event in told)
    expect(epochs == [(0, 1), (0, 2), (1, 1), (1, 2)], f"told of the epochs {epochs}")
    for task in tasks:
        expected, found = train_fold(task, train, folds), results[task.fold]
        logits = []
        for weights in (found.weights, expected.weights):
            model = build_model(task.family, task.hyperparameters, SMALL)
            expect(weights, "the weights did not come back")
            load_weights(model, weights or b"")
            logits.append(predict_logits(model, train.images))
        # Other processors and programs round otherwise.
        difference = np.abs(logits[0] - logits[1]).mean() / logits[1].std()
        expect(difference < 0.1, f"logits differ by {difference:.2g} of their spread")


def _task(fold: int) -> Any:
    from kaggle_kit.training.fold_task import FoldTask

    values = {"view": "pixels", "hidden_layers": 1, "units": 256, "batch_size": 64}
    return FoldTask(SMALL, "dense", values, fold, epochs=2, seed=fold, keep_weights=True)
