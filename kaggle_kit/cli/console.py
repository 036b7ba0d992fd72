"""What the user sees: progress on standard error, results on standard output."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from kaggle_kit.cli.hints import pasteable
from kaggle_kit.cli.interrupts import handling_interrupts
from kaggle_kit.cli.output import document
from kaggle_kit.training.progress import Estimate, Progress, Show, describe, duration

SECONDS_BETWEEN_LINES = 5.0  # at least
SECONDS_BETWEEN_FRAMES = 0.1
SHARE_BETWEEN_LINES = 0.02  # of the elapsed time, so that hours of work do not fill the log
# Notebooks set FORCE_COLOR, which Rich takes for a terminal. There, a progress bar would fill the
# page with its frames.
notes = Console(
    stderr=True,
    highlight=False,
    markup=False,
    emoji=False,
    soft_wrap=True,
    force_terminal=None if sys.stderr and sys.stderr.isatty() else False,
)


def note(text: str) -> None:
    """Print a sentence about the work on standard error; an indented line is another's words."""
    notes.print(text if text.startswith(" ") else pasteable(text))


def result(text: str) -> None:
    """Print a result on standard output, unless a program gets it as JSON."""
    if not document.is_json():
        print(text, flush=True)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of cells on standard output, in columns."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        result("  ".join(cells).rstrip())


@contextmanager
def waiting(what: str) -> Iterator[Callable[[float], None]]:
    """Show that the program waits: one changing line on a terminal, elsewhere a line per update.

    The yielded function takes the seconds waited so far.
    """

    def text(seconds: float) -> str:
        return f"{what}, {duration(seconds)} so far"

    if notes.is_terminal:
        with notes.status(what) as status:
            yield lambda seconds: status.update(text(seconds))
    else:
        yield lambda seconds: note(text(seconds))


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how much is done: a bar on a terminal, elsewhere a plain line every few seconds.

    Work that is done in less time shows no line.
    """
    estimate = Estimate()

    def text(done: int, total: int) -> str:
        left = estimate.seconds_left(done / total) if done < total else None
        return f"{what}: {done / total:.0%}" + (f" · {duration(left)} left" if left else "")

    with contextlib.ExitStack() as stack:
        if notes.is_terminal:
            update = stack.enter_context(_rich_bar(what))
            paced = _Paced(SECONDS_BETWEEN_FRAMES, 0.0)
        else:
            update = _as_line
            paced = _Paced(SECONDS_BETWEEN_LINES, time.monotonic())

        def show(done: int, total: int) -> None:
            if total and paced.is_due():
                update(done / total, text(done, total))

        yield show


@contextmanager
def showing() -> Iterator[Show]:
    """Show progress: a bar on a terminal, elsewhere a plain line every few seconds.

    Ctrl-C ends the work even where Python would drop it; see `handling_interrupts`.
    """
    with handling_interrupts() as check:
        if notes.is_terminal:
            with _bar() as show:
                yield _checked(check, show)
        else:
            yield _checked(check, _Lines())


def _checked(check: Callable[[], None], show: Show) -> Show:
    def checked(progress: Progress) -> None:
        check()
        show(progress)

    return checked


@contextmanager
def _bar() -> Iterator[Show]:
    with _rich_bar("starting") as update:
        yield lambda progress: update(progress.fraction, describe(progress))


@contextmanager
def _rich_bar(text: str) -> Iterator[Callable[[float, str], None]]:
    columns = (
        BarColumn(bar_width=24),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=notes, transient=True) as bar:
        task = bar.add_task(text, total=1.0)
        yield lambda share, text: bar.update(task, completed=share, description=text)


class _Paced:
    """Tells when enough time has passed since the last report."""

    def __init__(self, pause: float, last: float) -> None:
        self._pause, self._last, self._started = pause, last, time.monotonic()

    def is_due(self) -> bool:
        now = time.monotonic()
        pause = max(self._pause, SHARE_BETWEEN_LINES * (now - self._started))
        if now - self._last < pause:
            return False
        self._last = now
        return True


class _Lines:
    def __init__(self) -> None:
        self._paced = _Paced(SECONDS_BETWEEN_LINES, 0.0)

    def __call__(self, progress: Progress) -> None:
        if self._paced.is_due():
            _print_line(describe(progress))


def _print_line(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _as_line(_share: float, text: str) -> None:
    _print_line(text)


def size(number: int) -> str:
    """Bytes as text: 812 B, 3.4 MB."""
    for unit, least in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= least:
            return f"{number / least:.1f} {unit}"
    return f"{number} B"


def confirmed(question: str) -> bool:
    """Ask on a terminal whether to go on; False if there is no terminal, or no clear yes."""
    if not (sys.stdin and sys.stdin.isatty()):
        return False
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
