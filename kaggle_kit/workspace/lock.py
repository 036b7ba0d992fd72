"""One process at a time writes a run; another is told who does."""

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
    """Have the run in `folder` to oneself; what a killed process left half-written there goes.

    The lock is the kernel's (flock) on a file beside the folder, so it ends with its process,
    however that ends: there is none to be removed by hand, and a run that is copied takes none
    along. What the file says is only who has the lock, or died with it, which `note` is then told.
    Over NFS, Linux asks the server for the lock, so that it holds between machines; where a file
    system has no locks, or is read-only, the run is not guarded.

    Raises
    ------
    RunError
        Another process has the lock; it is named.
    """
    with contextlib.ExitStack() as held:
        file = _opened(_path(folder))
        if file is not None:
            held.enter_context(file)
            if _take(file, folder):
                before = _holder(file)
                if before:
                    note(f"{before} ended before it was done; this goes on from there")
                _write(file, _me())
                held.callback(_write, file, "")
        for place in (folder, folder / "models", folder / "tuner"):
            remove_leftovers(place)
        yield


def _path(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.lock")


def _opened(path: Path) -> IO[bytes] | None:
    """The lock's file, or None where none can be written: then neither can the run be."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b", buffering=0)
    return None


def _take(file: IO[bytes], folder: Path) -> bool:
    """Whether there are locks on this file system; who has it, if another has, is raised."""
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
    """Who wrote the file, in words; "" if nobody has it, or it cannot be told."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        file.seek(0)
        about: dict[str, Any] = json.loads(file.read())
        return "`{command}` (process {process} on {host}, since {since})".format_map(about)
    return ""


def _write(file: IO[bytes], text: str) -> None:
    with contextlib.suppress(OSError):  # a full disk; the lock holds all the same
        file.seek(0)
        file.truncate()
        file.write(text.encode())
