"""written.json: which files of a folder the kit wrote, so that a user's edits are not replaced.

The record has the SHA-256 of each file that the kit writes and a user may edit. A file with
another content was edited. A folder of an older kit has no record: its files are of unknown origin.
"""

import contextlib
import hashlib
import itertools
import json
import shutil
from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path

from kaggle_kit.workspace.files import sha256, write_bytes, write_json

RECORD = "written.json"


class Origin(Enum):
    """Who made the content of a file."""

    NOBODY = auto()
    """There is no file."""
    KIT = auto()
    USER = auto()
    """The kit wrote the file, and then it was edited."""
    UNKNOWN = auto()
    """The kit has no record of the file."""


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, each completely or not at all, in the order given.

    A file that has its content already is not written. The record is written first, and keeps the
    digest of the kit's file that is replaced. A process that is killed at any moment therefore
    leaves no file that looks edited, and none that was edited and does not look so.
    """
    known, noted = _record(folder), {}
    there = {name: _digest(folder / name) for name in files}
    for name, content in files.items():
        new, old = hashlib.sha256(content).hexdigest(), there[name]
        is_ours = old in known.get(name, [old])
        noted[name] = [new, old] if old and old != new and is_ours else [new]
    if any(noted[name][0] not in known.get(name, ()) for name in noted):
        write_json(folder / RECORD, known | noted)
    for name, content in files.items():
        if there[name] != noted[name][0]:
            write_bytes(folder / name, content)


def write_file(path: Path, content: bytes) -> None:
    """Like `write_files`, for one file."""
    write_files(path.parent, {path.name: content})


def origin(path: Path) -> Origin:
    """Who made the content that a file has now; a folder in its place counts as the user's."""
    return _origin(path, _record(path.parent).get(path.name))


def edited(folder: Path) -> list[str]:
    """The names of the files in a folder that were edited since the kit wrote them."""
    record = _record(folder)
    return [name for name in record if _origin(folder / name, record[name]) is Origin.USER]


def note_all(folder: Path) -> None:
    """Note all files of a folder, and of the folders in it, as written by the kit."""
    names = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    noted = {name: [sha256(path)] for name, path in names.items() if path.is_file()}
    write_json(folder / RECORD, noted)


def carry_over(old: Path, new: Path) -> list[str]:
    """Copy what the user added or edited in a folder into the one that is about to replace it.

    If an older kit made the folder, that is what has a name of its own there.

    Returns
    -------
    list of str: the names of these files, or of the folders in `old` that contain them.
    """
    record, found = _record(old), set()
    for path in sorted(old.rglob("*")):
        name = path.relative_to(old)
        if not path.is_file() or name.name == RECORD or "__pycache__" in name.parts:
            continue
        if record:
            is_ours = _origin(path, record.get(name.as_posix())) is Origin.KIT
        else:
            is_ours = (new / name.parts[0]).exists() and name.parts[0] not in found
        if not is_ours:
            found.add(name.parts[0])
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, new / name)
    return sorted(found)


def set_aside(path: Path) -> Path:
    """Give a file another name in its folder, so that nothing of it is lost; return that name."""
    for number in itertools.count(1):
        end = "" if number == 1 else f"-{number}"
        other = path.with_name(f"{path.stem}.edited{end}{path.suffix}")
        if not other.exists():
            break
    return path.rename(other)


def _origin(path: Path, noted: list[str] | None) -> Origin:
    if not path.exists():
        return Origin.NOBODY
    if noted is None:
        return Origin.UNKNOWN
    return Origin.KIT if _digest(path) in noted else Origin.USER


def _record(folder: Path) -> dict[str, list[str]]:
    """The digests that a file of a name has had; empty if there is no record, or a damaged one."""
    with contextlib.suppress(OSError, ValueError):
        content = json.loads((folder / RECORD).read_bytes())
        if isinstance(content, dict):
            return {name: noted for name, noted in content.items() if isinstance(noted, list)}
    return {}


def _digest(path: Path) -> str | None:
    """The SHA-256 of a file; None if there is none, or a folder in its place."""
    try:
        return None if path.is_dir() else sha256(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
