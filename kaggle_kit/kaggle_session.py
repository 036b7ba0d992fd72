"""Calls to Kaggle that return, or raise a KitError that says what to do.

They go through `kagglesdk`; `kaggle_client` says why. Import this module late: it takes a third
of a second.
"""

import contextlib
import functools
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from kagglesdk import KaggleClient
from kagglesdk.competitions.types import competition_api_service
from urllib3.exceptions import MaxRetryError, ProtocolError, ReadTimeoutError

from kaggle_kit.competition import Competition
from kaggle_kit.errors import CredentialsError, KaggleError, KitError, NetworkError, RulesError
from kaggle_kit.kaggle_credentials import (
    SETTINGS_PAGE,
    TOKEN_HINT,
    Credentials,
    find_credentials,
    load_login,
)

T = TypeVar("T")


class NotFoundError(KaggleError):
    """Kaggle knows nothing of the kind: status 404."""


class UnreadableError(KaggleError):
    """Kaggle answered, and the answer makes no sense: what it did is not known."""


Api = Callable[..., Any]
_CONNECT_SECONDS = 10.0
_LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class KaggleSession:
    """Makes calls to Kaggle; keeps nothing between them, not even a connection.

    The attributes are KaggleClient's parameters; a pause that Kaggle asks for is kept instead.
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
            except requests.RequestException as error:
                failure: Exception = error
                if repeatable and attempt < self.attempts and _passing(error):
                    time.sleep(self._pause(attempt, error))
                    continue
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                failure = error
            # Raised outside the handlers, where the failure as it was would be its context.
            explained = self._explain(failure, competition, action, credentials)
            raise explained from _unsigned(failure)

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
                login = load_login(sdk, credentials.source)
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
        error: Exception,
        competition: Competition,
        action: str,
        credentials: Credentials,
    ) -> KaggleError:
        garbled = isinstance(error, requests.JSONDecodeError)
        if garbled or not isinstance(error, requests.RequestException):
            return _unreadable(action)
        if error.response is None:
            return self._explain_silence(error, action)
        return self._explain_refusal(error.response, competition, action, credentials.source)

    def _explain_refusal(
        self, response: requests.Response, competition: Competition, action: str, found_in: str
    ) -> KaggleError:
        status, said = _status(response), _said(response)
        if _from_storage(response) and not _is_passing(status):
            return KaggleError(
                f"cannot {action}: the download address was refused ({said})",
                hint="run the command again: each download gets a new address",
            )
        if status == 401:
            message = f"Kaggle does not accept the credentials in {found_in} ({said})"
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
        refusal = NotFoundError if status == 404 else KaggleError
        return refusal(f"Kaggle would not {action} ({said})", hint=f"see {competition.url}")

    def _explain_silence(self, error: requests.RequestException, action: str) -> KaggleError:
        """Names no address: those of Kaggle's storage carry a signature."""
        cause = _cause(error)
        if _timed_out(error):
            text = f"Kaggle did not answer within {self.timeout:g} s"
        elif isinstance(cause, (ConnectionError, ProtocolError)):
            text = "Kaggle dropped the connection"
        else:
            named = cause if isinstance(cause, Exception) else error
            text = f"Kaggle cannot be reached ({type(named).__name__})"
        return NetworkError(
            f"cannot {action}: {text}",
            hint="check the network and any proxy, then run the command again",
        )


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """While an answer is written to `path`: raises KitError if the disk does not take it."""
    try:
        yield
    except requests.RequestException:  # an OSError too, but of reading
        raise
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise KitError(message, hint="free some space, or work in another folder") from error


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


def _from_storage(response: requests.Response) -> bool:
    """Whether Kaggle sent us on to another host, and that one answered."""
    hosts = {urlsplit(passed.url).netloc for passed in [*response.history, response]}
    return len(hosts) > 1


def _unsigned(error: Exception) -> Exception:
    """The failure for a traceback: no query of an address, as it may be a signature."""
    text = re.sub(r"\?[^\s'\")>]*", "?...", f"{type(error).__name__}: {error}")
    return KaggleError(text).with_traceback(error.__traceback__)


def _unreadable(action: str) -> KaggleError:
    return UnreadableError(
        f"cannot {action}: Kaggle's answer is not what its client expects",
        hint="update the client (pip install --upgrade kaggle kagglesdk), or look for a page "
        "between you and Kaggle that asks for a login",
    )
