"""Convert the text of an option to its value; argparse tells the user what was expected."""

import argparse
import contextlib
import re
from pathlib import Path

from kaggle_kit.errors import InputError
from kaggle_kit.workspace.paths import Home

DIGITS = 9  # of a number: more than anything here can be, and fewer than Python takes


def duration(text: str) -> float:
    """Seconds in a text such as 90, 90s, 20m, 1h30m."""
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?", text.strip())
    if not text.strip() or match is None:
        raise argparse.ArgumentTypeError(f"expected a duration such as 90s, 20m or 1h30m: {text!r}")
    if max(map(len, filter(None, match.groups())), default=0) > DIGITS:
        raise argparse.ArgumentTypeError(f"expected a duration of {DIGITS} digits at most")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def path(text: str) -> Path:
    """A path; the shell leaves the ~ of --home=~/x to us."""
    if not text:
        raise argparse.ArgumentTypeError("expected a path, found nothing")
    with contextlib.suppress(RuntimeError):  # a user without a home
        return Path(text).expanduser()
    return Path(text)


def positive(text: str) -> int:
    return _number(text, 1, "expected a whole number of at least 1")


def number(text: str) -> int:
    return _number(text, 0, "expected a whole number, counted from 0")


def seed(text: str) -> int:
    return _number(text, 0, "expected a whole number from 0", digits=10)


def port(text: str) -> int:
    expected = "expected a port, 1 to 65535"
    if _number(text, 1, expected) > 65535:
        raise argparse.ArgumentTypeError(f"{expected}: {text!r}")
    return int(text)


def _number(text: str, least: int, expected: str, digits: int = DIGITS) -> int:
    if not re.fullmatch("[0-9]+", text) or len(text) > digits or int(text) < least:
        shown = text if len(text) <= 20 else f"{text[:20]}..."
        raise argparse.ArgumentTypeError(f"{expected}: {shown!r}")
    return int(text)


def scheduler(text: str) -> str:
    match = re.fullmatch(r"(?:tcp|tls)://(?:\[[0-9a-fA-F:.]+\]|[^\s/:@\[\]]+):([0-9]{1,5})", text)
    if match is None or not 1 <= int(match[1]) <= 65535:
        raise argparse.ArgumentTypeError(f"expected tcp://HOST:PORT or tls://HOST:PORT: {text!r}")
    return text


def run_name(text: str) -> str:
    try:
        Home(Path()).run(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(f"{error}; {error.hint}") from None
    return text


def family(text: str) -> str:
    """The full name of a family, or the text of that in a file."""
    from kaggle_kit.networks.families import full_name
    from kaggle_kit.networks.families.own_text import read_own

    try:
        if ".py" in text:
            return read_own(text)
        return full_name(text)
    except InputError as error:
        file, _, function = text.rpartition(":")
        is_file = file and Path(f"{file}.py").exists()  # then it is no package that is missing
        hint = f"did you mean {file}.py:{function}?" if is_file else error.hint
        raise argparse.ArgumentTypeError(f"{error}; {hint}") from None


def owner(text: str) -> str:
    """A user at Kaggle; the address of the profile is taken, too."""
    name = re.sub(r"^(https?://)?(www\.)?kaggle\.com/|^@|/+$", "", text.strip())
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
        raise argparse.ArgumentTypeError(
            f"expected a user as in the address of a profile at Kaggle: {text!r}"
        )
    return name
