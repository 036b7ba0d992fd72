"""Templates of paths, such as `train/{label}.{number}.jpg`, and the files that match them."""

import os
import re
import string
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kaggle_kit.data.images import ENDINGS
from kaggle_kit.errors import DataError, InputError, in_words

ANY_ENDING = rf"(?i:{'|'.join(re.escape(ending) for ending in sorted(ENDINGS))})"
HIDDEN = (".", "__MACOSX", "Thumbs.db")
NUMBER = re.compile("([0-9]+)")
LEADS_OUT = "it leads out of the folder of the data"


class Template:
    """A path with names in braces.

    Attributes
    ----------
    fields : list of str
        The names in braces. `number` stands for digits, no name for any path, and other names for
        any text without a slash.
    folder : str
        The folder in front of the first name; empty for the folder of the data.
    """

    def __init__(self, text: str, key: str) -> None:
        """Parse the text, which is under `key` in the description."""
        self.text = text
        try:
            self._parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise InputError(f"{key} is {text!r}, expected a template of a path: {error}") from None
        if any(spec or conversion for _, _, spec, conversion in self._parts):
            raise InputError(f"{key} is {text!r}, expected nothing but names in its braces")
        self.fields = [name for _, name, *_ in self._parts if name is not None]
        self.folder = self._parts[0][0].rpartition("/")[0] if self._parts else ""
        self._pattern = self._compiled()

    def path(self, values: dict[str, str]) -> str:
        """The path for the values of the fields."""
        return "".join(
            literal + ("" if name is None else values[name]) for literal, name, *_ in self._parts
        )

    def match(self, path: str) -> dict[str, str] | None:
        """The values of the fields in a path, whose ending may be that of another image format."""
        found = self._pattern.fullmatch(path)
        if not found:
            return None
        return {name: found[f"f{self.fields.index(name)}"] for name in self.fields}

    def _compiled(self) -> re.Pattern[str]:
        pattern = ""
        for position, (literal, name, *_) in enumerate(self._parts):
            stem, ending = os.path.splitext(literal)  # noqa: PTH122  it is no path
            if position == len(self._parts) - 1 and literal.lower() in ENDINGS:
                stem, ending = "", literal
            is_ending = name is None and ending.lower() in ENDINGS
            pattern += re.escape(stem) + ANY_ENDING if is_ending else re.escape(literal)
            if name is not None:
                first = self.fields.index(name)
                is_new = f"(?P<f{first}>" not in pattern
                one = {"number": "[0-9]+", "": ".+"}.get(name, "[^/]+")
                pattern += f"(?P<f{first}>{one})" if is_new else f"(?P=f{first})"
        return re.compile(pattern)


@dataclass
class FoundFiles:
    """The files in a folder of the data, by their paths below the folder of the data.

    Attributes
    ----------
    paths : set of str
    outside : set of str
        Links to files outside the folder of the data.
    """

    paths: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    _stems: dict[str, list[str]] = field(default_factory=dict)

    def resolve(self, path: str) -> list[str]:
        """The files that a path can mean: itself, or else those that differ in their ending.

        Neither do upper and lower case matter then, nor how accents are encoded.
        """
        if path in self.paths or path in self.outside:
            return [path]
        if not self._stems:
            stems = defaultdict(list)
            for file in sorted(self.paths):
                stems[_stem(file)].append(file)
            self._stems = stems
        return self._stems.get(_stem(path), [])


def find_files(folder: Path, below: str) -> FoundFiles:
    """All files in a folder of the data and in its folders, apart from hidden ones.

    Raises
    ------
    DataError
        A folder cannot be read, or leads out of the folder of the data.
    """
    found = FoundFiles()
    root = folder.resolve()
    if not (folder / below).resolve().is_relative_to(root):
        raise DataError(
            f"{below} in {folder}: {LEADS_OUT}", "put the files there instead of a link"
        )
    folders = [below.strip("/")]
    seen: set[Path] = set()
    while folders:
        place = folders.pop()
        for entry in _entries(folder / place):
            path = f"{place}/{entry.name}".lstrip("/")
            if entry.is_symlink() and not _is_new_inside(entry, root, seen):
                found.outside.add(path)
            elif entry.is_dir():
                folders.append(path)
            else:
                found.paths.add(path)
    return found


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {in_words(error)}") from None
    return [entry for entry in entries if not entry.name.startswith(HIDDEN)]


def _is_new_inside(link: os.DirEntry[str], root: Path, seen: set[Path]) -> bool:
    """Whether a link leads to a place inside `root`; links may lead round in circles."""
    target = Path(os.path.realpath(link.path))
    is_new = target not in seen
    if target.is_dir():
        seen.add(target)
    return is_new and target.is_relative_to(root)


def leads_out(path: str) -> bool:
    """Whether a path, as text, is absolute or has a part that leads up."""
    path = path.replace("\\", "/")
    return path.startswith("/") or (".." in path and ".." in path.split("/"))


def in_natural_order(names: Iterable[str]) -> list[str]:
    """Sort names so that numbers in them are in the order of their size."""

    def key(name: str) -> tuple[list[str | int], str]:
        # Text and numbers take turns, so a number is never compared with a text.
        pieces: list[str | int] = NUMBER.split(name)
        pieces[1::2] = map(int, pieces[1::2])
        return pieces, name

    return sorted(names, key=key)


def _stem(path: str) -> str:
    stem, ending = os.path.splitext(path)  # noqa: PTH122  faster for many paths
    while ending.lower() in ENDINGS:
        path = stem
        stem, ending = os.path.splitext(path)  # noqa: PTH122
    return unicodedata.normalize("NFC", path).casefold()
