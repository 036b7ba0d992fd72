"""Extract the CSVs from a zip or a folder, wherever they are in it and however they are packed.

A path from a zip is never used as a path on disk, so nothing is written outside the target folder.
"""

import contextlib
import errno
import lzma
import shutil
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from kaggle_kit.errors import DataError, InputError

LARGEST = 2 << 30  # bytes of one CSV; a zip of a few kB can declare far more
PACKINGS = [".zip", ""]  # endings of a file's name; if both files exist, the last ending wins
ENCRYPTED = 0x1
SHOWN = 8
DAMAGE = (  # zipfile trusts the offsets and names in a zip, so a damaged zip fails in many ways
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    IndexError,
    OverflowError,
    RuntimeError,
    ValueError,
)
AGAIN = "get the file again from where it came from"


def extract(origin: Path, names: Collection[str], folder: Path, label: str = "") -> None:
    """Copy the files called `names` from a zip or a folder into `folder`.

    Parameters
    ----------
    origin : Path
        A zip or a folder. The files must all be at its top, or all in one folder directly below
        the top. Each file may be in a zip of its own (`train.csv.zip`).
    names : collection of str
    folder : Path
        An existing folder.
    label : str
        The name of the origin in error messages; its path by default.

    Raises
    ------
    InputError
        If the origin is not a zip or a folder, lacks one of the files, or has them in two places.
    DataError
        If the origin is damaged or empty, or packed by a method that cannot be unpacked here.
    """
    label = label or str(origin)
    if origin.is_dir():
        _gather_from_folder(origin, names, folder, label)
        return
    with _opened(origin, label) as archive:
        members = _members(archive)
        for name, path in _choose(label, members, names, PACKINGS).items():
            _unpack(archive, members[path], folder / path.name, label)
            if path.name != name:
                _unpack_single(folder / path.name, name, folder, f"{path} in {label}")
                (folder / path.name).unlink()


def _gather_from_folder(origin: Path, names: Collection[str], folder: Path, label: str) -> None:
    files = [file for pattern in ("*", "*/*") for file in origin.glob(pattern) if file.is_file()]
    paths = [PurePosixPath(file.relative_to(origin).as_posix()) for file in files]
    for name, path in _choose(label, paths, names, PACKINGS).items():
        if path.name == name:
            shutil.copyfile(origin / path, folder / name)
        else:
            _unpack_single(origin / path, name, folder, f"{path} in {label}")


def _unpack_single(packed: Path, name: str, folder: Path, label: str) -> None:
    with _opened(packed, label) as archive:
        members = _members(archive)
        path = _choose(label, members, [name], [""])[name]
        _unpack(archive, members[path], folder / name, label)


@contextlib.contextmanager
def _opened(path: Path, label: str) -> Iterator[zipfile.ZipFile]:
    try:
        with _damage_as_value_error():
            archive = zipfile.ZipFile(path)
    except DAMAGE as error:
        raise _not_a_zip(path, label, error) from error
    with archive:
        yield archive


@contextlib.contextmanager
def _damage_as_value_error() -> Iterator[None]:
    """Raise ValueError for a seek to an impossible offset, because then the zip is damaged.

    Other OSErrors, such as a full disk, are no sign of damage and are raised unchanged.
    """
    try:
        yield
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise ValueError(error.strerror) from error


def _members(archive: zipfile.ZipFile) -> dict[PurePosixPath, zipfile.ZipInfo]:
    return {
        PurePosixPath(member.filename.replace("\\", "/")): member
        for member in archive.infolist()
        if not member.filename.endswith("/")
    }


def _choose(
    label: str, paths: Collection[PurePosixPath], names: Collection[str], packings: Collection[str]
) -> dict[str, PurePosixPath]:
    """Return each name's path; all are in one folder, which is the top if all are there."""
    choices = []
    for place in sorted({path.parent for path in paths if _is_near(path)}):
        wanted = [(name, place / f"{name}{packing}") for packing in packings for name in names]
        choices.append({name: path for name, path in wanted if path in paths})
    complete = [choice for choice in choices if len(choice) == len(names)]
    if not complete:
        best = max(choices, key=len, default={})
        lacking = ", ".join(name for name in names if name not in best)
        raise InputError(
            f"{label} lacks {lacking}; found: {_listed(paths)}",
            f"give a zip or a folder that holds {', '.join(names)}",
        )
    first, *others = (next(iter(choice.values())) for choice in complete)
    if others and len(first.parts) > 1:
        raise InputError(
            f"{label} has the data twice: {first} and {others[0]}",
            "give the folder that you mean, or a zip of that folder alone",
        )
    return complete[0]


def _is_near(path: PurePosixPath) -> bool:
    return len(path.parts) <= 2 and not path.is_absolute() and ".." not in path.parts


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, label: str) -> None:
    if member.flag_bits & ENCRYPTED:
        raise InputError(f"{member.filename} in {label} is encrypted", "unpack it by hand first")
    if member.file_size > LARGEST:
        raise InputError(
            f"{member.filename} in {label} claims to unpack to {member.file_size:,} bytes, "
            f"where at most {LARGEST:,} are expected",
            "check where the zip comes from",
        )
    try:
        with (
            _damage_as_value_error(),
            archive.open(member) as packed,
            target.open("wb") as unpacked,
        ):
            shutil.copyfileobj(packed, unpacked, 1 << 20)
    except NotImplementedError as error:
        raise DataError(
            f"{member.filename} in {label} is packed by method {member.compress_type}, "
            f"which cannot be unpacked here ({error})",
            "unpack it with the program that made it, and give the folder",
        ) from error
    except DAMAGE as error:
        raise DataError(f"{member.filename} in {label} is damaged: {error}", AGAIN) from error


def _not_a_zip(origin: Path, label: str, error: Exception) -> InputError:
    with origin.open("rb") as file:
        start = file.read(4)
    if not start:
        return DataError(f"{label} is empty", AGAIN)
    if start[:2] == b"PK":
        return DataError(f"{label} is damaged or was cut short: {error}", AGAIN)
    return InputError(
        f"{label} is not a zip: it starts with {start!r}",
        "give the zip of the competition's files, or the folder that holds them",
    )


def _listed(paths: Collection[PurePosixPath]) -> str:
    shown = ", ".join(str(path) for path in sorted(paths)[:SHOWN])
    return (shown or "nothing") + (f", … ({len(paths):,} files)" if len(paths) > SHOWN else "")
