"""The names of image files, and the columns of CSVs that have them as ids."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kaggle_kit.data.inspection.tables import Table

ENOUGH = 0.9  # the share of ids that have an image
LOOKED_AT = 300  # ids
BRACES = re.compile(r"[{}]")
OTHER = {"train": "test", "test": "train"}


@dataclass(frozen=True)
class Match:
    """Where the images of a column of ids are: `folder` + id + `ending`."""

    table: Table
    column: str
    folder: str
    ending: str

    @property
    def template(self) -> str:
        """The template of their paths."""
        return f"{self.folder}{{id}}{self.ending}"


class Pictures:
    """The paths of all images, by name and by folder.

    Attributes
    ----------
    paths : list of str
    folders : dict of str to list of str
        The names of the images in each folder, directly.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = [path for path in paths if not BRACES.search(path)]
        self.folders: dict[str, list[str]] = defaultdict(list)
        self._named: dict[str, list[str]] = defaultdict(list)
        for path in self.paths:
            folder, _, name = path.rpartition("/")
            self.folders[folder].append(name)
            self._named[name].append(path)
            self._named[PurePosixPath(name).stem].append(path)

    def match(self, table: Table, column: str, part: str) -> Match | None:
        """The images whose names are the values of a column; None if there are none.

        If there are such images in several folders, those whose name has `part` in it, "train" or
        "test", go before the others.
        """
        values = [value for value in dict.fromkeys(table.first(column)) if value][:LOOKED_AT]
        endings: dict[str, Counter[str]] = defaultdict(Counter)
        for value in values:
            for folder, ending in self._places(value).items():
                endings[folder][ending] += 1
        enough = max(1, ENOUGH * len(values))
        folders = [folder for folder, found in endings.items() if found.total() >= enough]
        if not folders:
            return None

        def rank(folder: str) -> tuple[bool, bool, int]:
            name = folder.lower()
            return part not in name, OTHER[part] in name, -endings[folder].total()

        folder = min(folders, key=rank)
        return Match(table, column, folder, endings[folder].most_common(1)[0][0])

    def _places(self, value: str) -> dict[str, str]:
        """The folders that have an image called `value`, and the ending that it needs there."""
        places: dict[str, str] = {}
        for path in self._named.get(value.rpartition("/")[2], ()):
            ending = "" if path.endswith(value) else PurePosixPath(path).suffix
            bare = path.removesuffix(ending)
            folder = bare.removesuffix(value)
            if bare.endswith(value) and (not folder or folder.endswith("/")):
                places.setdefault(folder, ending)
        return places
