"""Decode many image files into one .npy file, in parallel and with bounded memory.

Processes decode chunks of files and write the arrays into the file by themselves, each chunk in one
piece; only hashes come back. Threads would not do: around the decoder of a small image, Pillow
holds Python's lock for most of the time, and two threads are slower than one. Processes take a
moment to start, so the first images are decoded in this process, and processes start only if the
rest would take long.
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from io import RawIOBase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Images
from kaggle_kit.data.images import (
    OutOfRangeError,
    Resized,
    UnreadableImageError,
    decode_and_tell,
    quiet_pillow,
)
from kaggle_kit.data.layouts.processes import run_in_processes
from kaggle_kit.data.progress import Progress
from kaggle_kit.errors import KitError, in_words
from kaggle_kit.system import threads
from kaggle_kit.workspace.files import scratch_folder

CHUNK = 32  # files
CHUNK_BYTES = 8 << 20  # of decoded images
WORTH_A_POOL = 1.5  # seconds of decoding in one process; two processes start in about 0.5 s
TRIAL = 0.1  # seconds of decoding that tell how long the rest takes


@dataclass(frozen=True)
class Problem:
    """Why a file could not be decoded; a value outside the range is the description's fault."""

    reason: str
    is_range: bool = False


Problems = dict[int, Problem]


@dataclass(frozen=True)
class Sources:
    """Image files, by their paths below a folder.

    Attributes
    ----------
    folder : Path
    paths : list of str
    problems : dict
        The positions of paths that are known not to be readable, and are not tried.
    """

    folder: Path
    paths: list[str]
    problems: Problems = field(default_factory=dict)


@dataclass(frozen=True)
class Decoding:
    """How and where to decode image files.

    Attributes
    ----------
    out : Path
        The .npy file of the decoded images.
    workers : int or None
        The most processes that decode; None for the number of cores.
    progress : callable or None
        Called with the number of files that are done, and of all.
    skip_unreadable : bool
        Whether to leave out training images that cannot be read.
    """

    out: Path
    workers: int | None = None
    progress: Progress | None = None
    skip_unreadable: bool = False


@dataclass(frozen=True)
class Decoded:
    """The outcome of a decoding.

    Attributes
    ----------
    images : uint8 array (n, *image_shape)
        A read-only memory map.
    rows : list of int
        For each image, the position of its path in the given paths.
    digests : list of bytes
        For each image, the SHA-256 of its file.
    problems : dict
        The position of each path that was left out, and why.
    resized : Resized
    """

    images: NDArray[np.uint8]
    rows: list[int]
    digests: list[bytes]
    problems: Problems
    resized: Resized


@dataclass
class _Results:
    digests: dict[int, bytes] = field(default_factory=dict)
    problems: Problems = field(default_factory=dict)
    resized: Resized = field(default_factory=Resized)


Chunk = list[tuple[int, str]]
Task = Callable[[Chunk], _Results]


def decode_files(
    sources: Sources, images: Images, decoding: Decoding, check: Callable[[Problems], None]
) -> Decoded:
    """Decode image files into `decoding.out`, which is written completely or not at all.

    The file is not brought to the disk: whoever keeps it does that, once.

    Parameters
    ----------
    sources : Sources
    images : Images
    decoding : Decoding
    check : callable
        Called with the problems of all files before anything is kept; it raises an error unless
        these files are to be left out.

    Raises
    ------
    KitError
        A process that decodes was killed, or the file cannot be written.
    """
    found = _Results(problems=dict(sources.problems))
    count = len(sources.paths)
    try:
        decoding.out.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(decoding.out.parent, "decoded") as scratch:
            temporary = scratch / decoding.out.name
            offset = _allocate(temporary, (count, *images.shape))
            task = partial(_decode_chunk, sources.folder, temporary, offset, images)
            for done in _run(task, _chunks(sources, images), _workers(decoding), found):
                if decoding.progress:
                    decoding.progress(len(sources.problems) + done, count)
            if found.problems:
                check(found.problems)
            rows = sorted(found.digests)
            if len(rows) < count:
                _close_gaps(temporary, rows, (count, *images.shape))
            temporary.replace(decoding.out)
    except BrokenProcessPool:
        raise KitError(
            "a process that decodes images was killed, perhaps because memory ran out",
            "close other programs, and run the command again",
        ) from None
    except OSError as error:
        raise KitError(
            f"{decoding.out} cannot be written: {in_words(error)}",
            "make room on the disk, and run the command again",
        ) from None
    mapped = np.load(decoding.out, mmap_mode="r")
    return Decoded(
        mapped, rows, [found.digests[row] for row in rows], found.problems, found.resized
    )


def _run(task: Task, chunks: Iterator[Chunk], workers: int, found: _Results) -> Iterator[int]:
    """Run the task on all chunks, gather the results in `found`, and yield how many are done."""
    rest = deque(chunks)
    done = 0
    started = time.perf_counter()
    with quiet_pillow():
        while rest:
            seconds = time.perf_counter() - started
            if workers > 1 and done and seconds > TRIAL:
                left = seconds / done * sum(map(len, rest))
                if left > WORTH_A_POOL:
                    break
            done += _gather(task(rest[0]), found, rest.popleft())
            yield done
        for chunk, result in run_in_processes(task, rest, min(workers, len(rest))):
            done += _gather(result, found, chunk)
            yield done


def _gather(result: _Results, found: _Results, chunk: Chunk) -> int:
    found.digests |= result.digests
    found.problems |= result.problems
    found.resized += result.resized
    return len(chunk)


def _workers(decoding: Decoding) -> int:
    return decoding.workers or len(threads())


def _chunks(sources: Sources, images: Images) -> Iterator[Chunk]:
    size = max(1, min(CHUNK, CHUNK_BYTES // int(np.prod(images.shape))))
    for start in range(0, len(sources.paths), size):
        rows = enumerate(sources.paths[start : start + size], start)
        if chunk := [row for row in rows if row[0] not in sources.problems]:
            yield chunk


def _decode_chunk(folder: Path, out: Path, offset: int, images: Images, chunk: Chunk) -> _Results:
    """Decode some files, and write the arrays to the places of their rows."""
    results = _Results()
    first, last = chunk[0][0], chunk[-1][0]
    arrays = np.zeros((last - first + 1, *images.shape), np.uint8)
    for row, path in chunk:
        try:
            content = _read(f"{folder}/{path}")
            arrays[row - first], resized = decode_and_tell(content, images)
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            reason = "it does not exist" if missing else in_words(error)
            results.problems[row] = Problem(reason)
        except UnreadableImageError as error:
            results.problems[row] = Problem(str(error))
        except OutOfRangeError as error:
            results.problems[row] = Problem(str(error), is_range=True)
        else:
            results.digests[row] = hashlib.sha256(content).digest()
            results.resized += resized
    with out.open("r+b", buffering=0) as file:
        _write(file, arrays, offset + first * arrays[0].nbytes)
    return results


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  faster than a Path
        return file.readall()


def _write(file: RawIOBase, array: NDArray[np.uint8], offset: int) -> None:
    left = array.data.cast("B")
    file.seek(offset)
    while left:
        left = left[file.write(left) :]


def _allocate(path: Path, shape: tuple[int, ...]) -> int:
    """Write the head of a .npy file for uint8 of this shape, and return where the data begin."""
    with path.open("r+b" if path.exists() else "w+b") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|u1", "fortran_order": False, "shape": shape}
        )
        offset = file.tell()
        file.truncate(offset + int(np.prod(shape, dtype=np.int64)))
    return offset


def keep_rows(images: NDArray[np.uint8], rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Keep these rows alone, in ascending order, of decoded images.

    Their file is changed in place, because the images may be larger than the memory. `images` must
    not be used any more.

    Parameters
    ----------
    images : memory map
        As `decode_files` returns them.
    """
    path = Path(images.filename)  # type: ignore[attr-defined]
    _close_gaps(path, rows, images.shape)
    return np.load(path, mmap_mode="r")  # type: ignore[no-any-return]


def _close_gaps(path: Path, rows: Sequence[int] | NDArray[np.intp], shape: tuple[int, ...]) -> None:
    """Keep these rows of the file alone, in their order."""
    keep = np.zeros(shape[0], bool)
    keep[rows] = True
    size = int(np.prod(shape[1:]))
    step = max(1, CHUNK_BYTES // size)
    offset = target = _allocate(path, shape)
    with path.open("r+b", buffering=0) as file:
        for start in range(0, len(keep), step):
            kept = keep[start : start + step]
            file.seek(offset + start * size)
            content = file.read(len(kept) * size)
            block = np.frombuffer(content, np.uint8).reshape(len(kept), size)[kept]
            if block.size:
                _write(file, block, target)
            target += block.nbytes
    _allocate(path, (len(rows), *shape[1:]))
