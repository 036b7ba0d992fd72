"""A folder as an archive."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from kaggle_kit.data.archives.members import Advance, Listing, Member

DEEPEST = 8  # folders below the top; a folder that was given by mistake can be a whole disk


class Folder:
    """A folder; hidden folders in it are left out, and links are followed.

    A link in the user's own folder is the user's; a link in an archive is not.
    """

    def __init__(self, path: Path, label: str) -> None:
        self.path, self.label, self.size, self.listing = path, label, 0, Listing()
        self._walk(str(path), (), frozenset({_identity(path.stat())}))

    def _walk(self, folder: str, parts: tuple[str, ...], outer: frozenset[tuple[int, int]]) -> None:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_file():
                    path = (*parts, entry.name)
                    self.listing.add("/".join(path), entry.stat().st_size, entry.path)
                elif entry.is_dir() and not entry.name.startswith(".") and len(parts) < DEEPEST:
                    identity = _identity(entry.stat())
                    if identity not in outer:  # else a link leads round in a circle
                        self._walk(entry.path, (*parts, entry.name), outer | {identity})

    def copy(self, jobs: Sequence[tuple[Member, Path]], advance: Advance) -> None:
        for member, target in jobs:
            shutil.copyfile(member.handle, target)
            advance(member.size)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
