"""Calls to Kaggle that return a result or raise a KitError that says what to do.

The calls go through `kagglesdk`; `service` says why. Import this module only where it is used:
the import takes a third of a second.
"""

import contextlib
import functools
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests
from kagglesdk import KaggleClient
from kagglesdk.competitions.types import competition_api_service
from kagglesdk.kernels.types import kernels_api_service
from kagglesdk.security.types import oauth_service

from kaggle_kit.competition.description import Competition
from kaggle_kit.errors import CredentialsError, KaggleError, KitError, RulesError
from kaggle_kit.kaggle.connections import find_obstacle
from kaggle_kit.kaggle.credentials import TOKEN_HINT, Credentials, find_credentials, load_login
from kaggle_kit.kaggle.failures import (
    FailedCall,
    NotFoundError,
    Subject,
    asks_to_wait,
    is_temporary,
    is_worth_retrying,
    reason_in,
    retry_after,
    subject_of,
    without_signatures,
)
from kaggle_kit.workspace.files import replacing

T = TypeVar("T")
Api = Callable[..., Any]
_CONNECT_SECONDS = 10.0
_LONGEST_PAUSE = 60.0
_NOTED_PAUSE = 3.0  # a longer one is told
_CHUNK = 1 << 18


@dataclass(frozen=True)
class KaggleSession:
    """Makes calls to Kaggle; keeps nothing between them, not even a connection.

    The attributes are the parameters of KaggleService. If Kaggle asks for a certain pause, that
    pause replaces `pause`.
    """

    competition: Competition
    timeout: float
    attempts: int
    pause: float
    note: Callable[[str], None]

    def call(
        self,
        action: str,
        request: Callable[[Api], T],
        *,
        subject: Subject | None = None,
        repeatable: bool = True,
    ) -> T:
        """Return the result of `request`; repeat it after a temporary failure if that is harmless.

        Parameters
        ----------
        action : str
            The action, as in "Kaggle would not {action}".
        request : callable
            Takes `api`; `api("GetSubmission", ref=1)` sends the SDK's request of that name and
            returns the SDK's answer.
        subject : Subject, optional
            What the call is about, for the hints; by default the competition.
        repeatable : bool
            False if `request` may have done its work although it failed.

        Raises
        ------
        CredentialsError, RulesError, NetworkError, KaggleError
        """
        credentials = find_credentials()
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._call_once(credentials, request)
            except requests.RequestException as error:
                failure: Exception = error
                harmless = repeatable or asks_to_wait(error)
                if harmless and attempt < self.attempts and is_worth_retrying(error):
                    self._wait(attempt, error)
                    continue
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                failure = error
            except OSError as error:
                if "CA certificate bundle" not in str(error):  # requests' words
                    raise
                failure = error
            # Raised outside the handlers: inside, the context would be the original failure.
            about = subject or subject_of(self.competition)
            failed = FailedCall(about, action, credentials.source, self.timeout)
            raise failed.explain(failure) from without_signatures(failure)

    def put(self, url: str, file: Path) -> None:
        """Upload a file to an address that Kaggle returned; no credentials are sent.

        Raises
        ------
        requests.RequestException
            A temporary failure; `call` makes another attempt.
        KaggleError
            The storage refuses the file.
        """
        with file.open("rb") as content:
            response = requests.put(url, data=content, timeout=self._limits, auth=_no_auth)
        _check_storage(response, f"Kaggle's storage refused {file.name}")

    def get(self, url: str, path: Path) -> None:
        """Fetch a file from an address that Kaggle returned; no credentials are sent.

        Raises
        ------
        requests.RequestException
            A temporary failure; `call` makes another attempt.
        KaggleError
            The storage does not send the file.
        KitError
            The file cannot be written to the disk.
        """
        with requests.get(url, stream=True, timeout=self._limits, auth=_no_auth) as response:
            _check_storage(response, f"Kaggle's storage did not send {path.name}")
            with disk_errors_named(path), replacing(path) as part, part.open("wb") as file:
                file.writelines(response.iter_content(_CHUNK))

    @property
    def _limits(self) -> tuple[float, float]:
        return min(_CONNECT_SECONDS, self.timeout), self.timeout

    def whoami(self) -> str | None:
        """The user of the credentials; None if Kaggle does not know the token."""
        credentials = find_credentials()
        if credentials.username:
            return credentials.username

        def ask(api: Api) -> str | None:
            found = api("IntrospectToken", token=self._token(credentials))
            return found.username if found.active and found.username else None

        try:
            return self.call("say whose token that is", ask)
        except (NotFoundError, RulesError):  # Kaggle's answers for a token that it does not know
            return None

    def _call_once(self, credentials: Credentials, request: Callable[[Api], T]) -> T:
        with KaggleClient(
            username=credentials.username,
            password=credentials.key,
            api_token=self._token(credentials),
        ) as sdk:
            self._limit(sdk)
            return request(functools.partial(_send, sdk))

    def _token(self, credentials: Credentials) -> str | None:
        """The API token; None if there is a key. Without both, the token comes from the login."""
        if credentials.token or credentials.key:
            return credentials.token
        unsigned = KaggleClient()
        # The SDK would look for a token and a key again, and stumble over a file that holds none.
        unsigned.http_client()._signed_in = False  # noqa: SLF001
        with unsigned as sdk:
            self._limit(sdk)
            login = load_login(sdk, credentials.source)
            token = login.get_access_token() if login else None
        if not token:
            message = f"{credentials.source} holds no login"
            raise CredentialsError(message, hint=TOKEN_HINT)
        return str(token)

    def _limit(self, sdk: KaggleClient) -> None:
        session = sdk.http_client()._session  # noqa: SLF001 - the SDK itself has no time-outs
        session.send = functools.partial(session.send, timeout=self._limits)
        session.rebuild_auth = functools.partial(_keep_no_auth, session)

    def _wait(self, attempt: int, error: requests.RequestException) -> None:
        pause = self._pause(attempt, error)
        if pause >= _NOTED_PAUSE:
            if error.response is None:
                cause = find_obstacle(error, self.timeout).text
            else:
                cause = f"Kaggle is busy ({reason_in(error.response)})"
            self.note(
                f"{cause}; trying again in {pause:.0f} s, attempt {attempt + 1} of {self.attempts}"
            )
        time.sleep(pause)

    def _pause(self, attempt: int, error: requests.RequestException) -> float:
        asked = None if error.response is None else retry_after(error.response)
        pause = self.pause * 2.0 ** (attempt - 1) if asked is None else asked
        return min(pause, _LONGEST_PAUSE)


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Leave a request without credentials; otherwise requests adds those of ~/.netrc."""
    return request


def _keep_no_auth(
    session: requests.Session, request: requests.PreparedRequest, response: requests.Response
) -> None:
    """Remove the credentials on the way to another host, as `Session.rebuild_auth` does.

    That also adds those of ~/.netrc, which are not meant for Kaggle's storage.
    """
    if session.should_strip_auth(str(response.request.url), str(request.url)):
        request.headers.pop("Authorization", None)


def _check_storage(response: requests.Response, refusal: str) -> None:
    if is_temporary(response.status_code):
        response.raise_for_status()
    if not response.ok:
        raise KaggleError(
            f"{refusal} ({reason_in(response)})",
            hint="run the command again: each transfer gets a new address",
        )


@contextlib.contextmanager
def disk_errors_named(path: Path) -> Iterator[None]:
    """Raise KitError if the `with` block fails to write to `path`."""
    try:
        yield
    except requests.RequestException:  # also an OSError, but from reading
        raise
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise KitError(message, hint="free some space, or work in another folder") from error


_SERVICES: tuple[tuple[Any, str, Callable[[KaggleClient], Any]], ...] = (
    (competition_api_service, "Api", lambda sdk: sdk.competitions.competition_api_client),
    (kernels_api_service, "Api", lambda sdk: sdk.kernels.kernels_api_client),
    (oauth_service, "", lambda sdk: sdk.security.oauth_client),
)


def _send(sdk: KaggleClient, name: str, **fields: Any) -> Any:
    """Send the SDK's request called `name`, to the service that has such a request."""
    make, client = next(
        (getattr(module, f"{prefix}{name}Request"), client)
        for module, prefix, client in _SERVICES
        if hasattr(module, f"{prefix}{name}Request")
    )
    request = make()
    for field, value in fields.items():
        setattr(request, field, value)
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return getattr(client(sdk), method)(request)
