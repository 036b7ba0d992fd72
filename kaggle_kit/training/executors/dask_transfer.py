"""The data that is sent to the workers of a Dask cluster, and the code that runs there.

A call is sent as bytes, without its large arrays. Each large array is sent to a worker only once,
compressed, and stays there. The scheduler imports this module too, so it imports nothing heavy.
"""

import functools
import hashlib
import io
import os
import pickle
import random
import sys
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from distributed import get_worker
from numpy.typing import NDArray

from kaggle_kit._version import __version__
from kaggle_kit.errors import KitError
from kaggle_kit.training.executors.worker_process import thread_limits

LARGE = 4096  # bytes; a smaller array is sent within its call
TOPIC = "kaggle-kit"  # the same for all drivers: a scheduler keeps the last events of each topic
ASKED_BY_KERAS = ("seed", "randint", "shuffle")  # functions of Python's `random` that Keras calls
_alone = threading.Lock()  # Keras' global state allows only one training at a time


@dataclass(frozen=True)
class TopicMessenger:
    """A callable that sends a message from a task to its driver.

    It raises KitError, which ends the task, if the driver no longer waits for the task.
    """

    name: str

    def __call__(self, message: Any) -> None:
        worker = get_worker()
        task = worker.state.tasks.get(worker.get_current_task())
        if task is None or task.state == "cancelled":
            raise KitError("the driver of this task has gone, or no longer needs it")
        worker.log_event(TOPIC, (self.name, pickle.dumps(message)))


@dataclass(frozen=True)
class CompressedArray:
    """A compressed array to send, identified by the SHA-256 of its type, shape and bytes."""

    digest: str
    dtype: str
    shape: tuple[int, ...]
    content: bytes = field(compare=False, repr=False)

    @classmethod
    def of(cls, digest: str, array: NDArray[Any]) -> "CompressedArray":
        content = zlib.compress(np.ascontiguousarray(array).data, level=1)
        return cls(digest, array.dtype.str, array.shape, content)

    def __sizeof__(self) -> int:
        """The size in bytes, which Dask's scheduler takes into account."""
        return len(self.content)


@functools.lru_cache(maxsize=8)
def decompressed(array: CompressedArray) -> NDArray[Any]:
    """The array itself, read-only; all tasks of a worker share it."""
    return np.frombuffer(zlib.decompress(array.content), array.dtype).reshape(array.shape)


class Digests:
    """The digests of arrays; those of read-only arrays are computed only once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[NDArray[Any], str]] = {}

    def of(self, array: NDArray[Any]) -> str:
        if id(array) in self._known:
            return self._known[id(array)][1]
        whole = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
        whole.update(np.ascontiguousarray(array).data)
        if not array.flags.writeable:
            # Keep the array, so that no other array gets its id.
            self._known[id(array)] = array, whole.hexdigest()
        return whole.hexdigest()


def pack(call: Callable[..., Any], digests: Digests) -> tuple[bytes, dict[str, NDArray[Any]]]:
    """Pickle a call without its large arrays; return the bytes, and the arrays by their digests."""
    file = io.BytesIO()
    packer = _Packer(file, digests)
    packer.dump(call)
    return file.getvalue(), packer.arrays


def run_packed(versioned: tuple[str, bytes], arrays: Mapping[str, CompressedArray]) -> Any:
    """Run a packed call, in a worker."""
    version, packed = versioned
    if version != __version__:  # a worker that joined after the versions were checked
        raise ImportError(f"it has kaggle-kit {__version__}, not {version}")
    with _alone, own_seeds():
        _limit_threads(get_worker().state.nthreads)
        return _Unpacker(io.BytesIO(packed), arrays).load()()


class _Packer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, digests: Digests) -> None:
        super().__init__(file, protocol=5)
        self._digests = digests
        self.arrays: dict[str, NDArray[Any]] = {}

    def persistent_id(self, thing: Any) -> str | None:
        if not isinstance(thing, np.ndarray) or thing.nbytes < LARGE or thing.dtype.hasobject:
            return None
        digest = self._digests.of(thing)
        self.arrays[digest] = thing
        return digest


class _Unpacker(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, arrays: Mapping[str, CompressedArray]) -> None:
        super().__init__(file)
        self._arrays = arrays

    def persistent_load(self, digest: str) -> NDArray[Any]:
        return decompressed(self._arrays[digest])


def hold(array: CompressedArray) -> CompressedArray:
    """Return the array, in a worker, so that it stays there for the tasks that need it."""
    return array


@contextmanager
def own_seeds() -> Iterator[None]:
    """Give Keras a separate random generator.

    Keras seeds layers and shuffles batches with Python's global generator. Dask's threads also draw
    from the global generator, at any moment.
    """
    own = random.Random()  # noqa: S311  not used for secrets
    before = {name: getattr(random, name) for name in ASKED_BY_KERAS}
    vars(random).update({name: getattr(own, name) for name in ASKED_BY_KERAS})
    try:
        yield
    finally:
        vars(random).update(before)


def _limit_threads(threads: int) -> None:
    """Limit threads as for the workers of one machine, before libraries count the cores."""
    if "kaggle_kit.networks.backend" in sys.modules:
        return
    os.environ.update(thread_limits(threads))
