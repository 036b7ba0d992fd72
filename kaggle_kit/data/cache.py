"""Cache the arrays made from a CSV in a folder next to it, under the SHA-256 of its bytes.

    cache/train.csv.json              the CSV's size and time of change, and its SHA-256
    cache/<sha256>/images.npy …       the arrays
    cache/<sha256>/about.json         settings they were made for, shapes, CRC-32s, findings

The cache only saves time. A cache that is damaged, made by another program or unreadable counts
as missing, and a cache that cannot be written is skipped.
"""

import contextlib
import json
import os
import re
import shutil
import time
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.workspace import files

FORMAT = 2  # increase it whenever the same CSV would give other arrays or findings
SETTLED_NS = 2_000_000_000  # some file systems round times to two seconds
UNREADABLE = (OSError, EOFError, BufferError, ValueError, KeyError, TypeError)


def remembered(path: Path, stat: os.stat_result) -> str | None:
    """Return the SHA-256 of the CSV at `path`, if it is known and the CSV has not changed since.

    A CSV that was hashed right after it was written is not trusted, because it might have changed
    again within the same tick of the clock.
    """
    try:
        seen = json.loads(_index(path).read_bytes())
        same = (seen["size"], seen["mtime_ns"]) == (stat.st_size, stat.st_mtime_ns)
        settled = seen["hashed_ns"] - seen["mtime_ns"] > SETTLED_NS
        return _checked(seen["sha256"]) if same and settled else None
    except UNREADABLE:
        return None


def remember(path: Path, stat: os.stat_result, sha256: str) -> None:
    """Record the SHA-256 of the CSV at `path`, for the size and time of change in `stat`.

    If another CSV was there before, its arrays are deleted.
    """
    index = _index(path)
    with contextlib.suppress(*UNREADABLE):
        before = _checked(json.loads(index.read_bytes())["sha256"])
        if before != sha256:
            shutil.rmtree(index.parent / before, ignore_errors=True)
    seen = {
        "size": stat.st_size,
        "mtime_ns": stat.st_mtime_ns,
        "hashed_ns": time.time_ns(),
        "sha256": sha256,
    }
    with contextlib.suppress(OSError):
        files.write_json(index, seen)


class Cached(NamedTuple):
    """The arrays made from a CSV, by name, and what was repaired in it."""

    arrays: dict[str, NDArray[np.uint8]]
    findings: dict[str, Any]


def read(path: Path, sha256: str, made_for: dict[str, Any]) -> Cached | None:
    """Return the cached arrays of a CSV, memory-mapped and read-only, and the findings.

    The result is None if the arrays are missing, were made for other settings, or are damaged.
    """
    folder = _index(path).parent / sha256
    try:
        about = json.loads((folder / "about.json").read_bytes())
        if (about["format"], about["made_for"]) != (FORMAT, made_for):
            return None
        arrays = {
            name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))
            for name in about["shapes"]
        }
        whole = (_shapes(arrays), _checksums(arrays)) == (about["shapes"], about["crc32"])
        return Cached(arrays, about["findings"]) if whole else None
    except UNREADABLE:
        return None


def write(
    path: Path,
    sha256: str,
    made_for: dict[str, Any],
    arrays: dict[str, NDArray[np.uint8]],
    findings: dict[str, Any],
) -> None:
    """Cache the arrays made from the CSV at `path`, if the folder can be written to."""
    about = {
        "format": FORMAT,
        "made_for": made_for,
        "shapes": _shapes(arrays),
        "crc32": _checksums(arrays),
        "findings": findings,
    }
    with (
        contextlib.suppress(OSError),
        files.replacing_folder(_index(path).parent / sha256) as folder,
    ):
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
        files.write_json(folder / "about.json", about)


def _shapes(arrays: dict[str, NDArray[np.uint8]]) -> dict[str, list[int]]:
    return {name: list(array.shape) for name, array in arrays.items()}


def _checksums(arrays: dict[str, NDArray[np.uint8]]) -> dict[str, int]:
    return {name: zlib.crc32(array.data) for name, array in arrays.items()}


def _index(path: Path) -> Path:
    return path.parent / "cache" / f"{path.name}.json"


def _checked(sha256: str) -> str:
    """Return `sha256`, which becomes a folder name; raise ValueError if it is not a SHA-256."""
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ValueError(sha256)
    return sha256
