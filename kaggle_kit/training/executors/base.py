"""Where fold tasks run: search and ensemble hand them to a `concurrent.futures` executor."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any

from kaggle_kit.training.progress import silent

SECONDS_BETWEEN_NEWS = 0.2


class InlineExecutor(Executor):
    """Run each task at once, in this process.

    Its tasks still obey the rules of a remote executor: they get all they need as arguments that
    pickle, and hand all they made back as a result.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  a future carries whatever its task raised
            future.set_exception(error)
        return future


def workers_of(executor: Executor) -> int:
    """How many tasks an executor runs side by side."""
    return getattr(executor, "workers", 1)


def run_tasks(
    executor: Executor, calls: Iterable[Callable[..., Any]], tell: Callable[[Any], None] = silent
) -> Iterator[Any]:
    """Yield the results of the calls as they come.

    Each is called with one argument, a callable: what that is called with reaches `tell`, in this
    thread, if the executor has a way to bring it here. No more tasks are under way than the
    executor has workers; the next call is only then taken from `calls`, so that it can be made
    with what is known by then. A task's exception is raised here, and ends the iteration.
    """
    inline = isinstance(executor, InlineExecutor)
    notify = tell if inline else getattr(executor, "post", silent)
    pending: set[Future[Any]] = set()
    try:
        for call in calls:
            pending.add(executor.submit(call, notify))
            if len(pending) >= workers_of(executor):
                done, pending = _wait(executor, pending, tell)
                yield from (future.result() for future in done)
        while pending:
            done, pending = _wait(executor, pending, tell)
            yield from (future.result() for future in done)
    finally:
        for future in pending:
            future.cancel()


def _wait(
    executor: Executor, pending: set[Future[Any]], tell: Callable[[Any], None]
) -> tuple[set[Future[Any]], set[Future[Any]]]:
    news = getattr(executor, "news", tuple)
    getattr(executor, "work", tuple)()  # of one that works in this thread
    while True:
        done, waiting = wait(pending, timeout=SECONDS_BETWEEN_NEWS, return_when=FIRST_COMPLETED)
        for message in news():
            tell(message)
        if done:
            return done, waiting
