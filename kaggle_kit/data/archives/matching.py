"""What is wanted among all that there is, at whatever depth and in whatever case.

Archives inside archives count as folders of their name without its ending, so `train.zip` with
`0001.jpg` in it has the folder `train`, as `train.zip` with `train/0001.jpg` in it and a folder
`train/train` have.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from kaggle_kit.data.archives.members import Archive, Member, shown
from kaggle_kit.data.archives.wanted import IMAGE_ENDINGS, Tree, Wanted
from kaggle_kit.errors import InputError

Parts = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Source:
    """An opened archive, and the folder that its members count as being in.

    Attributes
    ----------
    archive : Archive
    place : tuple of str
        The parts of that folder.
    home : tuple of str
        The parts of the folder that the archive itself is in; that of its archive, if it is at the
        top of one.
    layers : int
        In how many archives inside the origin it is.
    """

    archive: Archive
    place: Parts = ()
    home: Parts = ()
    layers: int = 0


class Entry(NamedTuple):
    """A member, where it is found, and what its path ends on below the folder that was sought."""

    source: Source
    member: Member

    @property
    def parts(self) -> Parts:
        return (*self.source.place, *self.member.parts)


class Candidate(NamedTuple):
    """One way to get something that is wanted.

    Attributes
    ----------
    base : tuple of str
        The parts of the folder that the description's path starts in.
    rank : tuple of int
        Of two candidates with the same base, the one with the smaller rank is meant.
    entries : dict
        The members by the path that they get.
    """

    base: Parts
    rank: tuple[int, ...]
    entries: dict[str, Entry]

    @property
    def place(self) -> str:
        """The first of its members, for messages."""
        return shown(next(iter(self.entries.values())).parts)


def match(wanted: Wanted, sources: Iterable[Source], label: str) -> dict[str | Tree, Candidate]:
    """Find what is wanted; what is not found is left out.

    Where something is found several times, that folder is meant which has the most of what is
    wanted. If two have the most, it is the top, if that is one of them.

    Raises
    ------
    InputError
        If it is not clear which of several is meant.
    """
    found = _Index(wanted, sources)
    choices: dict[str | Tree, list[Candidate]] = {}
    for item in wanted.items:
        candidates = list(found.tree(item) if isinstance(item, Tree) else found.file(item))
        if candidates:
            choices[item] = candidates
    holds: dict[Parts, set[str | Tree]] = defaultdict(set)
    for item, candidates in choices.items():
        for candidate in candidates:
            holds[candidate.base].add(item)
    return {
        item: _chosen(candidates, {base: len(items) for base, items in holds.items()}, label)
        for item, candidates in choices.items()
    }


def _chosen(candidates: Sequence[Candidate], holds: dict[Parts, int], label: str) -> Candidate:
    most = max(holds[candidate.base] for candidate in candidates)
    best = [candidate for candidate in candidates if holds[candidate.base] == most]
    if any(not candidate.base for candidate in best):
        best = [candidate for candidate in best if not candidate.base]
    rank = min(candidate.rank for candidate in best)
    best = [candidate for candidate in best if candidate.rank == rank]
    entries: dict[str, Entry] = {}
    for candidate in best:  # one folder of images may be in several archives, in parts
        twice = next((path for path in candidate.entries if path in entries), None)
        if twice or candidate.base != best[0].base:
            places = (
                (shown(entries[twice].parts), shown(candidate.entries[twice].parts))
                if twice
                else (best[0].place, candidate.place)
            )
            one, other = sorted(places)
            raise InputError(
                f"{label} has the data twice: {one} and {other}",
                "give the folder that you mean, or an archive of that folder alone",
            )
        entries |= candidate.entries
    return best[0]._replace(entries=entries)


class _Index:
    """The entries by name, and those that are images by folder: one pass over all that there is."""

    def __init__(self, wanted: Wanted, sources: Iterable[Source]) -> None:
        self._files: dict[str, list[Entry]] = defaultdict(list)
        self._images: dict[Source, dict[Parts, list[Entry]]] = {}
        self._names = Counter(_name(item) for item in wanted.items)
        names = {_name(path) for path in wanted.files}
        endings = IMAGE_ENDINGS | {tree.ending.casefold() for tree in wanted.trees}
        for source in sources:
            images: dict[Parts, list[Entry]] = defaultdict(list)
            for member in source.archive.listing.members:
                name = member.parts[-1].casefold()
                if name in names:
                    self._files[name].append(Entry(source, member))
                elif wanted.trees and _ending(name) in endings:
                    images[*source.place, *member.parts[:-1]].append(Entry(source, member))
            self._images[source] = images

    def file(self, path: str) -> Iterator[Candidate]:
        """The candidates for a file: by its whole path, or else by its name alone."""
        parts = PurePosixPath(path).parts
        named = self._files.get(_name(path), [])
        own = self._own(path, parts, [entry.parts for entry in named])
        for entry in named:
            if _ends_on(entry.parts, own):
                base = _home(entry.parts[: -len(own)], entry.source)
                rank = (entry.parts[-len(own) :] != own, entry.source.layers)
                yield Candidate(base, rank, {path: entry})

    def tree(self, tree: Tree) -> Iterator[Candidate]:
        """The candidates for a folder of images: by its whole path, or else by its name alone."""
        if not tree.path:
            yield from self._loose(tree)
            return
        below = {source: _folders(images) for source, images in self._images.items()}
        parts = PurePosixPath(tree.path).parts
        own = self._own(tree, parts, [folder for folders in below.values() for folder in folders])
        for source, folders in below.items():
            named = [folder for folder in folders if _ends_on(folder, own)]
            for outer, inner in _unwrapped(named, folders).items():
                images = [e for folder in folders[inner] for e in self._images[source][folder]]
                base = _home(outer[: -len(own)], source)
                rank = (inner[-len(own) :] != own, source.layers)
                yield Candidate(base, rank, _placed(tree, inner, images))

    def _loose(self, tree: Tree) -> Iterator[Candidate]:
        """Images that the description puts into no folder: as deep below one as it says."""
        for source, images in self._images.items():
            groups: dict[Parts, list[Entry]] = defaultdict(list)
            for folder, entries in images.items():
                if len(folder) >= tree.depth:
                    groups[folder[: len(folder) - tree.depth]] += entries
            for folder, entries in groups.items():
                base = _home(folder, source)
                yield Candidate(base, (0, source.layers), _placed(tree, folder, entries))

    def _own(self, item: str | Tree, parts: Parts, paths: Iterable[Parts]) -> Parts:
        """What a path must end on: all parts of the description's, or its name if none does."""
        is_only = self._names[_name(item)] == 1
        return parts if not is_only or any(_ends_on(p, parts) for p in paths) else parts[-1:]


def _name(item: str | Tree) -> str:
    return PurePosixPath(item.path if isinstance(item, Tree) else item).name.casefold()


def _folders(images: dict[Parts, list[Entry]]) -> dict[Parts, list[Parts]]:
    """All folders that have images somewhere below, with the folders that these are in."""
    folders = defaultdict(list)
    for folder in images:
        for depth in range(1, len(folder) + 1):
            folders[folder[:depth]].append(folder)
    return folders


def _ending(name: str) -> str:
    dot = name.rfind(".")
    return name[dot:] if dot > 0 else ""


def _ends_on(parts: Parts, end: Parts) -> bool:
    return len(parts) >= len(end) and all(
        one.casefold() == other.casefold()
        for one, other in zip(parts[-len(end) :], end, strict=True)
    )


def _home(base: Parts, source: Source) -> Parts:
    """The folder that something was put into; at the top of an archive, it is the archive's."""
    return source.home if source.home == base[: len(source.home)] and (
        base == source.place[: len(base)]
    ) else base  # fmt: skip


def _unwrapped(named: Sequence[Parts], folders: dict[Parts, list[Parts]]) -> dict[Parts, Parts]:
    """The folders that do not lie in each other, each with the innermost that has all its images.

    `train/train/0001.jpg` has the images in the inner folder, `train/0001.jpg` and
    `train/train/0001.jpg` together have them in the outer one.
    """
    chosen: dict[Parts, Parts] = {}
    inside: dict[Parts, Parts] = {}
    for folder in sorted(named, key=len):
        outer = next(
            (inside[folder[:n]] for n in range(len(folder) - 1, 0, -1) if folder[:n] in inside),
            folder,
        )
        inside[folder] = outer
        if outer == folder or len(folders[folder]) == len(folders[chosen[outer]]):
            chosen[outer] = folder
    return chosen


def _placed(tree: Tree, folder: Parts, entries: Iterable[Entry]) -> dict[str, Entry]:
    """The entries by the path that they get: below the tree as they are below the folder.

    `0001.JPG` becomes `0001.jpg` if the description says so, unless there are both.
    """
    prefix, depth = f"{tree.path}/" if tree.path else "", len(folder)
    placed = {prefix + "/".join(entry.parts[depth:]): entry for entry in entries}
    if not tree.ending:
        return placed
    for path in list(placed):
        stem, ending = path[: -len(tree.ending)], path[-len(tree.ending) :]
        renamed = stem + tree.ending
        if ending.casefold() == tree.ending.casefold() and renamed not in placed:
            placed[renamed] = placed.pop(path)
    return placed
