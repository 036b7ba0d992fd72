"""How long work on data tells its progress, whoever shows it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

Progress = Callable[[int, int], None]
"""Takes how much is done, and how much there is in all."""
Watch = Callable[[str], AbstractContextManager[Progress]]
"""Takes what is done, such as "copying the files"."""


@contextmanager
def unwatched(_what: str) -> Iterator[Progress]:
    """Show nothing."""
    yield lambda _done, _total: None
