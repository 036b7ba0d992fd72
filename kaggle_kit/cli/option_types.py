"""Convert the text of an option to its value; argparse tells the user what was expected."""

import argparse
import contextlib
import re
from pathlib import Path

DIGITS = 9  # of a duration: more than a life


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
    if not re.fullmatch("[1-9][0-9]*", text):
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1: {text!r}")
    return int(text)


def number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number, counted from 0: {text!r}")
    return int(text)


def scheduler(text: str) -> str:
    match = re.fullmatch(r"(?:tcp|tls)://(?:\[[0-9a-fA-F:.]+\]|[^\s/:@\[\]]+):([0-9]{1,5})", text)
    if match is None or not 1 <= int(match[1]) <= 65535:
        raise argparse.ArgumentTypeError(f"expected tcp://HOST:PORT or tls://HOST:PORT: {text!r}")
    return text


def port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"expected a port, 1 to 65535: {text!r}")
    return int(text)
