"""The lock of a run: one process writes at a time, and other processes learn which one."""

import contextlib
import fcntl
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from kaggle_kit.errors import RunError
from kaggle_kit.workspace.files import remove_leftovers
from kaggle_kit.workspace.provenance import command


@contextlib.contextmanager
def writing(folder: Path, note: Callable[[str], None]) -> Iterator[None]:
    """Lock the run in `folder`, and remove what a killed process left half-written there.

    The lock is a kernel lock (flock) on a file next to the folder. It ends when its process ends,
    for whatever reason, so it never has to be removed by hand. A copy of the run has no lock. The
    content of the file only names the process that has the lock, or that died with it. In the
    second case `note` is called with a message. Over NFS, Linux asks the server for the lock, so it
    works between machines. If a file system has no locks or is read-only, the run is not locked.

    Raises
    ------
    RunError
        Another process has the lock. The message names that process.
    """
    with contextlib.ExitStack() as held:
        file = _opened(_path(folder))
        if file is not None:
            held.enter_context(file)
            if _take(file, folder):
                before = _holder(file)
                if before:
                    note(f"{before} ended before it was done; this command continues from there")
                _write(file, _me())
                held.callback(_write, file, "")
        for place in (folder, folder / "models", folder / "tuner"):
            remove_leftovers(place)
        yield


def _path(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.lock")


def _opened(path: Path) -> IO[bytes] | None:
    """The file of the lock; None if it cannot be written. Then the run cannot be written either."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0)
    return None


def _take(file: IO[bytes], folder: Path) -> bool:
    """Take the lock; return False if the file system has no locks.

    Raises RunError with the name of the holder if another process has the lock.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _holder(file) or "another process"
        raise RunError(
            f"run {folder.name!r} is being written by {holder}",
            hint="wait until that ends, or stop it; --run NAME makes another run",
        ) from None
    except OSError:
        return False
    return True


def _me() -> str:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    about = {"command": command(), "process": os.getpid(), "host": platform.node(), "since": since}
    return json.dumps(about)


def _holder(file: IO[bytes]) -> str:
    """The process that wrote the file, in words; "" if there is none, or the file is unreadable."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        file.seek(0)
        about: dict[str, Any] = json.loads(file.read())
        return "`{command}` (process {process} on {host}, since {since})".format_map(about)
    return ""


def _write(file: IO[bytes], text: str) -> None:
    with contextlib.suppress(OSError):  # the disk may be full; the lock works anyway
        file.seek(0)
        file.truncate()
        file.write(text.encode())
