"""A pool of worker processes on this machine, with one thread each, that train folds in parallel.

A network as small as ours cannot keep two cores busy, but two networks can.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from types import TracebackType
from typing import Any

from kaggle_kit.errors import TrainingError
from kaggle_kit.system import cores, peak_memory
from kaggle_kit.training.executors.base import FoldExecutor, InlineExecutor, Tell
from kaggle_kit.training.executors.memory import GIB, available_memory
from kaggle_kit.training.executors.worker_process import WorkerDiedError, WorkerProcess, post
from kaggle_kit.training.progress import silent

ATTEMPTS = 3  # per task, the first one included
MEMORY_OF_ONE = 1.0 * GIB  # the estimated need of each worker, and of the driver
MEMORY_HINT = (
    "memory may have run out: use fewer --workers; `kaggle-kit doctor` shows how much is free"
)


def default_workers(tasks: int, note: Callable[[str], None] = silent) -> int:
    """The number of workers that tasks, cores and free memory allow; at least one.

    `note` is called with a sentence if memory is what limits the number.
    """
    wanted, free = max(1, min(tasks, cores())), available_memory()
    workers = max(1, int(min(wanted, free / MEMORY_OF_ONE - 1)))
    if workers < wanted:
        few = f"{workers} worker{'s' if workers > 1 else ''} instead of {wanted}"
        each = f"each worker, like this process, may need {MEMORY_OF_ONE / GIB:g} GiB"
        note(f"{few}: {free / GIB:.1f} GiB of memory are free, and {each}")
    return workers


def make_executor(workers: int, note: Callable[[str], None] = silent) -> FoldExecutor:
    """An executor with this number of workers; a single worker is this process itself.

    `note` is called with a sentence if a worker dies.
    """
    return WorkerPool(workers, note) if workers > 1 else InlineExecutor()


def memory_used(executor: FoldExecutor) -> str:
    """The peak memory of this process and of the largest worker, as text."""
    ours = f"memory at most: {peak_memory() / GIB:.2f} GiB"
    if not isinstance(executor, WorkerPool):
        return ours
    return f"{ours}, and {executor.peak_memory / GIB:.2f} GiB in each of {executor.workers} workers"


class WorkerPool(Executor):
    """Worker processes for fold tasks.

    They end when their driver ends, for whatever reason, and leave Ctrl-C to the driver.

    If the process of a task dies, for example because someone killed it or memory ran out, the task
    starts again in a new process. The last attempt runs while no other task runs, so that it has
    all the memory. A task that kills its process each time fails with a TrainingError.

    Cancelling a running task kills its process. An exception in the `with` block kills all
    processes.
    """

    def __init__(self, workers: int, note: Callable[[str], None] = silent) -> None:
        self.workers = workers
        self.peak_memory = 0  # bytes, of the largest worker
        self._note = note
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._slots = _Slots(workers)
        self._changing, self._closed = threading.Lock(), False
        self._every = [WorkerProcess() for _ in range(workers)]
        self._idle: queue.SimpleQueue[WorkerProcess] = queue.SimpleQueue()
        for worker in self._every:
            self._idle.put(worker)
        # Each thread waits for one process, and starts a new one if the process dies.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="worker")

    def messenger(self, tell: Tell) -> Tell:  # noqa: ARG002  `news` returns the messages
        return post

    def work(self) -> None:
        """Do nothing: the processes run the tasks."""

    def news(self) -> Iterator[Any]:
        """The messages that tasks posted and that have not been read yet."""
        while not self._news.empty():
            task, message = self._news.get()
            if not task.abandoned:
                yield message

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        task = _Task()
        waiting = self._threads.submit(self._fulfil, task, partial(fn, *args, **kwargs))
        waiting.add_done_callback(lambda _: task.cancel() if waiting.cancelled() else None)
        return task

    def shutdown(
        self,
        wait: bool = True,  # noqa: FBT001, FBT002  the signature of Executor
        *,
        cancel_futures: bool = False,
    ) -> None:
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        if not wait:
            return
        with self._changing:
            self._closed = True
            for worker in self._every:
                worker.close()
            self._every.clear()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            with self._changing:
                self._closed = True
                for worker in self._every:
                    worker.kill()
        self.shutdown(cancel_futures=kind is not None)

    def _fulfil(self, task: "_Task", call: Callable[[], Any]) -> None:
        if not task.set_running_or_notify_cancel():
            return
        try:
            result = self._run(task, call)
        except BaseException as error:  # noqa: BLE001  a future holds whatever its task raised
            task.set_exception(error)
        else:
            task.set_result(result)

    def _run(self, task: "_Task", call: Callable[[], Any]) -> Any:
        for attempt in range(1, ATTEMPTS + 1):
            with self._slots.alone() if attempt == ATTEMPTS else self._slots.shared():
                try:
                    return self._run_once(task, call)
                except WorkerDiedError as death:
                    if self._closed or task.abandoned:
                        raise
                    died = death
            if attempt < ATTEMPTS:
                self._note(f"a worker process died ({died}); its task starts again")
        raise TrainingError(
            f"a worker process died {ATTEMPTS} times at the same task, the last time {died}",
            hint=MEMORY_HINT if died.was_killed else "the lines above say why it ended",
        )

    def _run_once(self, task: "_Task", call: Callable[[], Any]) -> Any:
        worker = self._idle.get()
        try:
            with task.running_in(worker):
                return worker.run(call, lambda message: self._news.put((task, message)))
        except WorkerDiedError:
            worker = self._successor(worker)
            raise
        finally:
            self.peak_memory = max(self.peak_memory, worker.peak_memory)
            self._idle.put(worker)

    def _successor(self, dead: WorkerProcess) -> WorkerProcess:
        with self._changing:
            if self._closed:
                return dead
            new = WorkerProcess()
            self._every[self._every.index(dead)] = new
            dead.close()
            return new


class _Task(Future[Any]):
    """A future that can also be cancelled while it runs: its process is killed.

    Attributes
    ----------
    abandoned : bool
        Whether it was cancelled; its result and its messages are then ignored.
    """

    def __init__(self) -> None:
        super().__init__()
        self.abandoned = False
        self._worker: WorkerProcess | None = None
        self._deciding = threading.Lock()

    def cancel(self) -> bool:
        with self._deciding:
            self.abandoned = self.abandoned or not self.done()
            if self._worker is not None:
                self._worker.kill()
        return super().cancel()

    @contextmanager
    def running_in(self, worker: WorkerProcess) -> Iterator[None]:
        """Let `cancel` kill the worker during the block; CancelledError if already cancelled."""
        with self._deciding:
            if self.abandoned:
                raise CancelledError
            self._worker = worker
        try:
            yield
        finally:
            with self._deciding:
                self._worker = None


class _Slots:
    """A fixed number of places, which tasks share or which one task takes all."""

    def __init__(self, places: int) -> None:
        self._places, self._free = places, threading.Semaphore(places)
        self._turn = threading.Lock()  # two tasks that each held some places would deadlock

    @contextmanager
    def shared(self) -> Iterator[None]:
        with self._free:
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._turn, ExitStack() as taken:
            for _ in range(self._places):
                taken.enter_context(self._free)
            yield
