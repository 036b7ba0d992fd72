"""The interface of an executor, which runs fold tasks, and the simplest executor."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from types import TracebackType
from typing import Any, Protocol, Self

from kaggle_kit.training.progress import silent

SECONDS_BETWEEN_NEWS = 0.2
Tell = Callable[[Any], None]


class FoldExecutor(Protocol):
    """A `concurrent.futures` executor that also delivers messages from its tasks.

    Attributes
    ----------
    workers : int
        The number of tasks that run at the same time.
    """

    @property
    def workers(self) -> int: ...

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]: ...

    def messenger(self, tell: Tell) -> Tell:
        """The callable with which a task sends messages.

        If tasks run in this process, the callable may be `tell` itself. Otherwise it can be
        pickled, and `news` returns the messages that it was called with.
        """

    def news(self) -> Iterable[Any]:
        """The messages that have arrived and have not been read yet."""

    def work(self) -> None:
        """Run tasks in this thread; needed only if no other thread or process runs them."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> bool | None: ...


class InlineExecutor(Executor):
    """Run each task immediately, in this process.

    Tasks still follow the rules of a remote executor: they get everything as arguments that can be
    pickled, and return everything they made as a result.
    """

    workers = 1

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  a future holds whatever its task raised
            future.set_exception(error)
        return future

    def messenger(self, tell: Tell) -> Tell:
        return tell

    def news(self) -> Iterable[Any]:
        return ()

    def work(self) -> None:
        """Do nothing: a task is already done when `submit` returns."""


def run_tasks(
    executor: FoldExecutor, calls: Iterable[Callable[..., Any]], tell: Tell = silent
) -> Iterator[Any]:
    """Yield the results of the calls as they arrive.

    Each call gets one argument, a callable that sends a message. The messages are passed to `tell`
    in this thread. At most as many tasks run at once as the executor has workers. The next call is
    taken from `calls` only when a worker is free, so that it can depend on the results so far. If a
    task raises an exception, it is raised here and ends the iteration.
    """
    notify = executor.messenger(tell)
    pending: set[Future[Any]] = set()
    try:
        for call in calls:
            pending.add(executor.submit(call, notify))
            if len(pending) >= executor.workers:
                done, pending = _wait(executor, pending, tell)
                yield from (future.result() for future in done)
        while pending:
            done, pending = _wait(executor, pending, tell)
            yield from (future.result() for future in done)
    finally:
        for future in pending:
            future.cancel()


def _wait(
    executor: FoldExecutor, pending: set[Future[Any]], tell: Tell
) -> tuple[set[Future[Any]], set[Future[Any]]]:
    executor.work()
    while True:
        done, waiting = wait(pending, timeout=SECONDS_BETWEEN_NEWS, return_when=FIRST_COMPLETED)
        for message in executor.news():
            tell(message)
        if done:
            return done, waiting
