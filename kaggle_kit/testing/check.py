"""A check and its name."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Check(NamedTuple):
    """A check of one thing that is promised. Called, it raises AssertionError if it is not kept.

    Attributes
    ----------
    name : str
        What is promised, with underscores for spaces, as in the name of a test.
    run : callable
        The check itself, without arguments.
    """

    name: str
    run: Callable[[], Any]

    def __call__(self) -> None:
        """Make the check."""
        self.run()

    def __str__(self) -> str:
        return self.name


def expect(condition: object, broken: str) -> None:
    """Raise AssertionError unless the condition holds, even with `python -O`."""
    if not condition:
        raise AssertionError(broken)
