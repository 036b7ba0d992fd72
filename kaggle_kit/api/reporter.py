"""The interface through which functions report progress; `cli.console` shows it on the terminal."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from kaggle_kit.training.progress import Show, silent


class Reporter(Protocol):
    """Receives reports about the work while it is done."""

    def note(self, text: str, /) -> None:
        """Receive a sentence about the work."""

    def showing(self) -> AbstractContextManager[Show]:
        """Yield a function that takes the Progress after each epoch."""

    def waiting(self, what: str, /) -> AbstractContextManager[Callable[[float], None]]:
        """Yield a function that takes the seconds waited so far; `what` names the reason."""

    def counting(self, what: str, /) -> AbstractContextManager[Callable[[int, int], None]]:
        """Yield a function that takes how much is done, and how much there is in all."""


class Silence:
    """A Reporter that ignores all reports."""

    def note(self, text: str, /) -> None:
        pass

    @contextmanager
    def showing(self) -> Iterator[Show]:
        yield silent

    @contextmanager
    def waiting(self, what: str, /) -> Iterator[Callable[[float], None]]:  # noqa: ARG002
        yield silent

    @contextmanager
    def counting(self, what: str, /) -> Iterator[Callable[[int, int], None]]:  # noqa: ARG002
        yield lambda _done, _total: None


class Once:
    """A Reporter that passes a note on only once, for work of several parts."""

    def __init__(self, reporter: Reporter) -> None:
        self._told: set[str] = set()
        self._note = reporter.note
        self.showing, self.waiting = reporter.showing, reporter.waiting
        self.counting = reporter.counting

    def note(self, text: str, /) -> None:
        if text not in self._told:
            self._told.add(text)
            self._note(text)


SILENCE = Silence()
