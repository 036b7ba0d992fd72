"""Ctrl-C while networks are trained: once ends the work in good order, twice ends it now."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTERRUPTED = 130  # the exit status
STOPPING = b"\nstopping; Ctrl-C again stops at once\n"
STOPPED = b"stopped\n"
SHOW_CURSOR = b"\x1b[?25h"  # which the bar of a terminal has hidden


@contextmanager
def heeding_interrupts() -> Iterator[Callable[[], None]]:
    """Raise KeyboardInterrupt at Ctrl-C, and once more when the yielded function is called.

    Python drops an exception that is raised while it happens to run a destructor or a callback
    from C; in the middle of a training step that is not rare. And it raises none before a call of
    compiled code returns, which may take its time; so a second Ctrl-C is seen by a thread, which
    ends the process. Workers end with it.
    """
    pressed = threading.Event()

    def press(*_: object) -> None:
        pressed.set()
        raise KeyboardInterrupt

    def check() -> None:
        if pressed.is_set():
            raise KeyboardInterrupt

    report = sys.unraisablehook

    def unraisable(dropped: "sys.UnraisableHookArgs") -> None:
        if not issubclass(dropped.exc_type, KeyboardInterrupt):
            report(dropped)

    before = signal.signal(signal.SIGINT, press)
    sys.unraisablehook = unraisable
    try:
        with _counting():
            yield check
    finally:
        sys.unraisablehook = report
        signal.signal(signal.SIGINT, before)


@contextmanager
def _counting() -> Iterator[None]:
    """Watch for signals in a thread: Python writes the number of each into a pipe as it comes."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    watcher = threading.Thread(target=_watch, args=(read,), daemon=True)
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(write)
        watcher.join()
        os.close(read)


def _watch(read: int) -> None:
    seen = 0
    while number := os.read(read, 1):
        if number[0] == signal.SIGINT:
            seen += 1
            os.write(2, STOPPING if seen == 1 else STOPPED)
            if seen > 1:
                if os.isatty(2):
                    os.write(2, SHOW_CURSOR)
                os._exit(INTERRUPTED)
