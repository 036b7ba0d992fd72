"""Show progress in Jupyter or on a terminal, and end the work at Ctrl-C."""

from __future__ import annotations

import html
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kaggle_kit.training.progress import Progress, Show, describe, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Display:
    """A Reporter that shows progress where someone looks, and keeps all notes.

    Parameters
    ----------
    verbose : bool, optional
        Whether to show progress. By default in Jupyter and on a terminal.

    Attributes
    ----------
    notes : list of str
    """

    def __init__(self, verbose: bool | None = None) -> None:  # noqa: FBT001  as scikit-learn's
        self.notes: list[str] = []
        self._verbose = verbose

    def note(self, text: str, /) -> None:
        self.notes.append(text)
        if self._verbose:
            print(text, file=sys.stderr)  # noqa: T201  it was asked for

    @contextmanager
    def showing(self) -> Iterator[Show]:
        with _interrupts() as check, self._place() as show:

            def shown(progress: Progress) -> None:
                check()
                show(progress)

            yield shown

    @contextmanager
    def waiting(self, what: str, /) -> Iterator[Callable[[float], None]]:  # noqa: ARG002
        yield silent

    @contextmanager
    def _place(self) -> Iterator[Show]:
        if self._verbose is False:
            yield silent
        elif in_jupyter():
            with _cell() as show:
                yield show
        elif self._verbose or (hasattr(sys.stderr, "isatty") and sys.stderr.isatty()):
            with _line() as show:
                yield show
        else:
            yield silent


def in_jupyter() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


@contextmanager
def _cell() -> Iterator[Show]:
    """A bar in the output of a cell, which is cleared at the end."""
    from IPython.display import HTML, display

    handle: Any = display(HTML("<p>starting</p>"), display_id=True)  # type: ignore[no-untyped-call]

    def show(progress: Progress) -> None:
        bar = f'<progress max="1" value="{progress.fraction:.3f}"></progress>'
        handle.update(HTML(f"<p>{bar} {html.escape(describe(progress))}</p>"))  # type: ignore[no-untyped-call]

    try:
        yield show
    finally:
        handle.update(HTML(""))  # type: ignore[no-untyped-call]


@contextmanager
def _line() -> Iterator[Show]:
    """A line of a terminal that changes, and is cleared at the end."""
    width = 0

    def show(progress: Progress) -> None:
        nonlocal width
        text = describe(progress)
        print(f"\r{text:<{width}}", end="", file=sys.stderr, flush=True)  # noqa: T201
        width = len(text)

    try:
        yield show
    finally:
        print("\r" + " " * width, end="\r", file=sys.stderr, flush=True)  # noqa: T201


@contextmanager
def _interrupts() -> Iterator[Callable[[], None]]:
    """Raise KeyboardInterrupt at Ctrl-C, and again when the yielded function is called.

    Python drops an exception that is raised in a callback from compiled code, which training is
    full of. In other threads than the main one, signals do not arrive.
    """
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield silent_check
        return

    def press(*_: object) -> None:
        pressed.set()
        raise KeyboardInterrupt

    def check() -> None:
        if pressed.is_set():
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


def silent_check() -> None:
    """Check nothing."""
