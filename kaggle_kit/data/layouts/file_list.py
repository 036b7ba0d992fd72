"""The image files of one part, row by row, and what is said of those that cannot be read."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from kaggle_kit.data.layouts.decoding import Problem, Problems
from kaggle_kit.data.layouts.templates import LEADS_OUT, FoundFiles, leads_out
from kaggle_kit.errors import DataError, counted

SHOWN = 3
FETCH_AGAIN = "fetch the data again with `kaggle-kit download --force`"
SKIP = "`kaggle-kit download --skip-unreadable` leaves these images out"
OR_SKIP = f"{FETCH_AGAIN}; {SKIP}"
CORRECT_RANGE = "correct images.range in the competition's description"


@dataclass
class FileList:
    """The files of one part, row by row.

    Attributes
    ----------
    part : str
        `training` or `test`.
    problems : dict
        The rows whose file cannot be read, as far as that is known without opening it.
    findings : list of str
        Sentences about what was found.
    content : bytes
        Of the CSV with the labels.
    """

    part: str
    ids: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    problems: Problems = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    content: bytes = b""
    _renamed: list[str] = field(default_factory=list)

    def add(self, name: str, path: str, files: FoundFiles) -> None:
        """Add the image with the id `name`, whose file is the one that the path means."""
        is_outside = leads_out(path)
        found = [] if is_outside else files.resolve(path)
        if len(found) > 1:
            raise DataError(
                f"{printable(name)} can be {' or '.join(map(printable, found[:SHOWN]))}",
                "delete the files that are not meant, or write the ending in the description",
            )
        row = len(self.paths)
        if is_outside or path in files.outside:
            self.problems[row] = Problem(LEADS_OUT)
        elif not found:
            self.problems[row] = Problem("it does not exist")
        elif found[0] != path:
            self._renamed.append(f"{printable(name)} is {printable(found[0])}")
        self.ids.append(name)
        self.paths.append(found[0] if found else path)

    def check_unique(self) -> None:
        """Raise DataError if two files have the same id."""
        first_of: dict[str, int] = {}
        for row, name in enumerate(self.ids):
            first = first_of.setdefault(name, row)
            if first != row:
                both = f"{printable(self.paths[first])} and {printable(self.paths[row])}"
                raise DataError(f"{both} have the same id, {name}", "delete or rename one of them")

    def check(self, problems: Problems, *, skip: bool) -> None:
        """Raise DataError about the files with problems, unless they may be left out.

        A value outside the range is no fault of a file, so such a file is never left out.
        """
        wrong = {row: problem for row, problem in problems.items() if problem.is_range}
        if wrong:
            raise DataError(self._unread(wrong), CORRECT_RANGE)
        is_all = len(problems) == len(self.paths)
        if not skip or is_all:
            may_skip = self.part == "training" and not is_all
            raise DataError(self._unread(problems), OR_SKIP if may_skip else FETCH_AGAIN)

    def told(self, problems: Problems) -> list[str]:
        """Sentences about the files that have another name, and about those left out."""
        told = list(self.findings)
        if self._renamed:
            count = counted(len(self._renamed), "image")
            told.append(f"{count} found by another name: {listed(self._renamed)}")
        if problems:
            names = [printable(self.paths[row]) for row in sorted(problems)]
            told.append(f"{counted(len(names), 'unreadable image')} left out: {listed(names)}")
        return told

    def digest(self, rows: Sequence[int], digests: Sequence[bytes]) -> str:
        """The SHA-256 of ids, names, order and bytes of the files of these rows, and of labels."""
        total = hashlib.sha256(hashlib.sha256(self.content).digest())
        for row, digest in zip(rows, digests, strict=True):
            name = f"{self.ids[row]}\0{self.paths[row]}\0".encode(errors="surrogateescape")
            total.update(name + digest)
        return total.hexdigest()

    def _unread(self, problems: Problems) -> str:
        rows = sorted(problems)
        shown = [f"{printable(self.paths[row])} ({problems[row].reason})" for row in rows]
        count = f"{len(rows):,} of {len(self.paths):,} {self.part} images"
        return f"{count} cannot be read: {listed(shown)}"


def encodable(name: str, path: str) -> str:
    """The name, which is part of the path; raises DataError if it is not text in UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise DataError(f"{printable(path)}: expected a name in UTF-8", "rename it") from None
    return name


def listed(names: Sequence[str]) -> str:
    """The first few names, and how many there are if there are more."""
    more = f", … ({len(names):,} in all)" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def printable(name: str) -> str:
    return name if name.isprintable() and name else repr(name)
