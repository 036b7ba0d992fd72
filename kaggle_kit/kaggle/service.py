"""The base class of all clients of Kaggle: how a call is made, and how often.

The clients use `kagglesdk`, the part of Kaggle's official client that calls its API. They do not
use the package `kaggle`: it authenticates and prints while it is imported, has no time-outs, and
hides why an upload failed.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from kaggle_kit.competition.description import Competition

if TYPE_CHECKING:
    from kaggle_kit.kaggle.session import KaggleSession


def _ignore(_: str) -> None:
    pass


class KaggleService:
    """Keeps nothing between calls: each call reads the credentials and the environment again.

    Every method raises CredentialsError, RulesError, NetworkError or plain KaggleError when the
    call fails. The docstring of a method names the other errors that it raises. Nothing is printed.

    Parameters
    ----------
    competition : Competition
        The competition of all requests; hints name its pages.
    timeout : float
        A call fails after this number of seconds without a byte.
    attempts : int
        The number of times a call is made, in all, while Kaggle answers 429 or 5xx or drops the
        connection.
    pause : float
        Seconds before the second attempt, doubled before each further attempt.
    note : callable
        Takes a sentence about a long wait; by default nobody is told.
    """

    def __init__(
        self,
        competition: Competition,
        *,
        timeout: float = 60.0,
        attempts: int = 4,
        pause: float = 1.0,
        note: Callable[[str], None] = _ignore,
    ) -> None:
        self.competition = competition
        self._timeout = timeout
        self._attempts = attempts
        self._pause = pause
        self._note = note

    def whoami(self) -> str | None:
        """The user of the credentials; None if Kaggle does not know the token."""
        return self._session().whoami()

    def _session(self) -> "KaggleSession":
        from kaggle_kit.kaggle.session import KaggleSession

        return KaggleSession(
            self.competition, self._timeout, self._attempts, self._pause, self._note
        )
