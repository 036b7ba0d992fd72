"""Ctrl-C in the middle of a training step."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def raising_interrupts() -> Iterator[Callable[[], None]]:
    """Raise KeyboardInterrupt at Ctrl-C, and again when the yielded function is called.

    Python drops an exception that is raised while it runs a destructor or a callback from C. In
    the middle of a training step this is not rare, so the yielded function raises it again. Signals
    arrive in the main thread alone; in another one, this does nothing.
    """
    pressed = threading.Event()

    def press(*_: object) -> None:
        pressed.set()
        raise KeyboardInterrupt

    def check() -> None:
        if pressed.is_set():
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    report = sys.unraisablehook

    def unraisable(dropped: "sys.UnraisableHookArgs") -> None:
        if not issubclass(dropped.exc_type, KeyboardInterrupt):
            report(dropped)

    before = signal.signal(signal.SIGINT, press)
    sys.unraisablehook = unraisable
    try:
        yield check
    finally:
        sys.unraisablehook = report
        signal.signal(signal.SIGINT, before)
