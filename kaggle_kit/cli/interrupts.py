"""Ctrl-C during training: the first one ends the work cleanly, the second one ends it at once."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kaggle_kit.training.interrupts import raising_interrupts

INTERRUPTED = 130  # the exit status
STOPPING = b"\nstopping; Ctrl-C again stops at once\n"
STOPPED = b"stopped\n"
SHOW_CURSOR = b"\x1b[?25h"  # the progress bar hides the cursor of a terminal


@contextmanager
def handling_interrupts() -> Iterator[Callable[[], None]]:
    """Do what `raising_interrupts` does, and end the process at the second Ctrl-C.

    Python raises nothing until a call of compiled code returns, which may take long. A thread
    therefore watches for a second Ctrl-C and ends the process. The workers end with the process.
    """
    with raising_interrupts() as check, _counting():
        yield check


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
