"""Copy what is wanted from an archive or a folder, and say what is missing."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from kaggle_kit.data.archives.matching import Candidate, Entry
from kaggle_kit.data.archives.members import (
    Member,
    check_size,
    check_space,
    listed,
    shown,
)
from kaggle_kit.data.archives.search import Search
from kaggle_kit.data.archives.wanted import Wanted
from kaggle_kit.data.progress import Progress
from kaggle_kit.errors import DataError, InputError
from kaggle_kit.workspace.files import scratch_folder


@dataclass(frozen=True)
class Unpacked:
    """What was copied, and what was not found.

    Attributes
    ----------
    found : dict
        The number of files for each wanted file (1) and each folder of images, by the names that
        the description gives them; a folder ends on a slash.
    missing : tuple of str
        What was not found.
    label : str
        The name of the origin in messages.
    content : tuple of str
        All files that the origin holds.
    refused : tuple of str
        Members that are links or devices, or whose paths lead out of the archive. They were not
        copied.
    problems : tuple of InputError
        Why archives inside the origin could not be opened; empty if all that is wanted was found.
    """

    found: dict[str, int]
    missing: tuple[str, ...]
    label: str
    content: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    problems: tuple[InputError, ...] = ()

    def require(self, names: Collection[str]) -> None:
        """Raise InputError if one of `names` is missing, with the cause where it is known.

        Raises
        ------
        InputError
            Something is missing; it is a DataError if an archive inside the origin is damaged.
        """
        lacking = [name for name in names if name in self.missing]
        if not lacking:
            return
        if self.problems:
            raise self.problems[0]
        found = listed(self.content)
        if self.refused:
            found += f"; not read, because they are links or lead out of it: {listed(self.refused)}"
        raise InputError(
            f"{self.label} lacks {', '.join(lacking)}; found: {found}",
            f"give an archive or a folder that holds {', '.join(names)}",
        )


def unpack(
    origin: Path,
    wanted: Wanted,
    folder: Path,
    label: str = "",
    progress: Progress = lambda _done, _total: None,
) -> Unpacked:
    """Copy what is wanted from an archive or a folder into `folder`, under the paths of `wanted`.

    What is wanted can be at any depth, in upper or lower case, and in archives inside the origin,
    up to three in each other. These are opened only if something is missing without them.

    Parameters
    ----------
    origin : Path
        A zip, a .7z, a tar (plain, or compressed with gzip, bzip2 or xz), or a folder.
    wanted : Wanted
        See `wanted_files` for those of a competition.
    folder : Path
        An existing folder. Files in it that have the name of a wanted file are replaced. If an
        error is raised, some files may have been copied.
    label : str
        The name of the origin in error messages; its path by default.
    progress : callable
        Called with the bytes that were written and that are to be written in all. The latter grows
        when an archive inside the origin is opened.

    Returns
    -------
    Unpacked
        What is missing is no error here; see `Unpacked.require`.

    Raises
    ------
    InputError
        If the origin is no archive or folder, or encrypted, or one part of a split archive, or
        claims to be incredibly large, or if it is not clear which of several files is meant.
    DataError
        If the origin is damaged or empty, or packed by a method that cannot be unpacked here.
    KitError
        If the disk has too little space.
    """
    label = label or str(origin)
    count = _Count(progress)
    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_folder(folder, "unpacked"))
        search = Search(wanted, label, scratch, stack)
        found = search.run(origin, count)
        _copy(found.values(), folder, count)
        complete = len(found) == len(wanted.items)
        archives = [source.archive for source in search.sources]
        return Unpacked(
            found={str(item): len(choice.entries) for item, choice in found.items()},
            missing=tuple(str(item) for item in wanted.items if item not in found),
            label=label,
            content=tuple(
                "/".join(entry.parts)
                for source in search.sources
                for entry in (Entry(source, member) for member in source.archive.listing.members)
            ),
            refused=tuple(name for archive in archives for name in archive.listing.refused),
            problems=() if complete else tuple(search.problems),
        )


class _Count:
    """Adds up bytes, and tells the progress."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._done, self._total = progress, 0, 0

    def expect(self, size: int) -> None:
        self._total += size

    def __call__(self, size: int) -> None:
        self._done += size
        self._progress(self._done, max(self._done, self._total))


def _copy(found: Iterable[Candidate], folder: Path, count: _Count) -> None:
    jobs: dict[int, list[tuple[Member, Path]]] = defaultdict(list)
    archives = {}
    paths = {path: entry for choice in found for path, entry in choice.entries.items()}
    _check_case(paths, folder)
    for path, entry in paths.items():
        archive = entry.source.archive
        archives[id(archive)] = archive
        jobs[id(archive)].append((entry.member, folder / path))
    sizes = [check_size(a.label, jobs[key], a.size) for key, a in archives.items()]
    check_space(folder, sum(sizes))
    count.expect(sum(sizes))
    for parent in {(folder / path).parent for path in paths}:
        parent.mkdir(parents=True, exist_ok=True)
    for key, archive in archives.items():
        archive.copy(jobs[key], count)


def _check_case(paths: dict[str, Entry], folder: Path) -> None:
    """Raise DataError if names differ in case alone, and the disk makes no difference there."""
    seen: dict[str, str] = {}
    for path in paths:
        other = seen.setdefault(path.casefold(), path)
        if other != path and _ignores_case(folder):
            raise DataError(
                f"{shown(other)} and {shown(path)} differ in upper and lower case alone, "
                "which the disk cannot keep apart",
                "choose a folder on another disk with --home",
            )


def _ignores_case(folder: Path) -> bool:
    with scratch_folder(folder, "case") as place:
        return (place.parent / place.name.swapcase()).exists()
