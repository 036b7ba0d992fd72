"""Arrays made from a CSV, kept beside it under the SHA-256 of its bytes.

    cache/train.csv.json              the CSV's size and time of change, and its SHA-256
    cache/<sha256>/images.npy …       the arrays
    cache/<sha256>/about.json         what they were made for, shapes and CRC-32s, the findings

A cache saves time and no more: one that is torn, foreign or unreadable reads as none at all, and
one that cannot be written is done without.
"""

import contextlib
import json
import os
import re
import shutil
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.workspace import files

FORMAT = 2  # one more whenever the same CSV would give other arrays or findings
SETTLED_NS = 2_000_000_000  # some file systems keep times to two seconds
UNREADABLE = (OSError, EOFError, BufferError, ValueError, KeyError, TypeError)


def remembered(path: Path, stat: os.stat_result) -> str | None:
    """The SHA-256 of the CSV at `path`, if it is known and the CSV has not changed since.

    A CSV that was hashed right after it was written might have changed again within the same tick
    of the clock, so that one is not trusted.
    """
    try:
        seen = json.loads(_index(path).read_bytes())
        same = (seen["size"], seen["mtime_ns"]) == (stat.st_size, stat.st_mtime_ns)
        settled = seen["hashed_ns"] - seen["mtime_ns"] > SETTLED_NS
        return _checked(seen["sha256"]) if same and settled else None
    except UNREADABLE:
        return None


def remember(path: Path, stat: os.stat_result, sha256: str) -> None:
    """Note that the CSV at `path`, as `stat` has it, has this SHA-256.

    The arrays of the CSV that was there before go.
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


def read(
    path: Path, sha256: str, made_for: dict[str, Any]
) -> tuple[dict[str, NDArray[np.uint8]], dict[str, Any]] | None:
    """The arrays kept for a CSV, memory-mapped and read-only, and the findings.

    None if there are none, if they were made for something else, or if they are damaged.
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
        return (arrays, about["findings"]) if whole else None
    except UNREADABLE:
        return None


def write(
    path: Path,
    sha256: str,
    made_for: dict[str, Any],
    arrays: dict[str, NDArray[np.uint8]],
    findings: dict[str, Any],
) -> None:
    """Keep the arrays made from the CSV at `path`, if the folder can be written to."""
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
    """The same, which is going to be the name of a folder; raises ValueError if it is none."""
    if not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ValueError(sha256)
    return sha256
