"""What an origin is, by its content; what cannot be opened, and why."""

import re
import stat
import struct
import tarfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from kaggle_kit import system
from kaggle_kit.data.archives.folders import Folder
from kaggle_kit.data.archives.members import AGAIN, Archive, damage_told
from kaggle_kit.data.archives.tars import Tar
from kaggle_kit.data.archives.zips import Zip
from kaggle_kit.errors import DataError, InputError, in_words

if TYPE_CHECKING:
    from kaggle_kit.data.archives.seven_zips import SevenZip

# The endings of files that are opened if something is missing outside them.
ENDING = re.compile(
    r"\.(zip|7z|rar|tar(\.(gz|bz2|xz|zst))?|tgz|tbz2?|txz)(\.\d{3})?$", re.IGNORECASE
)
PART = re.compile(r"\.(\d{3}|z\d\d|part\d+\.rar)$", re.IGNORECASE)
GIVE = "give the zip, .7z or tar of the competition's files, or the folder that holds them"
STARTS = {
    b"PK": "zip",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
}
OTHERS = {b"Rar!": "RAR", b"\x28\xb5\x2f\xfd": "zstd"}
END_OF_ZIP, END_SIZE, LONGEST_COMMENT = b"PK\x05\x06", 22, 1 << 16


def open_archive(path: Path, label: str, stack: ExitStack) -> Archive:
    """Open a folder, a zip, a .7z or a tar; `stack` closes it.

    Raises
    ------
    InputError
        It is none of them, encrypted, or one part of a split archive.
    DataError
        It is empty or damaged, or packed by a method that cannot be unpacked here.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return Folder(path, label)
        if not stat.S_ISREG(mode):
            raise InputError(
                f"{label} is a pipe or a device, and archives are not read in one go",
                "save it as a file first, and give that",
            )
        with path.open("rb") as file:
            start = file.read(512)
    except FileNotFoundError:
        raise InputError(
            f"{label} does not exist", "give the path of an archive or a folder"
        ) from None
    except OSError as error:
        raise InputError(
            f"{label} cannot be read: {in_words(error)}", "check its permissions"
        ) from error
    if not start:
        raise DataError(f"{label} is empty", AGAIN)
    if _is_part(path):
        raise InputError(
            f"{label} is one part of a split archive",
            f"join the parts first: {_joining(path.name)}",
        )
    kind = next((kind for magic, kind in STARTS.items() if start.startswith(magic)), "")
    if kind == "zip" and path.suffix.lower() != ".npz":
        return stack.enter_context(Zip(path, label))
    if kind == "7z":
        return stack.enter_context(_seven_zip(path, label))
    if _is_tar(path, label, kind):
        return stack.enter_context(Tar(path, label))
    raise _unknown(label, start, kind)


def _seven_zip(path: Path, label: str) -> "SevenZip":
    try:
        from kaggle_kit.data.archives.seven_zips import SevenZip  # py7zr takes a while to import
    except ImportError as error:  # a notebook at Kaggle does not have it
        raise InputError(
            f"{label} needs py7zr, which is not installed", "pip install py7zr"
        ) from error
    return SevenZip(path, label)


def _is_tar(path: Path, label: str, kind: str) -> bool:
    """Whether a file is a tar; raises DataError if its compressed content is damaged."""
    if kind == "zip":
        return False
    try:
        with damage_told(label), tarfile.open(path):
            pass
    except DataError as error:
        if isinstance(error.__cause__, tarfile.ReadError):
            return False
        raise
    return True


def _joining(name: str) -> str:
    """The command that joins the parts of an archive of which `name` is one."""
    if system.WINDOWS:
        return f"7z x {system.quote(name)}, and give the folder"
    start = PART.sub("", name)
    if re.search(r"\.\d{3}$", name):
        return f"cat {system.quote(start)}.* > {system.quote(f'whole-{start}')}"
    if name.lower().endswith(".rar"):
        return f"unrar x {system.quote(name)}"
    start = f"{start.removesuffix('.zip')}.zip"
    return f"zip -s 0 {system.quote(start)} --out {system.quote(f'whole-{start}')}"


def _is_part(path: Path) -> bool:
    """Whether a file is one of the parts of an archive, by its name or by the end of a zip."""
    if PART.search(path.name):
        return True
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - END_SIZE - LONGEST_COMMENT))
        end = file.read()
    place = end.rfind(END_OF_ZIP)
    if place < 0 or len(end) - place < END_SIZE:
        return False
    (disk,) = struct.unpack_from("<H", end, place + 4)
    return path.suffix.lower() == ".zip" and 0 < disk < 0xFFFF


def _unknown(label: str, start: bytes, kind: str) -> InputError:
    other = next((kind for magic, kind in OTHERS.items() if start.startswith(magic)), "")
    if other:
        return InputError(
            f"{label} is a {other} archive, which cannot be unpacked here",
            "unpack it by hand, and give the folder",
        )
    if kind in {"gzip", "bzip2", "xz"}:
        return InputError(
            f"{label} is compressed with {kind}, and what is in it is no tar or is damaged",
            "unpack it by hand, and give the folder",
        )
    return InputError(f"{label} is not a zip, a .7z or a tar: it starts with {start[:4]!r}", GIVE)
