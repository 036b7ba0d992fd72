"""Show progress in Jupyter or on a terminal, and end the work at Ctrl-C."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kaggle_kit.training.interrupts import raising_interrupts
from kaggle_kit.training.progress import Progress, Show, describe, silent

if TYPE_CHECKING:
    from collections.abc import Iterator

Update = Callable[[float, str], None]  # takes the share that is done, and a text
SECONDS_BETWEEN_UPDATES = 0.1
LOUD = ("warning: ", "log: ")  # notes of what went wrong, and of where a tracker logs


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
        if self._verbose or (self._verbose is None and text.startswith(LOUD)):
            print(text, file=sys.stderr)  # noqa: T201  stderr is for it

    @contextmanager
    def showing(self) -> Iterator[Show]:
        with raising_interrupts() as check, self._place() as update:

            def show(progress: Progress) -> None:
                check()
                update(progress.fraction, describe(progress))

            yield show

    @contextmanager
    def waiting(self, what: str, /) -> Iterator[Callable[[float], None]]:  # noqa: ARG002
        yield silent

    @contextmanager
    def counting(self, what: str, /) -> Iterator[Callable[[int, int], None]]:
        last = 0.0
        with self._place() as update:

            def show(done: int, total: int) -> None:
                nonlocal last
                now = time.monotonic()
                if total and now - last >= SECONDS_BETWEEN_UPDATES:
                    last = now
                    update(done / total, f"{what}: {done / total:.0%}")

            yield show

    @contextmanager
    def _place(self) -> Iterator[Update]:
        if self._verbose is False:
            yield _nowhere
        elif in_jupyter():
            with _cell() as update:
                yield update
        elif self._verbose or (hasattr(sys.stderr, "isatty") and sys.stderr.isatty()):
            with _line() as update:
                yield update
        else:
            yield _nowhere


def in_jupyter() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def _nowhere(_share: float, _text: str) -> None:
    """Show nothing."""


@contextmanager
def _cell() -> Iterator[Update]:
    """A bar in the output of a cell, which is cleared at the end."""
    from IPython.display import HTML, display

    handle: Any = display(HTML("<p>starting</p>"), display_id=True)  # type: ignore[no-untyped-call]

    def update(share: float, text: str) -> None:
        bar = f'<progress max="1" value="{share:.3f}"></progress>'
        handle.update(HTML(f"<p>{bar} {html.escape(text)}</p>"))  # type: ignore[no-untyped-call]

    try:
        yield update
    finally:
        handle.update(HTML(""))  # type: ignore[no-untyped-call]


@contextmanager
def _line() -> Iterator[Update]:
    """A line of a terminal that changes, and is cleared at the end."""
    width = 0

    def update(_share: float, text: str) -> None:
        nonlocal width
        print(f"\r{text:<{width}}", end="", file=sys.stderr, flush=True)  # noqa: T201
        width = len(text)

    try:
        yield update
    finally:
        print("\r" + " " * width, end="\r", file=sys.stderr, flush=True)  # noqa: T201
