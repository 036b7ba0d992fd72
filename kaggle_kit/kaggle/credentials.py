"""Finds the credentials where the official client looks for them, without asking a server."""

import json
import os
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kaggle_kit.errors import CredentialsError

if TYPE_CHECKING:
    from kagglesdk import KaggleClient, KaggleCredentials

SETTINGS_PAGE = "https://www.kaggle.com/settings"
TOKEN_HINT = (
    f"make an API token at {SETTINGS_PAGE} and set KAGGLE_API_TOKEN to it or save it as "
    "~/.kaggle/access_token; KAGGLE_USERNAME with KAGGLE_KEY and kaggle.json in ~/.kaggle "
    "(or KAGGLE_CONFIG_DIR) work too, and so does `kaggle auth login`"
)


@dataclass(frozen=True)
class Credentials:
    """An API token, or a user name and key, or neither if `kaggle auth login` was used.

    `source` tells the user where the credentials were found. `file` is the file that holds them,
    or None if they are from the environment.
    """

    source: str
    token: str | None = field(default=None, repr=False)
    username: str | None = None
    key: str | None = field(default=None, repr=False)
    file: Path | None = None

    def __post_init__(self) -> None:
        for text in (self.token, self.username, self.key):
            if text is not None and not (text.isascii() and text.isprintable()):
                message = f"{self.source}: a line break or another odd character in it"
                raise CredentialsError(message, hint=TOKEN_HINT)


def find_credentials() -> Credentials:
    """The first credentials found, in the official client's order.

    Raises
    ------
    CredentialsError
        There are no credentials, or a credentials file is not in the form that Kaggle gives out.
    """
    from kagglesdk import KaggleCredentials

    token, source = _find_token()
    if token:
        return _with_token(token, source)
    username, key = os.environ.get("KAGGLE_USERNAME"), os.environ.get("KAGGLE_KEY")
    if username and key:
        return Credentials("KAGGLE_USERNAME and KAGGLE_KEY", username=username, key=key)
    path = _config_folder() / "kaggle.json"
    if path.exists():
        return _read_key(path)
    login = KaggleCredentials.DEFAULT_CREDENTIALS_FILE
    if (path := _expanded(login)).exists():
        return Credentials(login, file=path)
    if username or key:
        found, missing = ("USERNAME", "KEY") if username else ("KEY", "USERNAME")
        message = f"KAGGLE_{found} is set but KAGGLE_{missing} is missing"
        raise CredentialsError(message, hint=TOKEN_HINT)
    raise CredentialsError("no Kaggle credentials found", hint=TOKEN_HINT)


def exposed_file(credentials: Credentials) -> Path | None:
    """The file of the credentials if other users of this machine can read it, else None."""
    path = credentials.file
    try:
        return path if path and path.is_file() and path.stat().st_mode & 0o077 else None
    except OSError:
        return None


def hide(file: Path) -> str:
    """The command after which only the user can read the file."""
    return f"chmod 600 {shlex.quote(str(file))}"


def load_login(sdk: "KaggleClient", source: str) -> "KaggleCredentials | None":
    """The login that `kaggle auth login` saved; raise CredentialsError if it cannot be read."""
    from kagglesdk import KaggleCredentials

    try:
        return KaggleCredentials.load(client=sdk)
    except (OSError, AttributeError, TypeError, ValueError) as error:
        message = f"cannot read {source} as a login that `kaggle auth login` saved"
        raise CredentialsError(message, hint=TOKEN_HINT) from error


def _find_token() -> tuple[str | None, str]:
    from kagglesdk import get_access_token_from_env

    try:
        token, source = get_access_token_from_env()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
    else:
        return token, source or ""
    # Raised without its cause: if the SDK took the token for a path, the cause contains the token.
    variable = "KAGGLE_API_TOKEN"
    place = _named_by(variable) if os.environ.get(variable) else _token_file()
    raise CredentialsError(f"cannot read {place}: {reason}", hint=TOKEN_HINT)


def _with_token(token: str, source: str) -> Credentials:
    """The credentials of `token`; `source`, from the SDK, is a variable or "access_token"."""
    value = os.environ.get(source)
    if value == token:
        return Credentials(source, token)
    if value:
        return Credentials(_named_by(source), token, file=Path(value))
    place = _token_file()
    return Credentials(place, token, file=_expanded(place))


def _named_by(variable: str) -> str:
    return f"the file that {variable} names"


def _token_file() -> str:
    usual = "~/.kaggle/access_token"
    return usual if _expanded(usual).exists() else f"{usual}.txt"


def _config_folder() -> Path:
    if folder := os.environ.get("KAGGLE_CONFIG_DIR"):
        return _expanded(folder)
    usual = _expanded("~/.kaggle")
    if usual.exists() or not sys.platform.startswith("linux"):
        return usual
    return _expanded(os.environ.get("XDG_CONFIG_HOME") or "~/.config") / "kaggle"


def _expanded(path: str) -> Path:
    """The path with `~` replaced; unchanged for a user without a home folder."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _read_key(path: Path) -> Credentials:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Credentials(str(path), username=stored["username"], key=stored["key"], file=path)
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise CredentialsError(
            f"{path} is not the JSON with `username` and `key` that Kaggle gives out",
            hint=TOKEN_HINT,
        ) from error
