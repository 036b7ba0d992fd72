"""kaggle-kit.toml in a home: defaults for the options that a command line does not give.

competition = "letters"

[tune]
preset = "standard"
time-budget = "20m"
"""

from __future__ import annotations

import argparse
import difflib
import json
import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple

from kaggle_kit.competition.registry import (
    COMPETITIONS,
    get_competition,
    own_descriptions,
    plugin_slugs,
)
from kaggle_kit.errors import InputError, in_words
from kaggle_kit.workspace.paths import Home

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

FILE = "kaggle-kit.toml"
EVERYWHERE = ("competition", "run", "preset", "log")  # keys outside the tables of verbs
WITHOUT = {"quickstart", "init", "completion"}  # verbs that EVERYWHERE says nothing about
NEVER = {"--home", "--help", "--version"}
PLAN = {"preset", "oracle", "trials", "folds", "epochs", "fit_epochs", "members"} | {
    *("time_budget", "fit_budget", "family", "seed")
}
TO_DO = "correct the file"


class Default(NamedTuple):
    """A value of the file, by the key that it has there."""

    key: str
    value: Any


class Used(NamedTuple):
    """A command line with the defaults of a home.

    Attributes
    ----------
    options : argparse.Namespace
    told : str
        The file, and what of it is used; "" if nothing is.
    common : dict
        What the file says of options for every verb. A hint need not repeat it.
    """

    options: argparse.Namespace
    told: str
    common: dict[str, Any]


def apply(
    parser: argparse.ArgumentParser, words: Sequence[str], options: argparse.Namespace
) -> Used:
    """Fill in the defaults of the home that a command line names.

    Parameters
    ----------
    options : argparse.Namespace
        What `parser` makes of `words`.

    Raises
    ------
    InputError
        The file cannot be read, or has an unknown key or a wrong value. The message names file,
        key and what is allowed.
    """
    path = options.home / FILE
    content = _read(path)
    if not content:
        return Used(options, "", {})
    verbs = _verbs(parser)
    found = _File(path, content, verbs).of(options.verb)
    verb = verbs[options.verb]
    # argparse leaves a default that is no text as it is, so what is still there was not given.
    verb.set_defaults(**found)
    options = parser.parse_args(words)
    kept = _has_begun(options)
    used = []
    for name, default in found.items():
        if getattr(options, name) is not default:
            continue
        if kept and name in PLAN:
            setattr(options, name, None)
        else:
            setattr(options, name, _value(path, default, _action(verb, name)))
            used.append(f"{default.key} = {_shown(default.value)}")
    common = {key: content[key] for key in EVERYWHERE if key in content}
    return Used(options, f"{path}: {', '.join(used)}" if used else "", common)


def _has_begun(options: argparse.Namespace) -> bool:
    """Whether `tune` goes on with a run, which keeps the plan that it was begun with."""
    run = options.run.value if isinstance(options.run, Default) else options.run
    try:
        return options.verb == "tune" and Home(options.home).run(str(run)).config.exists()
    except InputError:  # told where the name is read
        return False


class _File:
    def __init__(
        self, path: Path, content: dict[str, Any], verbs: Mapping[str, argparse.ArgumentParser]
    ) -> None:
        self._path, self._content, self._verbs = path, content, verbs

    def of(self, verb: str) -> dict[str, Default]:
        """The defaults of a verb, by destination; the whole file is checked."""
        general, own = {}, {}
        for key, value in self._content.items():
            if isinstance(value, dict):
                if key not in self._verbs:
                    raise _wrong(self._path, f"[{key}]", "a verb", self._verbs)
                found = self._table(key, value)
                own.update(found if key == verb else {})
            elif key not in EVERYWHERE:
                raise _wrong(self._path, key, "a key", [*EVERYWHERE, "[VERB]"])
            else:
                default = Default(key, value)
                _value(self._path, default, _action(self._verbs["tune"], key), self._home)
                general[key] = default
        takes = {action.dest for action in self._verbs[verb]._actions}  # noqa: SLF001
        if verb in WITHOUT:
            general = {}
        return {name: one for name, one in (general | own).items() if name in takes}

    @property
    def _home(self) -> Path:
        return self._path.parent

    def _table(self, verb: str, table: dict[str, Any]) -> dict[str, Default]:
        options = _options(self._verbs[verb])
        found = {}
        for key, value in table.items():
            action = options.get(key.replace("_", "-"))
            if action is None:
                raise _wrong(self._path, f"{verb}.{key}", "an option with a value", options)
            found[action.dest] = Default(f"{verb}.{key}", value)
            _value(self._path, found[action.dest], action, self._home)
        return found


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise InputError(f"{path} cannot be read: {in_words(error)}", TO_DO) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not TOML: {in_words(error)}", TO_DO) from None


def _verbs(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    (found,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))  # noqa: SLF001
    choices: Mapping[str, argparse.ArgumentParser] = found.choices
    return choices


def _options(verb: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """The options that take a value or have a --no- form, by name: others cannot be undone."""
    found = {}
    for action in verb._actions:  # noqa: SLF001
        undoes = action.nargs != 0 or isinstance(action, argparse.BooleanOptionalAction)
        for name in action.option_strings[:1]:
            if undoes and name not in NEVER:
                found[name.removeprefix("--")] = action
    return found


def _action(verb: argparse.ArgumentParser, dest: str) -> argparse.Action:
    return next(action for action in verb._actions if action.dest == dest)  # noqa: SLF001


def _value(path: Path, default: Default, action: argparse.Action, home: Path | None = None) -> Any:
    """The value as the option has it; raises InputError if it is not allowed."""
    value = default.value
    if isinstance(action, argparse.BooleanOptionalAction):
        if not isinstance(value, bool):
            raise _wrong_value(path, default, "true or false")
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _wrong_value(path, default, "a text in quotes, or a whole number")
    text = str(value)
    if action.choices is not None and text not in action.choices:
        raise _wrong_value(path, default, f"one of {', '.join(map(str, action.choices))}")
    if action.dest == "competition" and home is not None:
        try:
            get_competition(text, home)
        except InputError as error:
            known = ", ".join([*COMPETITIONS, *plugin_slugs(), *own_descriptions(home)])
            raise _wrong_value(path, default, f"one of {known}", error.hint) from None
    if not callable(action.type):
        return text
    try:
        return action.type(text)
    except (argparse.ArgumentTypeError, ValueError) as error:
        told = str(error).removeprefix("expected ").partition(f": {text!r}")[0]
        raise _wrong_value(path, default, told) from None


def _wrong(path: Path, key: str, what: str, allowed: Iterable[str]) -> InputError:
    names = list(allowed)
    near = difflib.get_close_matches(key.rpartition(".")[2].strip("[]"), names, n=1)
    hint = f"did you mean {near[0]}?" if near else TO_DO
    return InputError(f"{path}: {key} is not {what}, expected one of {', '.join(names)}", hint)


def _wrong_value(path: Path, default: Default, wanted: str, hint: str = "") -> InputError:
    found = f"{default.key} is {_shown(default.value)}"
    return InputError(f"{path}: {found}, expected {wanted}", hint or TO_DO)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)[:60]
