"""The archives inside archives, opened until all that is wanted is found."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from kaggle_kit.data.archives.matching import Candidate, Entry, Source, match
from kaggle_kit.data.archives.members import Advance, check_size, check_space, shown
from kaggle_kit.data.archives.opening import ENDING, open_archive
from kaggle_kit.data.archives.wanted import Tree, Wanted
from kaggle_kit.errors import InputError

DEEPEST = 3  # archives in each other, with the origin
MOST = 100  # archives that are opened although their names have nothing to do with what is missing


@dataclass
class Search:
    """What was found so far.

    Attributes
    ----------
    wanted : Wanted
    label : str
        The name of the origin in messages.
    scratch : Path
        A folder for archives from inside archives, on the disk of the target.
    stack : ExitStack
        It closes the archives.
    sources : list of Source
        The opened archives; the first is the origin.
    problems : list of InputError
        Why archives inside could not be opened.
    """

    wanted: Wanted
    label: str
    scratch: Path
    stack: ExitStack
    sources: list[Source] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)
    _count: int = 0

    def run(self, origin: Path, advance: Advance) -> dict[str | Tree, Candidate]:
        """Open the origin, and archives inside it as long as something is missing.

        Archives are opened whose names have to do with what is missing, and then all others if
        something is still missing that is not optional.
        """
        self.sources.append(Source(open_archive(origin, self.label, self.stack)))
        while True:
            found = match(self.wanted, self.sources, self.label)
            missing = [item for item in self.wanted.items if item not in found]
            inside = self._inside() if missing else []
            chosen = [entry for entry in inside if _is_about(entry, missing)]
            if not chosen and any(item not in self.wanted.optional for item in missing):
                chosen = inside[:MOST]
            if not chosen:
                return found
            self._open(chosen, advance)

    def _inside(self) -> list[Entry]:
        """The archives inside the opened ones that have not been opened yet."""
        return [
            Entry(source, member)
            for source in self.sources
            if source.layers < DEEPEST
            for member in source.archive.listing.members
            if ENDING.search(member.parts[-1]) and id(member) not in self._seen
        ]

    def _open(self, entries: Sequence[Entry], advance: Advance) -> None:
        grouped: dict[Source, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._seen.add(id(entry.member))
            grouped[entry.source].append(entry)
        for source, group in grouped.items():
            try:
                paths = self._on_disk(source, group, advance)
            except InputError as error:
                self.problems.append(error)
                continue
            for entry, path in zip(group, paths, strict=True):
                self._add(source, entry, path)

    def _on_disk(self, source: Source, entries: Sequence[Entry], advance: Advance) -> list[Path]:
        """The archives as files: where they are, if the source is a folder, or copied."""
        if not source.archive.size:
            return [Path(entry.member.handle) for entry in entries]
        jobs = []
        for entry in entries:
            self._count += 1
            jobs.append((entry.member, self.scratch / f"{self._count}-{_file_name(entry)}"))
        check_space(self.scratch, check_size(source.archive.label, jobs, source.archive.size))
        source.archive.copy(jobs, advance)
        return [path for _, path in jobs]

    def _add(self, source: Source, entry: Entry, path: Path) -> None:
        name = f"{shown(entry.member.parts)} in {source.archive.label}"
        try:
            archive = open_archive(path, name, self.stack)
        except InputError as error:
            self.problems.append(error)
            return
        folder = entry.parts[:-1]
        home = source.home if folder == source.place else folder
        place = (*folder, _stem(entry))
        self.sources.append(Source(archive, place, home, source.layers + 1))


def _stem(entry: Entry) -> str:
    return ENDING.sub("", entry.member.parts[-1])


def _file_name(entry: Entry) -> str:
    """The end of the name: it tells parts of a split archive, and no name is too long with it."""
    return "".join(char for char in entry.member.parts[-1][-20:] if char.isalnum() or char == ".")


def _is_about(entry: Entry, missing: Sequence[str | Tree]) -> bool:
    stem = _stem(entry).casefold()
    for item in missing:
        path = PurePosixPath(item.path if isinstance(item, Tree) else item)
        names = {path.name, path.stem, *path.parts}
        if stem in {name.casefold() for name in names}:
            return True
    return False
