"""All files in a folder or an archive, and in archives inside it, as one tree."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kaggle_kit.data.archives.members import check_size, check_space, listed, shown
from kaggle_kit.data.archives.opening import ENDING, open_archive
from kaggle_kit.data.images import ENDINGS
from kaggle_kit.errors import DataError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import ExitStack
    from pathlib import Path

    from kaggle_kit.data.archives.members import Archive, Member

DEEPEST = 3  # archives in each other, with the origin
MOST_ARCHIVES = 100


@dataclass(frozen=True, eq=False)
class _Entry:
    archive: Archive
    member: Member


class Material:
    """The files of an origin by their paths; only those that are looked at are unpacked.

    An archive inside counts as the folder that it would be unpacked to: `train.zip` with `1.png` in
    it is the folder `train`, as it is with `train/1.png` in it.

    Attributes
    ----------
    label : str
        The name of the origin in messages.
    """

    def __init__(self, origin: Path, scratch: Path, stack: ExitStack) -> None:
        """Open an origin.

        Parameters
        ----------
        origin : Path
            A folder or an archive.
        scratch : Path
            A folder for what is unpacked.
        stack : ExitStack
            It closes the archives.

        Raises
        ------
        InputError
            `origin` is no folder and no archive, or empty.
        DataError
            An archive is damaged.
        """
        self.label = str(origin)
        self._scratch, self._stack, self._count, self._opened = scratch, stack, 0, 0
        self._entries: dict[str, _Entry] = {}
        self._local: dict[str, Path] = {}
        self._add(open_archive(origin, self.label, stack), "", 1)
        if not self._entries:
            raise InputError(
                f"{self.label} holds no files",
                "give the folder or the archive of the competition's files",
            )

    @property
    def paths(self) -> list[str]:
        """The paths of all files, with / between folders."""
        return list(self._entries)

    def ending_on(self, *endings: str) -> list[str]:
        """The paths of the files with one of these endings, in upper or lower case."""
        return sorted(path for path in self._entries if path.lower().endswith(endings))

    @property
    def pictures(self) -> list[str]:
        """The paths of all image files."""
        return self.ending_on(*ENDINGS)

    def local(self, path: str) -> Path:
        """The file on the disk; it is unpacked if it must be."""
        self.unpack([path])
        return self._local[path]

    def unpack(self, paths: Iterable[str]) -> None:
        """Unpack several files at once, which is faster than one after the other."""
        jobs: dict[Archive, list[tuple[Member, Path]]] = defaultdict(list)
        for path in paths:
            if path in self._local:
                continue
            entry = self._entries[path]
            if not entry.archive.size:  # a folder: the file is there
                from pathlib import Path

                self._local[path] = Path(entry.member.handle)
                continue
            self._count += 1
            ending = re.sub(r"[^\w.]", "", path[-20:])
            self._local[path] = self._scratch / f"{self._count}-{ending}"
            jobs[entry.archive].append((entry.member, self._local[path]))
        for archive, files in jobs.items():
            check_space(self._scratch, check_size(archive.label, files, archive.size))
            archive.copy(files, lambda _: None)

    def new_file(self) -> Path:
        """A path for a new file in the folder of what is unpacked."""
        self._count += 1
        return self._scratch / f"{self._count}.csv"

    def _add(self, archive: Archive, place: str, depth: int) -> None:
        inner = []
        for member in archive.listing.members:
            path = place + "/".join(member.parts)
            if ENDING.search(path) and depth < DEEPEST and self._opened < MOST_ARCHIVES:
                self._opened += 1
                self._entries[path] = _Entry(archive, member)
                inner.append(path)
            else:
                self._entries.setdefault(path, _Entry(archive, member))
        self.unpack(inner)
        for path in inner:
            label = f"{shown(path)} in {self.label}"
            opened = open_archive(self._local[path], label, self._stack)
            del self._entries[path]
            self._add(opened, _place(path, opened), depth + 1)


def _place(path: str, archive: Archive) -> str:
    """The folder that an archive inside would be unpacked to, with a slash at its end."""
    folder, slash, name = path.rpartition("/")
    stem = ENDING.sub("", name)
    tops = {member.parts[0] for member in archive.listing.members}
    return f"{folder}{slash}" if tops == {stem} else f"{folder}{slash}{stem}/"


def no_images(material: Material, problems: Iterable[str]) -> InputError:
    """The error for files that hold no images, with the reasons why some could not be read."""
    reasons = "; ".join(problems)
    if reasons:
        return DataError(
            f"{material.label} has no images that can be read: {reasons}",
            "correct or replace that file, or give another folder or archive",
        )
    return InputError(
        f"{material.label} has no images: expected image files, CSVs of pixels or .npz files, "
        f"found {listed(material.paths, 5)}",
        "give the folder or the archive of an image classification competition",
    )
