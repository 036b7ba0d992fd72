"""Every executor of the kit passes the checks, and executors that break a promise fail them."""

import importlib
import inspect
import pkgutil
from concurrent.futures import Executor, Future

import pytest
from dask_cluster import DaskCluster

from kaggle_kit.networks.backend import keras
from kaggle_kit.testing import checks_of_executor
from kaggle_kit.training import executors
from kaggle_kit.training.executors.base import InlineExecutor
from kaggle_kit.training.executors.dask_cluster import Cluster
from kaggle_kit.training.executors.process_pool import WorkerPool
from kaggle_kit.training.progress import silent

KINDS = {"InlineExecutor": InlineExecutor, "WorkerPool": lambda: WorkerPool(2)}
if keras.backend.backend() == "jax":
    from kaggle_kit.training.executors.device_batch import BatchExecutor

    KINDS["BatchExecutor"] = lambda: BatchExecutor(2)
TRAINED = "a_fold_is_trained_as_in_this_process"
NAMES = [str(check) for check in checks_of_executor(InlineExecutor)]


def executors_of_the_kit():
    """The classes in the room of executors that are executors."""
    for module in pkgutil.iter_modules(executors.__path__, f"{executors.__name__}."):
        if module.name.endswith(("device_batch", "vectorized_step")) and len(KINDS) < 3:
            continue  # they need JAX
        for name, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, Executor) and hasattr(kind, "messenger"):
                yield name


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with DaskCluster(tmp_path_factory.mktemp("dask")) as running:
        running.start_scheduler()
        running.start_worker()
        running.start_worker()
        yield lambda: Cluster(running.address, workers=2)


def test_every_executor_of_the_kit_is_checked_here():
    assert set(executors_of_the_kit()) == {*KINDS, "Cluster"}


def check_of(make, name):
    (check,) = [one for one in checks_of_executor(make) if one.name == name]
    return check


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_an_executor_of_the_kit_keeps_what_is_promised(kind, name):
    check_of(KINDS[kind], name)()


@pytest.mark.parametrize("name", [name for name in NAMES if name != TRAINED])
def test_a_dask_cluster_keeps_what_is_promised(cluster, name):
    check_of(cluster, name)()


@pytest.mark.long  # test_dask_cluster.py has one that is quicker
def test_a_dask_cluster_trains_as_this_process_does(cluster):
    check_of(cluster, TRAINED)()


class Silent(InlineExecutor):
    def messenger(self, _):
        return silent


class Swallowing(InlineExecutor):
    def submit(self, fn, /, *args, **kwargs):
        future = super().submit(fn, *args, **kwargs)
        if future.exception() is None:
            return future
        swallowed = Future()
        swallowed.set_result(None)
        return swallowed


class Shrinking(InlineExecutor):
    def submit(self, fn, /, *args, **kwargs):
        future = super().submit(fn, *args, **kwargs)
        if future.exception() is None and hasattr(future.result(), "dtype"):
            future._result = future.result()[:-1]
        if hasattr(future._result, "weights"):
            object.__setattr__(future._result, "weights", None)
        return future


@pytest.mark.parametrize(
    ("kind", "promise"),
    [
        (Silent, "results_and_messages_of_all_tasks_arrive"),
        (Silent, "tasks_that_are_no_longer_wanted_hold_up_nothing"),
        (Swallowing, "a_task_that_fails_raises_what_it_raised"),
        (Shrinking, "a_large_array_arrives_and_returns"),
        (Shrinking, "a_fold_is_trained_as_in_this_process"),
    ],
)
def test_a_broken_promise_fails_its_check(kind, promise):
    with pytest.raises(AssertionError):
        check_of(kind, promise)()
