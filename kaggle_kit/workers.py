"""Worker processes on this machine, one thread each: folds side by side, no core asked twice.

One network as small as ours cannot keep two cores busy, two networks can.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from kaggle_kit.errors import TrainingError
from kaggle_kit.executor import InlineExecutor

ONE_THREAD = {
    "NPROC": "1",  # XLA's thread pool
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}
_posts: Any = None  # in a worker: the queue that leads to the driver


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def make_executor(workers: int) -> Executor:
    """An executor with so many workers; one worker is this process itself."""
    return WorkerPool(workers) if workers > 1 else InlineExecutor()


class WorkerPool(ProcessPoolExecutor):
    """Processes that end with their driver, however it ends, and leave Ctrl-C to it.

    On an exception in its `with` block, tasks under way are killed; nobody waits for them.
    """

    def __init__(self, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.workers = workers
        self._posts, all_begun = context.Queue(), context.Event()
        with _single_threaded(), _interrupts_blocked():
            super().__init__(
                workers, context, initializer=_begin, initargs=(self._posts, all_begun)
            )
            # All start now, while what they inherit is set: none is idle before the last is there.
            for future in [self.submit(os.getpid) for _ in range(workers)]:
                future.add_done_callback(lambda _: None)
        all_begun.set()

    @property
    def post(self) -> Callable[[Any], None]:
        """What a task may call with anything that pickles; `news` then yields it here."""
        return _post

    def news(self) -> Iterator[Any]:
        """All that tasks posted and nobody has read yet."""
        while not self._posts.empty():
            yield self._posts.get()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            for process in list((self._processes or {}).values()):
                process.kill()
        super().__exit__(kind, error, trace)
        if isinstance(error, BrokenProcessPool):
            raise TrainingError(
                "a worker process died while it trained",
                hint="if memory ran out, give fewer --workers; the same command goes on from here",
            ) from error


def _post(message: Any) -> None:
    _posts.put(message)


def _begin(posts: Any, all_begun: Any) -> None:
    global _posts  # noqa: PLW0603  set once, before any task
    _posts = posts
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_driver, daemon=True).start()
    all_begun.wait()


def _end_with_driver() -> None:
    driver = multiprocessing.parent_process()
    if driver is not None:
        driver.join()
    os._exit(1)


@contextmanager
def _single_threaded() -> Iterator[None]:
    flags = os.environ.get("XLA_FLAGS", "")
    wanted = ONE_THREAD | {"XLA_FLAGS": f"{flags} --xla_cpu_multi_thread_eigen=false".strip()}
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
def _interrupts_blocked() -> Iterator[None]:
    """Children begin with the mask of their parent, so Ctrl-C does not hit one half started."""
    with contextlib.ExitStack() as stack:
        if threading.current_thread() is threading.main_thread():
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            stack.callback(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        yield
