"""Finds the credentials where the official client looks for them, without asking a server."""

import codecs
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kaggle_kit import system
from kaggle_kit.errors import CredentialsError

if TYPE_CHECKING:
    from kagglesdk import KaggleClient, KaggleCredentials

SETTINGS_PAGE = "https://www.kaggle.com/settings"
NEW_STYLE = "KGAT_"  # how the API tokens begin that replace user names with keys
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
            if text is not None and not (text.isascii() and text.isprintable() and " " not in text):
                message = f"{self.source}: a line break or another odd character in it"
                raise CredentialsError(message, hint=TOKEN_HINT)


class _NothingError(Exception):
    """A place holds no credentials; the message says why, in a few words."""


def find_credentials() -> Credentials:
    """The first credentials found, in the official client's order.

    A file that holds none, such as a kaggle.json with settings alone, is passed over, as the
    official client does.

    Raises
    ------
    CredentialsError
        There are none; the message says where was looked, and what was found there. Or
        KAGGLE_API_TOKEN is set to what cannot be a token, or a credential has an odd character.
    """
    looked = []
    for place, read in _places():
        try:
            return read()
        except _NothingError as why:
            looked.append(f"{place} ({why})")
    message = f"no Kaggle credentials found; looked, in this order, at {', '.join(looked)}"
    raise CredentialsError(message, hint=TOKEN_HINT)


def exposed_file(credentials: Credentials) -> Path | None:
    """The file of the credentials if other users of this machine can read it, else None."""
    path = credentials.file
    try:
        return path if path and path.is_file() and system.read_by_others(path) else None
    except OSError:
        return None


def hide(file: Path) -> str:
    """The command after which only the user can read the file."""
    return f"chmod 600 {system.quote(str(file))}"


def load_login(sdk: "KaggleClient", source: str) -> "KaggleCredentials | None":
    """The login that `kaggle auth login` saved; raise CredentialsError if it cannot be read."""
    from kagglesdk import KaggleCredentials

    try:
        return KaggleCredentials.load(client=sdk)
    except (OSError, AttributeError, TypeError, ValueError) as error:
        message = f"cannot read {source} as a login that `kaggle auth login` saved"
        raise CredentialsError(message, hint=TOKEN_HINT) from error


def _places() -> Iterator[tuple[str, Callable[[], Credentials]]]:
    """The places where the official client looks, in its order, with a function that reads each.

    The order is that of `kagglesdk.get_access_token_from_env` and, in the package kaggle, of
    `KaggleApi.authenticate`.
    """
    from kagglesdk import KaggleCredentials
    from kagglesdk.kaggle_env import KAGGLE_API_V1_TOKEN_PATH, is_in_kaggle_notebook

    if is_in_kaggle_notebook():
        name = KAGGLE_API_V1_TOKEN_PATH
        yield name, partial(_of_token_file, name, os.environ.get(name, ""))
    yield "KAGGLE_API_TOKEN", _of_token_variable
    usual = "~/.kaggle/access_token"
    yield usual, partial(_of_token_file, usual, usual)
    if os.path.exists(_expanded(f"{usual}.txt")):  # noqa: PTH110  Path.exists can raise
        yield f"{usual}.txt", partial(_of_token_file, f"{usual}.txt", f"{usual}.txt")
    path = _config_folder() / "kaggle.json"
    yield "KAGGLE_USERNAME and KAGGLE_KEY", partial(_of_key_variables, path)
    yield str(path), partial(_of_key_file, path)
    login = KaggleCredentials.DEFAULT_CREDENTIALS_FILE
    yield login, partial(_of_login, login)


def _of_token_variable() -> Credentials:
    name = "KAGGLE_API_TOKEN"
    value = os.environ.get(name)
    if not value:
        raise _NothingError("not set")
    if _exists(value):
        place = f"the file that {name} names"
        try:
            return _of_token_file(place, value)
        except _NothingError as why:  # the user chose it: nothing else is tried
            raise CredentialsError(f"cannot read {place}: {why}", hint=TOKEN_HINT) from None
    mistakes = {
        ("~", "/", "./", "../"): "it is the path of a file that does not exist",
        ("'", '"'): "there are quotes around it",
        ("{",): "it is the text of a kaggle.json: set KAGGLE_USERNAME and KAGGLE_KEY instead",
    }
    for beginnings, mistake in mistakes.items():
        if value.startswith(beginnings):
            raise CredentialsError(f"{name} is no API token: {mistake}", hint=TOKEN_HINT)
    return Credentials(name, value)


def _of_token_file(place: str, path: str) -> Credentials:
    file = _expanded(path)
    return Credentials(place, _read(file), file=file)


def _of_key_variables(path: Path) -> Credentials:
    """The pair from the environment; as in the official client, the file adds what is missing."""
    names = ("KAGGLE_USERNAME", "KAGGLE_KEY")
    username, key = map(os.environ.get, names)
    if username and key:
        _check_key("KAGGLE_KEY", key)
        return Credentials(" and ".join(names), username=username, key=key)
    if not (username or key):
        raise _NothingError("not set")
    try:
        stored = _read_json(path)
    except _NothingError:
        stored = {}
    given, missing = names if username else names[::-1]
    added = stored.get("key" if username else "username")
    if not isinstance(added, str):
        raise _NothingError(f"{given} is set but {missing} is missing")
    _check_key("the key", key or added)
    source = f"{given} and {path}"
    return Credentials(source, username=username or added, key=key or added, file=path)


def _of_key_file(path: Path) -> Credentials:
    stored = _read_json(path)
    username, key = stored.get("username"), stored.get("key")
    if not (isinstance(username, str) and isinstance(key, str)):
        raise _NothingError("no `username` and `key` in it")
    _check_key("its `key`", key)
    return Credentials(str(path), username=username, key=key, file=path)


def _check_key(what: str, key: str) -> None:
    if key.startswith(NEW_STYLE):
        raise _NothingError(
            f"{what} is a new API token, which belongs into KAGGLE_API_TOKEN or "
            "~/.kaggle/access_token"
        )


def _of_login(place: str) -> Credentials:
    file = _expanded(place)
    if not _read_json(file).get("refresh_token"):
        raise _NothingError("no login in it")
    return Credentials(place, file=file)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(_read(path))
    except json.JSONDecodeError as error:
        raise _NothingError(f"not JSON at line {error.lineno}, column {error.colno}") from None
    if not isinstance(content, dict):
        raise _NothingError("not a JSON object")
    return content


def _read(path: Path) -> str:
    """The text of a file, also if Windows wrote it as UTF-16 or with a byte order mark."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise _NothingError("not there") from None
    except IsADirectoryError:
        raise _NothingError("a folder, expected a file") from None
    except NotADirectoryError:
        raise _NothingError(f"{path.parent} is a file, expected a folder") from None
    except OSError as error:
        raise _NothingError(f"cannot be read: {str(error.strerror).lower()}") from None
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if utf_16 else "utf-8-sig"
    try:
        text = content.decode(encoding).strip()
    except UnicodeDecodeError:
        raise _NothingError("not UTF-8 text") from None
    if not text:
        raise _NothingError("empty")
    return text


def _exists(value: str) -> bool:
    try:
        return os.path.exists(value)  # noqa: PTH110  Path.exists can raise PermissionError
    except ValueError:
        return False


def _config_folder() -> Path:
    if folder := os.environ.get("KAGGLE_CONFIG_DIR"):
        return _expanded(folder)
    usual = _expanded("~/.kaggle")
    if usual.exists() or not system.LINUX:
        return usual
    return _expanded(os.environ.get("XDG_CONFIG_HOME") or "~/.config") / "kaggle"


def _expanded(path: str) -> Path:
    """The path with `~` replaced; unchanged for a user without a home folder."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
