"""A worker process that runs one task after another, and whose death is noticed immediately.

The driver holds one end of a pipe and the worker holds the other. No other process has either end.
If one of the two dies, the other therefore reads end-of-file, even in the middle of a message.
"""

import multiprocessing
import os
import sys
import threading
import traceback
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.reduction import ForkingPickler
from typing import Any

from kaggle_kit import system
from kaggle_kit.training.executors.array_pickling import Packer, Unpacker

THREADS = (
    "NPROC",  # XLA's thread pool
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
# A training step frees arrays that the next step needs again. By default, glibc returns them to
# the system, and fetches them again page by page, which lengthens the steps of convolutional
# networks by 10 to 35%. With this, it keeps them, in large pages. Other systems ignore it.
ALLOCATOR = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0"
    ":glibc.malloc.trim_threshold=8589934592"
}
NEWS, RESULT, ERROR = range(3)

_pipe: Any = None  # in a worker: the connection to the driver
_starting = threading.Lock()  # a new process inherits state that all threads of the driver share


class WorkerDiedError(Exception):
    """The process ended in the middle of a task; the message says how it ended.

    `was_killed` tells a process that was killed, as for want of memory, from one that ended by
    itself.
    """

    def __init__(self, message: str, *, was_killed: bool) -> None:
        super().__init__(message)
        self.was_killed = was_killed


class WorkerProcess:
    """A single-threaded process that runs tasks for its driver.

    It ends when its driver ends, for whatever reason, and leaves Ctrl-C to the driver.

    Attributes
    ----------
    peak_memory : int
        The peak memory in bytes, measured at its last message.
    """

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.peak_memory = 0
        self._packer = Packer()
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with _starting, _environment(), _without_main(), system.interrupts_blocked():
            self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def run(self, call: Callable[[], Any], tell: Callable[[Any], None]) -> Any:
        """Run the call in the process, and return its result or raise its exception.

        Messages that the call posts are passed to `tell`, in this thread.

        Raises
        ------
        WorkerDiedError
            The process ended before it sent the result.
        """
        task = self._packer.pack(call)
        try:
            self._pipe.send_bytes(task)
            while True:
                kind, content, self.peak_memory = ForkingPickler.loads(self._pipe.recv_bytes())
                if kind != NEWS:
                    break
                tell(content)
        except (EOFError, OSError):
            self.kill()
            self._process.join()
            code = self._process.exitcode
            raise WorkerDiedError(
                system.how_ended(code), was_killed=system.was_killed(code)
            ) from None
        except BaseException:  # perhaps in mid-message: the next task must not read the rest
            self.kill()
            raise
        if kind == ERROR:
            self._packer = Packer()  # the arrays may not have arrived
            raise content
        return content

    def kill(self) -> None:
        """Kill the process immediately."""
        self._process.kill()

    def close(self) -> None:
        """Kill the process if it still runs, and wait until it has ended."""
        self.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()


def thread_limits(threads: int) -> dict[str, str]:
    """Environment variables that make the libraries of a process use `threads` threads."""
    limits = dict.fromkeys(THREADS, str(threads))
    if threads == 1:
        flags = os.environ.get("XLA_FLAGS", "")
        limits["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()
    return limits


def post(message: Any) -> None:
    """Send a message to the driver, from a task in a worker; the message must be picklable."""
    _send(NEWS, message)


def _serve(pipe: Any) -> None:
    global _pipe  # noqa: PLW0603  set once, before any task
    _pipe = pipe
    system.leave_interrupts_to_parent()
    system.die_first()
    threading.Thread(target=_end_with_driver, daemon=True).start()
    unpacker = Unpacker()
    while True:
        task = pipe.recv_bytes()
        try:
            _send(RESULT, unpacker.unpack(task)())
        except Exception as error:  # noqa: BLE001  whatever a task raises is sent to the driver
            _send(ERROR, _portable(error))


def _send(kind: int, content: Any) -> None:
    _pipe.send((kind, content, system.peak_memory()))


def _portable(error: Exception) -> Exception:
    """The error with its traceback as a note; a RuntimeError with its text if it cannot be sent."""
    error.add_note("".join(traceback.format_exception(error)))
    try:
        copy: Exception = ForkingPickler.loads(ForkingPickler.dumps(error))
    except Exception:  # noqa: BLE001  errors of libraries may raise anything here
        return RuntimeError(f"{type(error).__name__}: {error}")
    return copy


def _end_with_driver() -> None:
    driver = multiprocessing.parent_process()
    if driver is not None:
        driver.join()
    os._exit(1)


@contextmanager
def _environment() -> Iterator[None]:
    """What a new process inherits: one thread, large pages, no modules of the current folder."""
    memory = {name: os.environ.get(name, value) for name, value in ALLOCATOR.items()}
    wanted = thread_limits(1) | memory | {"PYTHONSAFEPATH": "1"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _without_main() -> Iterator[None]:
    """Hide the script that runs: a new process would run it again, unless it is guarded.

    Tasks come from modules of the kit, never from the script.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
