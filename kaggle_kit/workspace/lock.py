"""The lock of a run: one process writes at a time, and other processes learn which one."""

import contextlib
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kaggle_kit import system
from kaggle_kit.errors import RunError
from kaggle_kit.workspace.files import no_locks, remove_leftovers
from kaggle_kit.workspace.provenance import command


@contextlib.contextmanager
def writing(folder: Path, note: Callable[[str], None]) -> Iterator[None]:
    """Lock the run in `folder`, and remove what a killed process left half-written there.

    The lock is the system's lock on a file next to the folder. It ends when its process ends, for
    whatever reason, so it never has to be removed by hand. A copy of the run has no lock. A second
    file names the process that has the lock, or that died with it (Windows lets nobody read a file
    that is locked). If that process died, `note` is called with a message. Over NFS, Linux asks the
    server for the lock, so it works between machines. If a file system has no locks, `note` is
    called with a message, and the run is not locked; neither is it on a read-only file system.

    Raises
    ------
    RunError
        Another process has the lock. The message names that process.
    """
    with contextlib.ExitStack() as held:
        release = _take(folder, note)
        if release:
            held.callback(release)
            holder = _beside(folder, "holder")
            before = _read(holder)
            if before:
                note(f"{before} ended before it was done; this command continues from there")
            _write(holder, _me())
            held.callback(_write, holder, "")
        for place in (folder, folder / "models", folder / "tuner"):
            remove_leftovers(place)
        yield


def _beside(folder: Path, ending: str) -> Path:
    return folder.with_name(f".{folder.name}.{ending}")


def _take(folder: Path, note: Callable[[str], None]) -> Callable[[], None] | None:
    """Take the lock and return what releases it; None if there can be no lock.

    Raises RunError with the name of the holder if another process has the lock.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return system.take_lock(_beside(folder, "lock"))
    except BlockingIOError:
        holder = _read(_beside(folder, "holder")) or "another process"
        raise RunError(
            f"run {folder.name!r} is being written by {holder}",
            hint="wait until that ends, or stop it; --run NAME makes another run",
        ) from None
    except OSError as error:  # where no lock can be written, the run cannot be written either
        if error.errno in system.HAS_NO_LOCKS:
            note(no_locks(folder.parent))
    return None


def _me() -> str:
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    about = {"command": command(), "process": os.getpid(), "host": platform.node(), "since": since}
    return json.dumps(about)


def _read(holder: Path) -> str:
    """The process that wrote the file, in words; "" if there is none, or the file is unreadable."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        about: dict[str, Any] = json.loads(holder.read_bytes())
        return "`{command}` (process {process} on {host}, since {since})".format_map(about)
    return ""


def _write(holder: Path, text: str) -> None:
    with contextlib.suppress(OSError):  # the disk may be full; the lock works anyway
        holder.write_text(text, encoding="utf-8")
