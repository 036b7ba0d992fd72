"""Read a competition's description from TOML, check it, and write it.

The keys are the fields of `Competition` and of the classes of its tables, so a key is declared
once. Every error names file and key, what was found there, and what to write.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
import tomllib
import types
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from kaggle_kit.competition.consistency import contradictions
from kaggle_kit.competition.description import Competition
from kaggle_kit.errors import InputError, in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LONGEST_SHOWN = 60
TO_DO = "correct the file"
T = TypeVar("T")


def read_description(path: Path) -> Competition:
    """Read and check a description.

    Raises
    ------
    InputError
        The file cannot be read, is not TOML, or a key is missing, unknown or has a wrong value.
    """
    try:
        # Some editors begin a file with a byte order mark, which TOML does not have.
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist", "give the path of a description") from None
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {in_words(error)}", "give the path of a description"
        ) from None
    except RecursionError:
        raise InputError(f"{path} is not TOML: too many brackets in each other", TO_DO) from None
    except ValueError as error:  # also of texts that are not UTF-8 and numbers of 4,301 digits
        raise InputError(f"{path} is not TOML: {in_words(error)}", TO_DO) from None
    return parse_description(content, str(path))


def parse_description(content: dict[str, Any], name: str) -> Competition:
    """The description in the content of a TOML file, which errors call `name`.

    Raises
    ------
    InputError
        A key is missing, unknown or has a wrong value.
    """
    competition = _Table(name, content).read(Competition)
    for key, found, wanted in contradictions(competition, content):
        raise InputError(f"{name}: {key} is {_shown(found)}, expected {wanted}", TO_DO)
    return competition


def write_description(competition: Competition) -> str:
    """The TOML of a description; what has its default value is left out."""
    return "\n".join(_lines(competition)).strip() + "\n"


class _Table:
    def __init__(self, file: str, content: dict[str, Any], path: str = "") -> None:
        self._file, self._content, self._path = file, content, path

    def read(self, kind: type[T]) -> T:
        fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
        for key, value in self._content.items():
            if key not in fields:
                found = f"{self._path}{_key(key)} is {_shown(value)}, which is no key"
                raise self._wrong(found, f"one of {', '.join(fields)}", _meant(key, fields))
        types_of = get_type_hints(kind)
        values = {}
        for key, field in fields.items():
            if key in self._content:
                values[key] = self._value(key, types_of[key])
            elif field.default is dataclasses.MISSING and (
                field.default_factory is dataclasses.MISSING
            ):
                raise self._wrong(f"{self._path}{key} is missing", _wanted(types_of[key]))
        return kind(**values)

    def _value(self, key: str, kind: Any) -> Any:
        value = self._content[key]
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and isinstance(value, dict):
            return _Table(self._file, value, f"{self._path}{key}.").read(kind)
        try:
            return _converted(value, kind)
        except (OverflowError, TypeError, ValueError):
            hint = _meant(value, kind) if _is_enum(kind) else ""
            found = f"{self._path}{key} is {_shown(value)}"
            raise self._wrong(found, _wanted(kind), hint) from None

    def _wrong(self, found: str, wanted: str, hint: str = "") -> InputError:
        return InputError(f"{self._file}: {found}, expected {wanted}", hint or TO_DO)


def _converted(value: Any, kind: Any) -> Any:
    """The value as `kind`; raises an error of Python's if it is not one."""
    kind = _without_none(kind)
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        if not isinstance(value, list):
            raise TypeError
        if parts[-1] is not Ellipsis and len(value) != len(parts):
            raise ValueError
        return tuple(_converted(item, parts[0]) for item in value)
    if _is_enum(kind):
        return kind(value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:  # a bool is an int, too
        raise TypeError
    return value


def _wanted(kind: Any) -> str:
    kind = _without_none(kind)
    if get_origin(kind) is tuple:
        several = {str: 'texts, as in ["a", "b"]', int: "two whole numbers", float: "two numbers"}
        return f"a list of {several[get_args(kind)[0]]}"
    if _is_enum(kind):
        *most, last = (f'"{choice}"' for choice in kind)
        return f"{', '.join(most)} or {last}"
    if dataclasses.is_dataclass(kind):
        return "a table"
    return {str: "a text in quotes", int: "a whole number", float: "a number"}.get(
        kind, "true or false"
    )


def _without_none(kind: Any) -> Any:
    """The type of a field that may also be None, which TOML does not have."""
    return get_args(kind)[0] if get_origin(kind) is types.UnionType else kind


def _is_enum(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def _meant(name: Any, known: Iterable[str]) -> str:
    """A hint with the most similar name, if there is one."""
    near = difflib.get_close_matches(str(name).lower()[:LONGEST_SHOWN], list(known), n=1)
    return f"did you mean {near[0]}?" if near else ""


def _lines(table: Any) -> Iterator[str]:
    tables = []
    for field in dataclasses.fields(table):
        value = getattr(table, field.name)
        if dataclasses.is_dataclass(value):
            tables.append((field.name, value))
        elif value != field.default:
            yield f"{field.name} = {_toml(value)}"
    for name, value in tables:
        lines = list(_lines(value))
        if lines:
            yield from ("", f"[{name}]", *lines)


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    # JSON's texts and numbers are TOML's, apart from one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[\w-]{1,60}", key, re.ASCII) else _shown(key)


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:
        return "a number of very many digits"
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}…"
