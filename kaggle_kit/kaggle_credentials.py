"""Who calls Kaggle: looks for credentials where the official client does, and asks no server."""

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from kaggle_kit.errors import CredentialsError

SETTINGS_PAGE = "https://www.kaggle.com/settings"
TOKEN_HINT = (
    f"make an API token at {SETTINGS_PAGE} and set KAGGLE_API_TOKEN to it or save it as "
    "~/.kaggle/access_token; KAGGLE_USERNAME with KAGGLE_KEY and kaggle.json in ~/.kaggle "
    "(or KAGGLE_CONFIG_DIR) work too, and so does `kaggle auth login`"
)


@dataclass(frozen=True)
class Credentials:
    """An API token, a user name and key, or neither for what `kaggle auth login` left.

    `source` says where they were found, in words for the user.
    """

    source: str
    token: str | None = field(default=None, repr=False)
    username: str | None = None
    key: str | None = field(default=None, repr=False)

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
        If there are none, or kaggle.json is not what Kaggle gives out.
    """
    from kagglesdk import KaggleCredentials, get_access_token_from_env

    token, source = get_access_token_from_env()
    if token:
        return Credentials("~/.kaggle/access_token" if source == "access_token" else source, token)
    username, key = os.environ.get("KAGGLE_USERNAME"), os.environ.get("KAGGLE_KEY")
    if username and key:
        return Credentials("KAGGLE_USERNAME and KAGGLE_KEY", username=username, key=key)
    path = _config_folder() / "kaggle.json"
    if path.exists():
        return _read_key(path)
    login = KaggleCredentials.DEFAULT_CREDENTIALS_FILE
    if Path(login).expanduser().exists():
        return Credentials(login)
    raise CredentialsError("no Kaggle credentials found", hint=TOKEN_HINT)


def _config_folder() -> Path:
    if folder := os.environ.get("KAGGLE_CONFIG_DIR"):
        return Path(folder)
    usual = Path("~/.kaggle").expanduser()
    if usual.exists() or not sys.platform.startswith("linux"):
        return usual
    return Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "kaggle"


def _read_key(path: Path) -> Credentials:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return Credentials(str(path), username=stored["username"], key=stored["key"])
    except (OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise CredentialsError(
            f"{path} is not the JSON with `username` and `key` that Kaggle gives out",
            hint=TOKEN_HINT,
        ) from error
