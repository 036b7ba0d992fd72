"""Who is told what a function is doing; the command line shows it on the terminal."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from kaggle_kit.training.progress import Show, silent


class Reporter(Protocol):
    """Told of the work while it is done."""

    def note(self, text: str, /) -> None:
        """Take a sentence about the work."""

    def showing(self) -> AbstractContextManager[Show]:
        """Yield a function that takes the Progress after each epoch."""

    def waiting(self, what: str, /) -> AbstractContextManager[Callable[[float], None]]:
        """Yield a function that takes the seconds waited so far; `what` says for what."""


class Silence:
    """A Reporter that says nothing."""

    def note(self, text: str, /) -> None:
        pass

    @contextmanager
    def showing(self) -> Iterator[Show]:
        yield silent

    @contextmanager
    def waiting(self, what: str, /) -> Iterator[Callable[[float], None]]:  # noqa: ARG002
        yield silent


SILENCE = Silence()
