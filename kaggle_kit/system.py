"""What differs between Linux, macOS and Windows: no other module uses what one of them lacks.

Each function does what the system can, and leaves the rest: no command ends because a system or a
file system lacks something that would only be nice to have.
"""

import contextlib
import ctypes
import errno
import mmap
import os
import platform
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

WINDOWS = sys.platform == "win32"
LINUX = sys.platform.startswith("linux")
TOPOLOGY = Path("/sys/devices/system/cpu")
CPU_INFO = Path("/proc/cpuinfo")
STATUS = Path("/proc/self/status")
OOM_SCORE = Path("/proc/self/oom_score_adj")  # the highest score (-1000..1000) is killed first

# What fsync answers on network and FUSE file systems that have no such call, at least for folders.
CANNOT_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EPERM, errno.EACCES, errno.EBADF}
# What a file system without locks answers; Windows says that the function is invalid there.
HAS_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}
# Windows refuses to replace a file that is open. Virus scanners and indexers close it soon.
REPLACING_SECONDS = 2.0
# The exit status of a process that Windows ended: multiprocessing's own kill, the Task Manager's,
# and STATUS_NO_MEMORY, STATUS_INSUFFICIENT_RESOURCES, STATUS_COMMITMENT_LIMIT.
KILLED_ON_WINDOWS = {-signal.SIGTERM, 1, 0xC0000017, 0xC000009A, 0xC000012D}

_os: Any = os  # without types, because not every system has these names
_signal: Any = signal


def threads() -> set[int]:
    """The numbers of the hardware threads that this process may use."""
    if hasattr(_os, "sched_getaffinity"):
        return set(_os.sched_getaffinity(0))
    import psutil

    process: Any = psutil.Process()
    if hasattr(process, "cpu_affinity"):  # Windows
        return set(process.cpu_affinity())
    return set(range(os.cpu_count() or 1))


def cores(topology: Path | None = None) -> int:
    """The number of cores that this process may use.

    Hardware threads of one core share its multipliers, so they count as one core. `topology` is
    the folder in which Linux describes them.
    """
    folder = topology or TOPOLOGY
    usable = threads()
    siblings = {_text(folder / f"cpu{n}/topology/thread_siblings_list") or str(n) for n in usable}
    if folder.exists():
        return len(siblings)
    import psutil

    return min(len(usable), psutil.cpu_count(logical=False) or len(usable))


def processor() -> str:
    """The name of the processor, as precisely as the system gives it."""
    lines = _text(CPU_INFO).splitlines()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def has_bfloat16() -> bool:
    """Whether the processor has products of bfloat16 numbers, as far as the system tells it."""
    flags = _text(CPU_INFO)
    return "avx512_bf16" in flags or "amx_bf16" in flags


def memory_size() -> int:
    """The memory of this machine, in bytes."""
    import psutil

    return int(psutil.virtual_memory().total)


def free_memory() -> int:
    """The bytes that processes can still take from this machine."""
    import psutil

    return int(psutil.virtual_memory().available)


def peak_memory() -> int:
    """The peak memory of this process, in bytes; 0 if it is not known."""
    # On Linux, getrusage also counts the program that was there before this one was started.
    for line in _text(STATUS).splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:
        import psutil

        return int(getattr(psutil.Process().memory_info(), "peak_wset", 0))
    usage: Any = resource
    most: int = usage.getrusage(usage.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def give_back(mapped: mmap.mmap) -> None:
    """Give back the memory of the pages of a mapped file that were read."""
    pages: Any = mapped
    if hasattr(mmap, "MADV_DONTNEED"):
        pages.madvise(mmap.MADV_DONTNEED)


@contextlib.contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Keep Ctrl-C away from a process that is started in this block, while it starts.

    The process must call `leave_interrupts_to_parent`.
    """
    if not hasattr(_signal, "pthread_sigmask"):
        with _ignored_by_children():
            yield
        return
    # Otherwise the tracker would start later, and its start would unblock the signals.
    resource_tracker.ensure_running()
    before = _signal.pthread_sigmask(
        _signal.SIG_BLOCK, {signal.SIGINT}
    )  # a new process inherits it
    try:
        yield
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, before)


def leave_interrupts_to_parent() -> None:
    """Ignore Ctrl-C in this process, which was started with interrupts blocked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(_signal, "pthread_sigmask"):
        _signal.pthread_sigmask(_signal.SIG_UNBLOCK, {signal.SIGINT})


@contextlib.contextmanager
def _ignored_by_children() -> Iterator[None]:
    """Ignore Ctrl-C on Windows in this block; processes that it starts ignore it from then on."""
    windll: Any = getattr(ctypes, "windll", None)
    handler = windll.kernel32.SetConsoleCtrlHandler if windll else lambda *_: None
    handler(None, True)  # noqa: FBT003  Windows' signature
    try:
        yield
    finally:
        handler(None, False)  # noqa: FBT003


def die_first() -> None:
    """Let Linux kill this process before others when memory runs out."""
    with contextlib.suppress(OSError, ValueError):
        score = min(1000, int(OOM_SCORE.read_text(encoding="ascii")) + 500)
        OOM_SCORE.write_text(str(score), encoding="ascii")


def is_running(process: int) -> bool:
    """Whether there is a process with this id. (`os.kill(id, 0)` would end it on Windows.)"""
    import psutil

    with contextlib.suppress(OverflowError):
        return bool(psutil.pid_exists(process))
    return False


def was_killed(exitcode: int | None) -> bool:
    """Whether another process or the system ended a process, as for want of memory."""
    if WINDOWS:
        return exitcode in KILLED_ON_WINDOWS
    return exitcode == -getattr(signal, "SIGKILL", 9)


def how_ended(exitcode: int | None) -> str:
    """How a process ended, in words."""
    if exitcode is not None and exitcode < 0:
        with contextlib.suppress(ValueError):  # real-time signals have no names
            return f"killed by {signal.Signals(-exitcode).name}"
        return f"killed by signal {-exitcode}"
    return f"exit status {exitcode:#x}" if (exitcode or 0) > 255 else f"exit status {exitcode}"


def take_lock(path: Path, *, wait: bool = False) -> Callable[[], None]:
    """Take the system's lock on a file, and return the function that releases it.

    The lock also ends when its process ends, for whatever reason. It is never a file that only
    stands for a lock, which a killed process would leave behind.

    Raises
    ------
    BlockingIOError
        Another process has the lock, and `wait` is false.
    OSError
        There can be no lock. `errno` is one of HAS_NO_LOCKS if the file system has none.
    """
    import filelock

    make: Any = filelock.FileLock
    try:
        lock = make(path, fallback_to_soft=False)
    except TypeError:  # filelock before 3.30
        lock = make(path)
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except filelock.Timeout:
        raise BlockingIOError(errno.EAGAIN, "another process has the lock", str(path)) from None
    except NotImplementedError:  # filelock before 3.30, on a file system without locks
        raise OSError(errno.ENOSYS, "there are no locks", str(path)) from None

    def release() -> None:
        with contextlib.suppress(OSError):
            lock.release()

    return release


def sync(path: Path) -> None:
    """Bring a file or folder to the disk; what cannot be brought there is left alone."""
    try:
        # Windows brings only files to the disk, and only those that are open for writing.
        handle = os.open(path, os.O_RDWR if WINDOWS else os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in CANNOT_SYNC:
            raise
    finally:
        os.close(handle)


def replace(source: Path, target: Path) -> None:
    """Give a file or folder another name, and wait a little if Windows says that it is in use.

    A file at `target` is replaced; a folder must not be there.
    """
    deadline = time.monotonic() + REPLACING_SECONDS
    while True:
        try:
            source.replace(target)
        except PermissionError as error:
            if not WINDOWS:
                raise
            if time.monotonic() > deadline:
                reason = "it is in use; close the program that has it open"
                raise PermissionError(error.errno, reason, str(target)) from error
            time.sleep(0.05)
        else:
            return


def read_by_others(path: Path) -> bool:
    """Whether other users may read a file; always false on Windows, where its mode says nothing."""
    return not WINDOWS and bool(path.stat().st_mode & 0o077)


def as_typed(text: str) -> str:
    """What the user typed as text; in an ASCII locale, Python gives its other letters as bytes."""
    return os.fsencode(text).decode("utf-8", "replace")


def quote(text: str) -> str:
    """The text as one word for the user's shell; cmd and PowerShell know double quotes only."""
    if not WINDOWS:
        return shlex.quote(text)
    quoted = subprocess.list2cmdline([text])
    return quoted if quoted[:1] == '"' or not set(quoted) & set("&|<>^()';,`$@{}") else f'"{text}"'


def join(words: Sequence[str]) -> str:
    """The words as one line for the user's shell."""
    return " ".join(map(quote, words))


def program_name(path: str) -> str:
    """The name of a program without its folder, and without the `.exe` of Windows."""
    return Path(path).name.removesuffix(".exe").removesuffix(".EXE")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
