"""Write files completely or not at all, even if the process is killed half way."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kaggle_kit import system

LEFTOVER = re.compile(r"\..*[.-](\d+)-[a-z0-9_]+(\.part)?")


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path, which becomes `path` on success and is deleted on failure.

    The temporary path is next to `path`. Its bytes are on disk before it gets its final name, so
    that a power cut leaves either the old file or the new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=_prefix(path), suffix=".part", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _set_mode(temporary, 0o666)
        system.sync(temporary)
        system.replace(temporary, path)
        system.sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Like `replacing`, for a folder and its contents.

    The old folder gets a temporary name before the new folder gets its name. One of the two is
    therefore complete at any moment, possibly under its temporary name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=_prefix(path), suffix=".part", dir=path.parent))
    old = temporary.with_name(f"{temporary.name.removesuffix('.part')}_old.part")
    try:
        yield temporary
        _set_mode(temporary, 0o777)
        for file in [*temporary.rglob("*"), temporary]:
            system.sync(file)
        with contextlib.suppress(FileNotFoundError):
            system.replace(path, old)
        try:
            system.replace(temporary, path)
        except OSError:
            with contextlib.suppress(OSError):
                system.replace(old, path)
            raise
        system.sync(path.parent)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def scratch_folder(place: Path, name: str) -> Iterator[Path]:
    """Yield a hidden folder in `place`, which is deleted afterwards with its contents."""
    with tempfile.TemporaryDirectory(
        prefix=f".{name}-{os.getpid()}-", dir=place, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


@contextlib.contextmanager
def locked(
    path: Path, note: Callable[[str], None] = lambda _: None, waiting: str = ""
) -> Iterator[None]:
    """Let one process in at a time. The others wait, and `note` is called with `waiting` before.

    The lock is on the file `path`. It ends when its process ends, for whatever reason. On a file
    system without locks, `note` is called with a sentence that says so, and nobody waits.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    release = None
    try:
        try:
            release = system.take_lock(path)
        except BlockingIOError:
            note(waiting)
            release = system.take_lock(path, wait=True)
    except OSError as error:
        if error.errno in system.HAS_NO_LOCKS:
            note(no_locks(path.parent))
    try:
        yield
    finally:
        if release:
            release()


def no_locks(folder: Path) -> str:
    """What to tell if the file system of a folder has no locks."""
    return (
        f"the file system of {folder} has no locks, so nothing keeps two commands apart there: "
        "start one at a time"
    )


def remove_leftovers(place: Path) -> None:
    """Remove the half-written files and folders of killed processes from the folder `place`.

    Call it before this process writes there: leftovers with the id of this process are removed,
    too. They come from an earlier process with the same id. In containers this is usual, because
    the first process of each container has the same id.
    """
    with contextlib.suppress(OSError):
        for path in list(place.iterdir()):
            match = LEFTOVER.fullmatch(path.name)
            if match and not _is_another(int(match[1])):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_json(path: Path, content: Any) -> None:
    write_bytes(path, (json.dumps(content, indent=2) + "\n").encode())


def sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _set_mode(path: Path, mode: int) -> None:
    """Set the permissions as for a new file; some file systems do not allow it."""
    with contextlib.suppress(OSError):
        path.chmod(mode & ~_umask())


def _prefix(path: Path) -> str:
    return f".{path.name}.{os.getpid()}-"


def _is_another(process: int) -> bool:
    """Whether the process with this id is running, and is not this process."""
    return process != os.getpid() and system.is_running(process)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
