"""Where fold tasks run: search and ensemble hand them to a `concurrent.futures` executor."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any


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


def channel(executor: Executor, tell: Callable[[Any], None]) -> Callable[[Any], None]:
    """What tasks on `executor` may call to tell of their progress.

    In this process that is `tell` itself. Elsewhere it cannot be reached: tasks are silent there,
    and what they are given pickles.
    """
    return tell if isinstance(executor, InlineExecutor) else silent


def silent(_: Any) -> None:
    pass


def run_tasks(
    executor: Executor, calls: Iterable[tuple[Any, ...]], workers: int = 1
) -> Iterator[Any]:
    """Yield the results of the calls `(fn, *args)` as they come.

    At most `workers` are under way; the next call is only then taken from `calls`, so that it can
    be made with what is known by then. A task's exception is raised here, and ends the iteration.
    """
    pending: set[Future[Any]] = set()
    try:
        for call in calls:
            pending.add(executor.submit(*call))
            if len(pending) >= workers:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        for future in pending:
            future.cancel()
