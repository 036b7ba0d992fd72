"""What the clients of Kaggle's services share: how a call is made and how often.

They go through `kagglesdk`, the part of Kaggle's official client that speaks to its API, and not
through `import kaggle`: that authenticates and prints while it is imported, has no time-outs, and
hides why an upload failed.
"""

from typing import TYPE_CHECKING

from kaggle_kit.competition.description import Competition

if TYPE_CHECKING:
    from kaggle_kit.kaggle.session import KaggleSession


class KaggleService:
    """Keeps nothing between calls: each reads the credentials and the environment again.

    Every method raises CredentialsError, RulesError, NetworkError or plain KaggleError when the
    call fails; what a method raises besides is said there. Nothing is printed.

    Parameters
    ----------
    competition : Competition
        What is asked about; hints name its pages.
    timeout : float
        Seconds without a byte after which a call has failed.
    attempts : int
        How often a call is made while Kaggle answers 429 or 5xx or drops the connection.
    pause : float
        Seconds before the second attempt, doubled before each further one.
    """

    def __init__(
        self,
        competition: Competition,
        *,
        timeout: float = 60.0,
        attempts: int = 4,
        pause: float = 1.0,
    ) -> None:
        self.competition = competition
        self._timeout = timeout
        self._attempts = attempts
        self._pause = pause

    def whoami(self) -> str | None:
        """The user whose credentials these are; None if Kaggle does not know the token."""
        return self._session().whoami()

    def _session(self) -> "KaggleSession":
        from kaggle_kit.kaggle.session import KaggleSession

        return KaggleSession(self.competition, self._timeout, self._attempts, self._pause)
