"""Calls to Kaggle that return, or raise a KitError that says what to do.

They go through `kagglesdk`, the part of the official client that speaks to the server, and not
through `import kaggle`, which authenticates while it is imported: that prints help on standard
output, calls the server without a time-out, and fixes the configuration folder for the life of
the process. Import this module late: it takes a third of a second.
"""

import functools
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests
from kagglesdk import KaggleClient, KaggleCredentials
from kagglesdk.competitions.types import competition_api_service
from urllib3.exceptions import MaxRetryError, ProtocolError, ReadTimeoutError

from kaggle_kit.competition import Competition
from kaggle_kit.errors import CredentialsError, KaggleError, NetworkError, RulesError
from kaggle_kit.kaggle_credentials import (
    SETTINGS_PAGE,
    TOKEN_HINT,
    Credentials,
    find_credentials,
)

T = TypeVar("T")
Api = Callable[..., Any]
_CONNECT_SECONDS = 10.0
_LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class KaggleSession:
    """Makes calls to Kaggle; keeps nothing between them, not even a connection.

    Attributes
    ----------
    timeout : float
        Seconds without a byte after which a call has failed.
    attempts : int
        How often a call is made while Kaggle answers 429 or 5xx or drops the connection.
    pause : float
        Seconds before the second attempt, doubled before each further one, unless Kaggle says.
    """

    timeout: float
    attempts: int
    pause: float

    def call(
        self,
        competition: Competition,
        action: str,
        request: Callable[[Api], T],
        *,
        repeatable: bool = True,
    ) -> T:
        """The result of `request`, made again after a passing failure if that is harmless.

        Parameters
        ----------
        competition : Competition
            Whose pages the hints name.
        action : str
            What is being done, as in "Kaggle would not {action}".
        request : callable
            Takes `api`; `api("GetSubmission", ref=1)` sends the request of the SDK that is
            called so and returns the SDK's answer.
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
            except requests.JSONDecodeError as error:
                raise _unreadable(action) from error
            except requests.RequestException as error:
                if not (repeatable and attempt < self.attempts and _passing(error)):
                    raise self._explain(error, competition, action, credentials) from error
                time.sleep(self._pause(attempt, error))
            except (KeyError, TypeError, ValueError) as error:
                raise _unreadable(action) from error

    def put(self, url: str, file: Path) -> None:
        """Store a file at an address that Kaggle gave out; no credentials are sent.

        Raises
        ------
        requests.RequestException
            A failure that passes; `call` makes another attempt.
        KaggleError
            The storage will not have it.
        """
        with file.open("rb") as content:
            response = requests.put(url, data=content, timeout=self._limits)
        if _is_passing(response.status_code):
            response.raise_for_status()
        if not response.ok:
            raise KaggleError(
                f"Kaggle's storage refused {file.name} ({_said(response)})",
                hint="run the command again: each upload gets a new address",
            )

    @property
    def _limits(self) -> tuple[float, float]:
        return min(_CONNECT_SECONDS, self.timeout), self.timeout

    def _call_once(self, credentials: Credentials, request: Callable[[Api], T]) -> T:
        token = credentials.token
        if token is None and credentials.key is None:
            with KaggleClient() as sdk:
                self._limit(sdk)
                login = KaggleCredentials.load(client=sdk)
                token = login.get_access_token() if login else None
            if not token:
                message = f"{credentials.source} holds no login"
                raise CredentialsError(message, hint=TOKEN_HINT)
        with KaggleClient(
            username=credentials.username, password=credentials.key, api_token=token
        ) as sdk:
            self._limit(sdk)
            return request(functools.partial(_send, sdk))

    def _limit(self, sdk: KaggleClient) -> None:
        session = sdk.http_client()._session  # noqa: SLF001 - the SDK itself has no time-outs
        session.send = functools.partial(session.send, timeout=self._limits)

    def _pause(self, attempt: int, error: requests.RequestException) -> float:
        asked = "" if error.response is None else error.response.headers.get("Retry-After", "")
        pause = float(asked) if asked.isdigit() else self.pause * 2.0 ** (attempt - 1)
        return min(pause, _LONGEST_PAUSE)

    def _explain(
        self,
        error: requests.RequestException,
        competition: Competition,
        action: str,
        credentials: Credentials,
    ) -> KaggleError:
        if error.response is None:
            return self._explain_silence(error, action)
        status, said = _status(error.response), _said(error.response)
        if status == 401:
            message = f"Kaggle does not accept the credentials in {credentials.source} ({said})"
            return CredentialsError(message, hint=TOKEN_HINT)
        if status == 403:
            return RulesError(
                f"Kaggle does not let you {action} ({said})",
                hint=f"accept the rules at {competition.url}/rules; if that is done, verify your "
                f"phone number at {SETTINGS_PAGE}",
            )
        if _is_passing(status):
            return NetworkError(
                f"Kaggle is too busy to {action} now ({said})",
                hint="wait a few minutes, then run the command again",
            )
        return KaggleError(f"Kaggle would not {action} ({said})", hint=f"see {competition.url}")

    def _explain_silence(self, error: requests.RequestException, action: str) -> KaggleError:
        """Names no address: those of Kaggle's storage carry a signature."""
        cause = _cause(error)
        if _timed_out(error):
            text = f"Kaggle did not answer within {self.timeout:g} s"
        elif isinstance(cause, (ConnectionError, ProtocolError)):
            text = "Kaggle dropped the connection"
        else:
            text = f"Kaggle cannot be reached ({type(cause).__name__})"
        return NetworkError(
            f"cannot {action}: {text}",
            hint="check the network and any proxy, then run the command again",
        )


def _send(sdk: KaggleClient, name: str, **fields: Any) -> Any:
    request = getattr(competition_api_service, f"Api{name}Request")()
    for field, value in fields.items():
        setattr(request, field, value)
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return getattr(sdk.competitions.competition_api_client, method)(request)


def _is_passing(status: int) -> bool:
    return status == 429 or status >= 500


def _passing(error: requests.RequestException) -> bool:
    """Whether the same call may work in a moment."""
    if error.response is not None:
        return _is_passing(_status(error.response))
    dropped = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    return isinstance(error, dropped) and not _timed_out(error)


def _timed_out(error: requests.RequestException) -> bool:
    return isinstance(error, requests.Timeout) or isinstance(_cause(error), ReadTimeoutError)


def _cause(error: requests.RequestException) -> object:
    """What went wrong beneath requests, and beneath a proxy."""
    cause: object = error.args[0] if error.args else error
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    return getattr(cause, "original_error", cause)


def _status(response: requests.Response) -> int:
    """The HTTP status, or the `code` that Kaggle may put into the body of a 200."""
    code = _body(response).get("code")
    return code if response.ok and isinstance(code, int) else response.status_code


def _said(response: requests.Response) -> str:
    """The status and Kaggle's own reason, in one line."""
    body = _body(response)
    texts = [body[name] for name in ("error", "message") if isinstance(body.get(name), str)]
    reason = " ".join(next(filter(None, texts), response.reason or "").split())
    return f"{_status(response)}: {reason[:300]}" if reason else str(_status(response))


def _body(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, requests.RequestException):
        return {}
    return body if isinstance(body, dict) else {}


def _unreadable(action: str) -> KaggleError:
    return KaggleError(
        f"cannot {action}: Kaggle's answer is not what its client expects",
        hint="update the client (pip install --upgrade kaggle kagglesdk), or look for a page "
        "between you and Kaggle that asks for a login",
    )
