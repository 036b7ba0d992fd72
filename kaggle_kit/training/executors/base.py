"""Where fold tasks run: what search and ensemble ask of an executor, and the simplest one."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from types import TracebackType
from typing import Any, Protocol, Self

from kaggle_kit.training.progress import silent

SECONDS_BETWEEN_NEWS = 0.2
Tell = Callable[[Any], None]


class FoldExecutor(Protocol):
    """A `concurrent.futures` executor that also brings messages from its tasks.

    Attributes
    ----------
    workers : int
        How many tasks it runs side by side.
    """

    @property
    def workers(self) -> int: ...

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]: ...

    def messenger(self, tell: Tell) -> Tell:
        """What a task is given to send messages with.

        Where tasks run in this process, that may be `tell` itself. Elsewhere it pickles, and
        `news` brings what it was called with.
        """

    def news(self) -> Iterable[Any]:
        """The messages that have arrived and that nobody has read yet."""

    def work(self) -> None:
        """Do what is to be done in this thread; of use only where no other one does it."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> bool | None: ...


class InlineExecutor(Executor):
    """Run each task at once, in this process.

    Its tasks still obey the rules of a remote executor: they get all they need as arguments that
    pickle, and hand all they made back as a result.
    """

    workers = 1

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  a future carries whatever its task raised
            future.set_exception(error)
        return future

    def messenger(self, tell: Tell) -> Tell:
        return tell

    def news(self) -> Iterable[Any]:
        return ()

    def work(self) -> None:
        """Nothing: a task is done when it is submitted."""


def run_tasks(
    executor: FoldExecutor, calls: Iterable[Callable[..., Any]], tell: Tell = silent
) -> Iterator[Any]:
    """Yield the results of the calls as they come.

    Each is called with one argument, a callable: what that is called with reaches `tell`, in this
    thread. No more tasks are under way than the executor has workers. The next call is taken from
    `calls` only when a worker is free, so that it can be made with what is known by then. A task's
    exception is raised here, and ends the iteration.
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
