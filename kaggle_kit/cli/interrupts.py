"""Ctrl-C during training: the first one ends the work cleanly, the second one ends it at once."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

INTERRUPTED = 130  # the exit status
STOPPING = b"\nstopping; Ctrl-C again stops at once\n"
STOPPED = b"stopped\n"
SHOW_CURSOR = b"\x1b[?25h"  # the progress bar hides the cursor of a terminal


@contextmanager
def handling_interrupts() -> Iterator[Callable[[], None]]:
    """Raise KeyboardInterrupt at Ctrl-C, and again when the yielded function is called.

    Python drops an exception that is raised while it runs a destructor or a callback from C. In
    the middle of a training step this is not rare, so the yielded function raises it again. Python
    also raises nothing until a call of compiled code returns, which may take long. A thread
    therefore watches for a second Ctrl-C and ends the process. The workers end with the process.
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
    """Count Ctrl-C in a thread: on arrival, Python writes the number of each signal to a socket."""
    read, write = socket.socketpair()  # Windows' pipes cannot be made non-blocking
    write.settimeout(0)
    watcher = threading.Thread(target=_watch, args=(read,), daemon=True)
    before = signal.set_wakeup_fd(write.fileno(), warn_on_full_buffer=False)
    watcher.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        write.close()
        watcher.join()
        read.close()


def _watch(read: socket.socket) -> None:
    seen = 0
    while number := read.recv(1):
        if number[0] == signal.SIGINT:
            seen += 1
            os.write(2, STOPPING if seen == 1 else STOPPED)
            if seen > 1:
                if os.isatty(2):
                    os.write(2, SHOW_CURSOR)
                os._exit(INTERRUPTED)
