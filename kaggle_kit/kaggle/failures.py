"""Turns each failed call to Kaggle into a KitError that says what to do.

The error names no address and does not keep the original cause, because the addresses of Kaggle's
storage contain a signature.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from kaggle_kit.competition.description import Competition
from kaggle_kit.errors import CredentialsError, KaggleError, NetworkError, RulesError
from kaggle_kit.kaggle.connections import (
    Obstacle,
    find_obstacle,
    has_timed_out,
    wants_password,
)
from kaggle_kit.kaggle.credentials import SETTINGS_PAGE, TOKEN_HINT

TOO_MANY, PROXY_PASSWORD = 429, 407


class NotFoundError(KaggleError):
    """Kaggle does not have the requested object: status 404."""


class RateLimitError(NetworkError):
    """Kaggle did nothing and asked to try again later: status 429."""


class UnreadableError(KaggleError):
    """Kaggle's answer cannot be read, so it is not known what Kaggle did."""


@dataclass(frozen=True)
class Subject:
    """What a call is about: its page at Kaggle, and the hints for refusals, by their status."""

    page: str
    hints: Mapping[int, str] = field(default_factory=dict)


def subject_of(competition: Competition, page: str = "") -> Subject:
    """A competition as the subject; `page` is one of its pages, such as "/data"."""
    rules = (
        f"accept the rules at {competition.url}/rules; if that is done, "
        f"verify your phone number at {SETTINGS_PAGE}"
    )
    return Subject(competition.url + page, {403: rules})


@dataclass(frozen=True)
class FailedCall:
    """A call to Kaggle that failed.

    `action` is as in "Kaggle would not {action}". `credentials_from` says where the credentials
    were found. `timeout` is in seconds.
    """

    subject: Subject
    action: str
    credentials_from: str
    timeout: float

    def explain(self, error: Exception) -> KaggleError:
        unsent = isinstance(error, OSError | HTTPError)  # a mistake in a proxy or certificate
        garbled = isinstance(error, requests.JSONDecodeError)
        if garbled or not (unsent or isinstance(error, requests.RequestException)):
            return _unreadable(self.action)
        response = getattr(error, "response", None)
        if response is None:
            return self._explain_silence(find_obstacle(error, self.timeout))
        return self._explain_refusal(response)

    def _explain_refusal(self, response: requests.Response) -> KaggleError:
        status, reason = _status(response), reason_in(response)
        hint = self.subject.hints.get(status, f"see {self.subject.page}")
        if status == PROXY_PASSWORD:
            return self._explain_silence(wants_password(response))
        if _from_storage(response) and not is_temporary(status):
            return KaggleError(
                f"cannot {self.action}: the download address was refused ({reason})",
                hint="run the command again: each download gets a new address",
            )
        if status == 401:
            message = (
                f"Kaggle does not accept the credentials in {self.credentials_from} ({reason})"
            )
            return CredentialsError(message, hint=TOKEN_HINT)
        if status == 403:
            return RulesError(f"Kaggle does not let you {self.action} ({reason})", hint=hint)
        if is_temporary(status):
            failure = RateLimitError if status == TOO_MANY else NetworkError
            asked = retry_after(response)
            wait = "a few minutes" if asked is None or asked < 120 else f"{asked / 60:.0f} minutes"
            return failure(
                f"Kaggle is too busy to {self.action} now ({reason})",
                hint=f"wait {wait}, then run the command again",
            )
        refusal = NotFoundError if status == 404 else KaggleError
        return refusal(f"Kaggle would not {self.action} ({reason})", hint=hint)

    def _explain_silence(self, obstacle: Obstacle) -> KaggleError:
        return NetworkError(f"cannot {self.action}: {obstacle.text}", hint=obstacle.hint)


def is_temporary(status: int) -> bool:
    return status == TOO_MANY or status >= 500


def asks_to_wait(error: requests.RequestException) -> bool:
    """Whether the server did nothing and asked to try again later."""
    return error.response is not None and _status(error.response) == TOO_MANY


def is_worth_retrying(error: requests.RequestException) -> bool:
    """Whether the same call may succeed if it is repeated."""
    if error.response is not None:
        return is_temporary(_status(error.response))
    dropped = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    if not isinstance(error, dropped) or has_timed_out(error):
        return False
    return not find_obstacle(error, 0.0).is_lasting


def retry_after(response: requests.Response) -> float | None:
    """The wait in seconds that the server asks for, by a number or by a date, or None."""
    asked = response.headers.get("Retry-After", "")
    if asked.isdigit():
        return float(asked)
    try:
        until = parsedate_to_datetime(asked)
    except ValueError:
        return None
    return max(0.0, (until - datetime.now(UTC)).total_seconds()) if until.tzinfo else None


def _status(response: requests.Response) -> int:
    """The HTTP status, or the `code` that Kaggle may put into the body of a 200."""
    code = _body(response).get("code")
    return code if response.ok and isinstance(code, int) else response.status_code


def reason_in(response: requests.Response) -> str:
    """The status and Kaggle's reason, in one line."""
    reason = " ".join((_words(_body(response)) or response.reason or "").split())
    return f"{_status(response)}: {reason[:300]}" if reason else str(_status(response))


def _words(body: object) -> str:
    """Kaggle's own words in the body of an error, however deep they are; "" if there are none."""
    if isinstance(body, str):
        return body.strip()
    if isinstance(body, list):
        return next(filter(None, map(_words, body)), "")
    if isinstance(body, dict):
        names = ("error", "message", "errors", "error_description", "detail", "title")
        return next(filter(None, (_words(body.get(name)) for name in names)), "")
    return ""


def _body(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, requests.RequestException):
        return {}
    return body if isinstance(body, dict) else {}


def _from_storage(response: requests.Response) -> bool:
    """Whether Kaggle redirected the request to another host, and that host answered."""
    hosts = {urlsplit(passed.url).netloc for passed in [*response.history, response]}
    return len(hosts) > 1


def without_signatures(error: Exception) -> Exception:
    """The failure for a traceback, without the queries of addresses: they may be signatures."""
    text = re.sub(r"\?[^\s'\")>]*", "?...", f"{type(error).__name__}: {error}")
    return KaggleError(text).with_traceback(error.__traceback__)


def _unreadable(action: str) -> KaggleError:
    return UnreadableError(
        f"cannot {action}: Kaggle's answer is not what its client expects",
        hint="update the client with `pip install --upgrade kaggle kagglesdk`, or look for a page "
        "between you and Kaggle that asks for a login",
    )
