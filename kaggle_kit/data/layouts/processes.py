"""Run a task on one piece of work after another, in processes that leave nothing behind.

Ctrl-C is left to the process that starts them, and they end when it ends, for whatever reason.
"""

import multiprocessing
import os
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from kaggle_kit import system

WAITING = 4  # pieces for each process
Piece = TypeVar("Piece")
Result = TypeVar("Result")


def run_in_processes(
    task: Callable[[Piece], Result], pieces: Iterable[Piece], workers: int
) -> Iterator[tuple[Piece, Result]]:
    """Yield each piece with its result, in any order; WAITING pieces a process wait at a time.

    This process works, too, from the moment on that the others start.

    Raises
    ------
    concurrent.futures.process.BrokenProcessPool
        A process was killed.
    """
    waiting: dict[Future[Result], Piece] = {}
    rest = iter(pieces)
    if workers < 2:
        yield from ((piece, task(piece)) for piece in rest)
        return
    with _pool(workers - 1) as pool:
        while True:
            for piece in islice(rest, WAITING * (workers - 1) - len(waiting)):
                with system.interrupts_blocked():
                    waiting[pool.submit(task, piece)] = piece
            own = list(islice(rest, 1))
            for piece in own:
                yield piece, task(piece)
            if not own and not waiting:
                return
            done, _ = wait(waiting, 0 if own else None, FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _start() -> None:
    system.leave_interrupts_to_parent()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    warnings.simplefilter("ignore")


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)
