"""A member of an archive, with a safe path; what all kinds of archives share."""

import contextlib
import errno
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from kaggle_kit.errors import DataError, InputError, KitError

LARGEST = 16 << 30  # bytes of one file; an archive of a few kB can declare far more
RATIO = 300  # times as large as the archive: images and CSVs of pixels do not shrink so much
HARMLESS = 1 << 30  # bytes that may be unpacked at any ratio
SHOWN = 8
AGAIN = "get the file again from where it came from"
DRIVE = re.compile(r"[A-Za-z]:")

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its path in parts, its size in bytes, the archive's handle."""

    parts: tuple[str, ...]
    size: int
    handle: Any


@dataclass(frozen=True)
class Listing:
    """The members of an archive, and the names of those that are never unpacked."""

    members: list[Member] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def add(self, name: str, size: int, handle: Any, *, is_plain: bool = True) -> None:
        """Add a file; one that is a link or a device, or leads out of the archive, is refused."""
        parts = safe_parts(name)
        if parts is None or not is_plain:
            self.refused.append(name)
        elif not is_junk(parts):
            self.members.append(Member(parts, size, handle))


class Archive(Protocol):
    """An opened archive."""

    label: str
    size: int
    """Its size in bytes; 0 where its members are not packed."""
    listing: Listing

    def copy(self, jobs: Sequence[tuple[Member, Path]], advance: Advance) -> None:
        """Copy members to files in existing folders, reading the archive once at most.

        `advance` is called with the number of bytes that were written since its last call.
        """


def safe_parts(name: str) -> tuple[str, ...] | None:
    """The parts of a member's path; None if it is absolute, has a drive, or leads upwards."""
    name = name.replace("\\", "/")
    parts = tuple(part for part in name.split("/") if part not in {"", "."})
    if not parts or name.startswith("/") or ".." in parts or DRIVE.match(name) or "\0" in name:
        return None
    return parts


def is_junk(parts: Sequence[str]) -> bool:
    """Whether a file is one that a desktop leaves behind, such as `__MACOSX/._train.csv`."""
    return parts[0] == "__MACOSX" or parts[-1].startswith("._") or parts[-1] in {
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
    }  # fmt: skip


def shown(name: str | Iterable[str]) -> str:
    """A path for a message: one line that any terminal can print."""
    text = name if isinstance(name, str) else "/".join(name)
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def listed(names: Collection[str], most: int = SHOWN) -> str:
    """The first names in the order of the alphabet, and how many there are."""
    text = ", ".join(shown(name) for name in sorted(names)[:most])
    return (text or "nothing") + (f", … ({len(names):,} files)" if len(names) > most else "")


def write(stream: IO[bytes], target: Path, advance: Advance) -> None:
    """Copy a stream to a file."""
    with target.open("wb") as file:
        shutil.copyfileobj(stream, file, 1 << 20)
        advance(file.tell())


@contextlib.contextmanager
def damage_told(label: str) -> Iterator[None]:
    """Raise DataError for whatever reading a damaged archive raises.

    The libraries trust the offsets, sizes and names in an archive, so a damaged one fails in many
    ways. An OSError is no sign of damage, such as of a full disk, unless it has no number (bad gzip
    and bzip2 streams), or is about a seek to an impossible offset.
    """
    try:
        yield
    except KitError:
        raise
    except NotImplementedError as error:
        raise DataError(
            f"{label} is packed in a way that cannot be unpacked here: {_words(error)}",
            "unpack it with the program that made it, and give the folder",
        ) from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}:
            raise
        raise DataError(f"{label} is damaged or was cut short: {_words(error)}", AGAIN) from error


def _words(error: Exception) -> str:
    return shown(str(error)) or "it is not as expected"


def check_size(label: str, jobs: Iterable[tuple[Member, Path]], packed: int) -> int:
    """Raise InputError if members claim to be too large; return their size in bytes.

    No format unpacks a member to more than it claims, so the claims are bounds.
    """
    total = 0
    for member, _ in jobs:
        if member.size > LARGEST:
            raise InputError(
                f"{shown(member.parts)} in {label} claims to unpack to {member.size:,} bytes, "
                f"where at most {LARGEST:,} are expected",
                "check where it comes from",
            )
        total += member.size
    check_ratio(label, total, packed)
    return total


def check_ratio(label: str, total: int, packed: int) -> None:
    """Raise InputError if an archive of `packed` bytes claims to hold incredibly many."""
    if packed and total > max(HARMLESS, RATIO * packed):
        raise InputError(
            f"{label} has {packed:,} bytes and claims to unpack to {total:,}",
            "check where it comes from; if it is right, unpack it by hand and give the folder",
        )


def check_space(folder: Path, total: int) -> None:
    """Raise KitError if the disk has no place for `total` bytes more."""
    free = shutil.disk_usage(folder).free
    if total > free:
        raise KitError(
            f"the disk is full: the files need {total:,} bytes, and {free:,} are free",
            "free some space",
        )


def encrypted(label: str) -> InputError:
    """The error for an archive, or a member of it, that asks for a password."""
    return InputError(f"{label} is encrypted", "unpack it by hand first, and give the folder")
