"""Train folds on a Dask cluster: on other machines and backends, without access to the run.

If a worker dies, Dask runs its task on another worker. `dask_transfer` defines what is sent.
"""

import functools
import logging
import pickle
import queue
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import Any

import dask
from distributed import Client, KilledWorker
from numpy.typing import NDArray

from kaggle_kit._version import __version__
from kaggle_kit.errors import ClusterError, NotInstalledError, TrainingError
from kaggle_kit.training.executors.base import Tell
from kaggle_kit.training.executors.dask_transfer import (
    TOPIC,
    CompressedArray,
    Digests,
    TopicMessenger,
    hold,
    pack,
    run_packed,
)

SECONDS_TO_CONNECT = 8
SECONDS_FOR_WORKERS = 30
GO_ON = "the same command goes on from here"


class ClusterLostError(ClusterError, BrokenExecutor):
    """The cluster is unusable. The task is not to blame, and no later task would run either."""


class Cluster(Executor):
    """An executor that uses the workers of the Dask scheduler at an address.

    A worker trains one network at a time, with as many threads as `dask worker --nthreads` says.
    `news` returns the messages that tasks post, as for a `WorkerPool`.

    Parameters
    ----------
    address : str
        For example tcp://host:8786 or tls://host:8786. For TLS, Dask's own configuration
        `distributed.comm.tls` says where key and certificates are.
    workers : int, optional
        The number of tasks to run at the same time. By default, the number of workers that the
        cluster has now.

    Raises
    ------
    ClusterError
        No scheduler answers, the scheduler has no workers, or the scheduler or a worker does not
        have this version of kaggle-kit.
    """

    def __init__(self, address: str, workers: int | None = None) -> None:
        _silence_dask()
        self._address, self._name = address, uuid.uuid4().hex
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._arrays: dict[str, Any] = {}
        self._digests = Digests()
        self._load: Counter[str] = Counter()
        self._counting = threading.Lock()  # Dask runs callbacks in its own thread
        self._client = _connect(address)
        try:
            found = _found_workers(self._client, address)
            _check_versions(self._client, address)
            self._client.subscribe_topic(TOPIC, self._heard)
        except BaseException as error:
            self.shutdown()
            if isinstance(error, OSError):
                raise self._lost() from error
            raise
        self.workers = workers or len(found)
        self._found = len(found)

    def describe(self) -> str:
        return f"{self._found} worker{'' if self._found == 1 else 's'}"

    def messenger(self, tell: Tell) -> Tell:  # noqa: ARG002  `news` returns the messages
        return TopicMessenger(self._name)

    def work(self) -> None:
        """Do nothing: the cluster runs the tasks."""

    def news(self) -> Iterator[Any]:
        """The messages that tasks posted and that have not been read yet."""
        while not self._news.empty():
            yield self._news.get()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        packed, arrays = pack(functools.partial(fn, *args, **kwargs), self._digests)
        local: Future[Any] = Future()
        try:
            workers = self._least_loaded()
            sent = {d: self._sent(d, array, workers) for d, array in arrays.items()}
            remote = self._client.submit(
                run_packed,
                (__version__, packed),
                sent,
                pure=False,
                workers=workers,
                allow_other_workers=bool(workers),  # if the preferred worker dies
            )
        except (OSError, RuntimeError, CancelledError) as error:
            raise self._lost() from error
        self._count(workers, 1)
        local.add_done_callback(lambda _: self._count(workers, -1))
        local.add_done_callback(lambda _: self._forget(remote) if local.cancelled() else None)
        remote.add_done_callback(lambda _: self._hand_over(remote, local))
        return local

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  the signature of Executor
        """Leave the cluster. It drops this driver's tasks, and running tasks end soon."""
        self._client.close(timeout=2)

    def _least_loaded(self) -> list[str]:
        """The worker to prefer, if any; Dask itself prefers one that has the data, even if busy."""
        return sorted(_workers(self._client), key=lambda worker: self._load[worker])[:1]

    def _count(self, workers: list[str], tasks: int) -> None:
        with self._counting:
            self._load.update(dict.fromkeys(workers, tasks))

    def _forget(self, remote: Any) -> None:
        if self._client.status == "running":
            remote.cancel()

    def _sent(self, digest: str, array: NDArray[Any], workers: list[str]) -> Any:
        """Send the array, compressed; each worker keeps a copy under a separate key.

        If the copies had one key, Dask would drop all but one as soon as no task needs them. The
        array and the copies are results of tasks, not scattered data. So Dask can make them again
        if all workers that hold them die.
        """
        key = f"kaggle-kit-{digest}"
        if key not in self._arrays:
            self._arrays[key] = self._client.submit(
                hold, CompressedArray.of(digest, array), key=key
            )
        own = "-".join([key, *workers])
        if own not in self._arrays:
            self._arrays[own] = self._client.submit(
                hold,
                self._arrays[key],
                key=own,
                workers=workers,
                allow_other_workers=bool(workers),
            )
        return self._arrays[own]

    def _heard(self, event: tuple[float, tuple[str, bytes]]) -> None:
        _, (name, message) = event
        if name == self._name:
            self._news.put(pickle.loads(message))  # noqa: S301  the cluster runs our code anyway

    def _hand_over(self, remote: Any, local: Future[Any]) -> None:
        if not local.set_running_or_notify_cancel():
            return
        try:
            if remote.status == "error":
                local.set_exception(self._explained(remote.exception()))
            else:
                local.set_result(remote.result())
        except Exception as error:  # noqa: BLE001  cancelled or lost in transit: any error of Dask
            lost = self._lost()
            lost.__cause__ = error
            local.set_exception(lost)

    def _lost(self) -> ClusterLostError:
        message = f"the Dask scheduler at {self._address} has gone, or can no longer be reached"
        return ClusterLostError(message, hint=f"start it again, and its workers; {GO_ON}")

    def _explained(self, error: BaseException) -> BaseException:
        if isinstance(error, KilledWorker):
            return TrainingError(
                "workers of the cluster died, one after another, while they trained this network",
                hint="if memory ran out, raise `dask worker --memory-limit`; see the workers' logs",
            )
        if isinstance(error, ImportError | NotInstalledError):
            message = f"a worker of the cluster cannot train: {error}"
            hint = "install it where each worker runs, and start the workers again"
            return ClusterLostError(message, hint if hasattr(error, "hint") else _install())
        return error


def _silence_dask() -> None:
    """Silence Dask's logs of lost connections (we print one line) and its size warnings."""
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TB"})


def _connect(address: str) -> Client:
    try:
        return Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except OSError as error:
        raise ClusterError(
            f"no Dask scheduler answers at {address}",
            hint="`dask scheduler` starts one and prints its address; with TLS, use tls://",
        ) from error
    except (TypeError, RuntimeError, ValueError) as error:
        raise ClusterError(
            f"{address} cannot be used: {error}",
            hint="tls:// needs ca-file, client.key and client.cert in Dask's configuration",
        ) from error


def _workers(client: Client) -> list[str]:
    return sorted(client.nthreads())


def _found_workers(client: Client, address: str) -> list[str]:
    try:
        client.wait_for_workers(1, timeout=SECONDS_FOR_WORKERS)
    except TimeoutError as error:
        raise ClusterError(
            f"the Dask scheduler at {address} has no workers",
            hint=f"start one with `dask worker {address} --nthreads 1`, then repeat the command",
        ) from error
    return _workers(client)


def _check_versions(client: Client, address: str) -> None:
    answers: Any = client.get_versions(packages=["kaggle_kit"])
    sides = {f"the scheduler at {address}": answers["scheduler"]}
    sides |= {f"the worker at {worker}": answer for worker, answer in answers["workers"].items()}
    for side, answer in sides.items():
        version = answer["packages"]["kaggle_kit"]
        if version != __version__:
            has = "no kaggle-kit" if version is None else f"kaggle-kit {version}"
            raise ClusterError(f"{side} has {has}; {__version__} is needed", hint=_install())


def _install() -> str:
    return (
        f"install kaggle-kit {__version__} with its extra cluster where the scheduler and each "
        "worker run, and start them again"
    )
