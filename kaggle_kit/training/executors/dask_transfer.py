"""What travels to the workers of a Dask cluster, and what they do with it.

A call travels as bytes, without its large arrays: each of those reaches a worker once, compressed,
and stays there. The scheduler imports this module too, so it imports nothing heavy.
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

LARGE = 4096  # bytes; a smaller array travels within its call
TOPIC = "kaggle-kit"  # one for all drivers: a scheduler keeps the last events of each topic
ASKED_BY_KERAS = ("seed", "randint", "shuffle")  # functions of Python's random
_alone = threading.Lock()  # Keras' global state is for one training at a time


@dataclass(frozen=True)
class Post:
    """Called in a task, sends a message to the driver; ends the task if nobody waits for it."""

    name: str

    def __call__(self, message: Any) -> None:
        worker = get_worker()
        task = worker.state.tasks.get(worker.get_current_task())
        if task is None or task.state == "cancelled":
            raise KitError("the driver of this task has gone, or needs it no more")
        worker.log_event(TOPIC, (self.name, pickle.dumps(message)))


@dataclass(frozen=True)
class Parcel:
    """An array on its way, known by the SHA-256 of its type, shape and bytes."""

    digest: str
    dtype: str
    shape: tuple[int, ...]
    content: bytes = field(compare=False, repr=False)

    @classmethod
    def of(cls, digest: str, array: NDArray[Any]) -> "Parcel":
        content = zlib.compress(np.ascontiguousarray(array).data, level=1)
        return cls(digest, array.dtype.str, array.shape, content)

    def __sizeof__(self) -> int:
        """In bytes; Dask's scheduler goes by it."""
        return len(self.content)


@functools.lru_cache(maxsize=8)
def opened(parcel: Parcel) -> NDArray[Any]:
    """The array of a parcel, read-only; the tasks of a worker share it."""
    return np.frombuffer(zlib.decompress(parcel.content), parcel.dtype).reshape(parcel.shape)


class Digests:
    """Of arrays; those that nobody can change are read once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[NDArray[Any], str]] = {}

    def of(self, array: NDArray[Any]) -> str:
        if id(array) in self._known:
            return self._known[id(array)][1]
        whole = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
        whole.update(np.ascontiguousarray(array).data)
        if not array.flags.writeable:
            # Kept, so that no other array gets its id.
            self._known[id(array)] = array, whole.hexdigest()
        return whole.hexdigest()


def pack(call: Callable[..., Any], digests: Digests) -> tuple[bytes, dict[str, NDArray[Any]]]:
    """A call as bytes, and apart from it the large arrays that it has in it, by their digests."""
    file = io.BytesIO()
    packer = _Packer(file, digests)
    packer.dump(call)
    return file.getvalue(), packer.arrays


def run_packed(versioned: tuple[str, bytes], parcels: Mapping[str, Parcel]) -> Any:
    """In a worker: do what was packed there."""
    version, packed = versioned
    if version != __version__:  # a worker that came after the others were asked
        raise ImportError(f"it has kaggle-kit {__version__}, not {version}")
    with _alone, own_seeds():
        _limit_threads(get_worker().state.nthreads)
        return _Unpacker(io.BytesIO(packed), parcels).load()()


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
    def __init__(self, file: io.BytesIO, parcels: Mapping[str, Parcel]) -> None:
        super().__init__(file)
        self._parcels = parcels

    def persistent_load(self, digest: str) -> NDArray[Any]:
        return opened(self._parcels[digest])


def keep(parcel: Parcel) -> Parcel:
    """In a worker: have it there, for the tasks that need it."""
    return parcel


@contextmanager
def own_seeds() -> Iterator[None]:
    """Let nobody else draw from the generator that Keras seeds layers and shuffles batches by.

    It is Python's own, of which Dask's threads ask other functions at any moment.
    """
    own = random.Random()  # noqa: S311  no secret
    before = {name: getattr(random, name) for name in ASKED_BY_KERAS}
    vars(random).update({name: getattr(own, name) for name in ASKED_BY_KERAS})
    try:
        yield
    finally:
        vars(random).update(before)


def _limit_threads(threads: int) -> None:
    """As the workers of one machine are limited, before a library counts the cores by itself."""
    if "kaggle_kit.networks.backend" in sys.modules:
        return
    os.environ.update(thread_limits(threads))
