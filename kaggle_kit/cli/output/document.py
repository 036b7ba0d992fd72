"""The object that `--format json` puts on standard output: one for each command.

document.begin(words)              # what the user typed
document.answer(results.fitted, job, evaluation)
print(document.text(status=0))
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kaggle_kit._version import __version__

SCHEMA = 1  # raised when a field is removed, or means something else; new fields do not raise it
OPTION, JSON = "--format", "json"
FORMATS = ("text", JSON)
OTHER_FORMATS = {"export"}  # verbs whose --format is something else
SHORTEST = len("--fo")  # of an abbreviation that argparse takes

_open: dict[str, Any] | None = None


def begin(words: Sequence[str]) -> None:
    """Begin the object of a command line; none is begun if `words` do not ask for JSON."""
    verb = next((word for word in words if not word.startswith("-")), None)
    _set(_fresh(verb) if verb not in OTHER_FORMATS and _asks_json(words) else None)


def choose(verb: str, chosen: str) -> None:
    """Begin the object, or give it up, as a default of the user says."""
    if verb in OTHER_FORMATS:
        return
    if (chosen == JSON) != is_json():
        _set(_fresh(verb) if chosen == JSON else None)


def is_json() -> bool:
    return _open is not None


def answer(build: Callable[..., Mapping[str, Any]], *about: Any) -> None:
    """Add the fields that `build(*about)` returns; it is called only if JSON is asked for."""
    if _open is not None:
        _open.update(build(*about))


def fail(error: str, hint: str) -> None:
    """Note why the command failed; what was answered before stays."""
    if _open is not None:
        _open.update(error=error, hint=hint or None)


def text(status: int) -> str:
    """The object in one line: strict JSON in ASCII, so that no code page changes a letter."""
    content = plain((_open or {}) | {"exit_status": status})
    return json.dumps(content, allow_nan=False)


def plain(value: Any) -> Any:
    """A value as JSON can hold it: NaN and infinity become null, paths become text."""
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(one) for key, one in value.items()}
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers
        return plain(value.tolist())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [plain(one) for one in value]
    return str(value).encode("utf-8", "replace").decode()  # a path may have bytes that are no text


def _fresh(verb: str | None) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "kit": __version__,
        "verb": verb,
        "exit_status": 0,
        "error": None,
        "hint": None,
    }


def _set(begun: dict[str, Any] | None) -> None:
    global _open  # noqa: PLW0603  one command at a time, as in `hints`
    _open = begun


def _asks_json(words: Sequence[str]) -> bool:
    """Whether the last --format is JSON; the options themselves may be wrong."""
    chosen = ""
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if len(name) >= SHORTEST and OPTION.startswith(name):
            chosen = value if equals else following
    return chosen == JSON
