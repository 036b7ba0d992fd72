"""Cache the arrays made from the files of a part of the data, in a folder next to them.

    cache/train.json              sizes and times of change of the files, and their SHA-256
    cache/<sha256>/images.npy …      the arrays
    cache/<sha256>/about.json     settings they were made for, shapes, CRC-32s, findings

The cache only saves time. A cache that is damaged, made by another program or unreadable counts
as missing, and a cache that cannot be written is skipped.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.format import write_array_header_2_0
from numpy.typing import NDArray

from kaggle_kit.data.layouts.base import blocks
from kaggle_kit.workspace import files

CACHE = "cache"
FORMAT = 3  # increase it whenever an older kit would misread the files
SETTLED_NS = 2_000_000_000  # some file systems round times to two seconds
UNREADABLE = (OSError, EOFError, BufferError, ValueError, KeyError, TypeError)


class Stamp(NamedTuple):
    """What identifies files without reading them: their names, sizes and times of change."""

    digest: str
    newest_ns: int


def stamp_of(folder: Path, paths: Sequence[str]) -> Stamp:
    """The stamp of files below a data folder; raises OSError if one of them is missing."""
    digest = hashlib.sha256()
    newest, start = 0, f"{folder}/"
    for path in paths:
        stat = os.stat(path)  # noqa: PTH116  there may be 200,000
        name = path.removeprefix(start)
        digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode(errors="replace"))
        newest = max(newest, stat.st_mtime_ns)
    return Stamp(digest.hexdigest(), newest)


def remembered(folder: Path, part: str, stamp: Stamp, made_for: dict[str, Any]) -> str | None:
    """Return the SHA-256 of a part, if it is known and its files have not changed since.

    Files that were hashed right after they were written are not trusted, because they might have
    changed again within the same tick of the clock.
    """
    try:
        seen = json.loads(_index(folder, part).read_bytes())
        same = (seen["stamp"], seen["made_for"]) == (stamp.digest, _plain(made_for))
        settled = seen["hashed_ns"] - stamp.newest_ns > SETTLED_NS
        return _checked(seen["sha256"]) if same and settled else None
    except UNREADABLE:
        return None


def remember(folder: Path, part: str, stamp: Stamp, made_for: dict[str, Any], sha256: str) -> None:
    """Record the SHA-256 of a part, for the files of `stamp`.

    If other files were there before, their arrays are deleted.
    """
    index = _index(folder, part)
    with contextlib.suppress(*UNREADABLE):
        seen = json.loads(index.read_bytes())
        before = _checked(seen["sha256"])
        if before != sha256:
            shutil.rmtree(folder / CACHE / before, ignore_errors=True)
    seen = {
        "stamp": stamp.digest,
        "made_for": made_for,
        "hashed_ns": time.time_ns(),
        "sha256": sha256,
    }
    with contextlib.suppress(OSError):
        files.write_json(index, seen)


class Cached(NamedTuple):
    """The arrays made from a part, by name, and what is known about them."""

    arrays: dict[str, NDArray[Any]]
    about: dict[str, Any]


@contextlib.contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Yield an empty folder for large arrays, which is deleted afterwards.

    It is in the cache, or elsewhere if the cache cannot be written to.
    """
    place = folder / CACHE
    try:
        place.mkdir(exist_ok=True)
        temporary = tempfile.TemporaryDirectory(
            dir=place, prefix=".scratch-", ignore_cleanup_errors=True
        )
    except OSError:
        temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with temporary as name:
        yield Path(name)


def read(folder: Path, sha256: str, made_for: dict[str, Any]) -> Cached | None:
    """Return the cached arrays of a part, memory-mapped and read-only, and what is known.

    The result is None if the arrays are missing, were made for other settings, or are damaged.
    """
    place = folder / CACHE / sha256
    try:
        about = json.loads((place / "about.json").read_bytes())
        if (about["format"], about["made_for"]) != (FORMAT, _plain(made_for)):
            return None
        arrays = {
            name: np.asarray(np.load(place / f"{name}.npy", mmap_mode="r"))
            for name in about["shapes"]
        }
        whole = (_shapes(arrays), _checksums(arrays)) == (about["shapes"], about["crc32"])
        return Cached(arrays, about["about"]) if whole else None
    except UNREADABLE:
        return None


def write(
    folder: Path,
    sha256: str,
    made_for: dict[str, Any],
    arrays: dict[str, NDArray[Any]],
    about: dict[str, Any],
) -> None:
    """Cache the arrays made from a part, if the folder can be written to."""
    content = {
        "format": FORMAT,
        "made_for": made_for,
        "shapes": _shapes(arrays),
        "crc32": _checksums(arrays),
        "about": about,
    }
    with (
        contextlib.suppress(OSError),
        files.replacing_folder(folder / CACHE / sha256) as place,
    ):
        for name, array in arrays.items():
            _save(place / f"{name}.npy", array)
        files.write_json(place / "about.json", content)


def _save(path: Path, array: NDArray[Any]) -> None:
    """Write an array block by block: a memory map may be larger than the memory.

    The file of a memory map becomes the file of the cache, too, where the disk allows that.
    """
    if isinstance(array, np.memmap) and array.filename:
        source = Path(array.filename)
        if source.stat().st_size == array.offset + array.nbytes:  # it is all that is in the file
            with contextlib.suppress(OSError):
                path.hardlink_to(source)
                return
    header = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
    with path.open("wb") as file:
        write_array_header_2_0(file, header)
        for block in blocks(array):
            file.write(np.ascontiguousarray(block).data)


def _shapes(arrays: dict[str, NDArray[Any]]) -> dict[str, list[int]]:
    return {name: list(array.shape) for name, array in arrays.items()}


def _checksums(arrays: dict[str, NDArray[Any]]) -> dict[str, int]:
    return {name: _checksum(array) for name, array in arrays.items()}


def _checksum(array: NDArray[Any]) -> int:
    checksum = 0
    for block in blocks(array):
        checksum = zlib.crc32(np.ascontiguousarray(block).data, checksum)
    return checksum


def _plain(made_for: dict[str, Any]) -> Any:
    """The settings as JSON gives them back."""
    return json.loads(json.dumps(made_for))


def _index(folder: Path, part: str) -> Path:
    return folder / CACHE / f"{part}.json"


def _checked(sha256: str) -> str:
    """Return `sha256`; raise ValueError if it is not one."""
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ValueError(sha256)
    return sha256
