"""What the kit does on Windows and macOS: their answers are given at the seam, on any system."""

import ctypes
import errno
import mmap
import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import filelock
import numpy as np
import psutil
import pytest

from kaggle_kit import system
from kaggle_kit.cli import hints
from kaggle_kit.cli.options import make_parser
from kaggle_kit.errors import InputError
from kaggle_kit.kaggle.credentials import Credentials, exposed_file
from kaggle_kit.workspace.files import replacing, replacing_folder, write_bytes
from kaggle_kit.workspace.lock import writing
from kaggle_kit.workspace.paths import Home


@pytest.fixture
def windows(monkeypatch):
    monkeypatch.setattr(system, "WINDOWS", True)
    monkeypatch.setattr(system, "REPLACING_SECONDS", 0.3)


@pytest.fixture
def unix_less(monkeypatch):
    """`os` and `signal` without the names that the kit uses and only Unix has."""
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.delattr(signal, "pthread_sigmask")
    monkeypatch.setitem(sys.modules, "resource", None)
    for name in ("TOPOLOGY", "CPU_INFO", "STATUS", "OOM_SCORE"):
        monkeypatch.setattr(system, name, Path("/nowhere"))


def in_use(monkeypatch, method, times):
    """Let Windows' answer to a file that is open come `times` times; return the calls."""
    calls, real = [], getattr(Path, method)

    def refuse(path, target):
        calls.append(target)
        if len(calls) <= times:
            raise PermissionError(errno.EACCES, "Access is denied", str(path))
        return real(path, target)

    monkeypatch.setattr(Path, method, refuse)
    return calls


@pytest.mark.usefixtures("windows")
def test_a_file_that_is_open_for_a_moment_is_replaced_after_it(tmp_path, monkeypatch):
    write_bytes(tmp_path / "file", b"old")
    calls = in_use(monkeypatch, "replace", 2)
    write_bytes(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert len(calls) == 3


@pytest.mark.usefixtures("windows")
def test_a_file_that_stays_open_is_named_and_keeps_its_content(tmp_path, monkeypatch):
    write_bytes(tmp_path / "file", b"old")
    in_use(monkeypatch, "replace", 99)
    with (
        pytest.raises(PermissionError, match="it is in use; close the program") as caught,
        replacing(tmp_path / "file") as temporary,
    ):
        temporary.write_bytes(b"new")
    assert caught.value.filename == str(tmp_path / "file")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@pytest.mark.usefixtures("windows")
def test_a_folder_with_an_open_file_is_replaced_once_it_is_closed(tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    in_use(monkeypatch, "replace", 1)
    with replacing_folder(tmp_path / "folder") as folder:
        (folder / "new").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["folder", "new"]


def test_a_file_that_may_not_be_replaced_is_told_at_once(tmp_path, monkeypatch):
    """On other systems the answer does not change by waiting."""
    calls = in_use(monkeypatch, "replace", 1)
    with pytest.raises(PermissionError, match="denied"):
        write_bytes(tmp_path / "file", b"")
    assert len(calls) == 1


@pytest.mark.usefixtures("windows")
def test_only_files_are_brought_to_the_disk_and_they_are_opened_to_write(tmp_path, monkeypatch):
    """As Windows wants it, which opens no folder and syncs nothing that is only read."""
    opened, real = [], os.open

    def windows_open(path, flags, *rest):
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        opened.append(flags & os.O_RDWR)
        return real(path, flags, *rest)

    (tmp_path / "file").touch()
    monkeypatch.setattr(os, "open", windows_open)
    system.sync(tmp_path)
    system.sync(tmp_path / "file")
    assert opened == [os.O_RDWR]


def test_whether_a_process_was_killed_is_in_its_exit_status():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        (process,) = pool._pool
        process.kill()
        process.join()
    assert system.was_killed(process.exitcode)
    assert not system.was_killed(1)
    assert not system.was_killed(0)
    assert system.how_ended(process.exitcode) == "killed by SIGKILL"
    assert system.how_ended(-63) == "killed by signal 63"


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    ("status", "killed", "words"),
    [
        (-signal.SIGTERM, True, "killed by SIGTERM"),  # multiprocessing's name for its own kill
        (1, True, "exit status 1"),  # by the Task Manager
        (0xC0000017, True, "exit status 0xc0000017"),  # no memory
        (0xC0000005, False, "exit status 0xc0000005"),  # access violation
        (3, False, "exit status 3"),
    ],
)
def test_windows_ends_a_process_with_other_statuses(status, killed, words):
    assert system.was_killed(status) == killed
    assert system.how_ended(status) == words


@pytest.mark.usefixtures("unix_less")
def test_ctrl_c_is_ignored_by_what_windows_starts_meanwhile(monkeypatch):
    calls = []
    kernel = SimpleNamespace(SetConsoleCtrlHandler=lambda *call: calls.append(call))
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    with system.interrupts_blocked():
        assert calls == [(None, True)]
    assert calls == [(None, True), (None, False)]


@pytest.mark.usefixtures("unix_less")
def test_without_unix_names_the_machine_is_still_described():
    assert system.threads() == set(psutil.Process().cpu_affinity())
    assert 1 <= system.cores() <= len(system.threads())
    assert system.peak_memory() == 0
    assert system.memory_size() > system.free_memory() > 0
    assert isinstance(system.processor(), str)
    assert not system.has_bfloat16()
    system.die_first()
    before = signal.getsignal(signal.SIGINT)
    system.leave_interrupts_to_parent()
    assert signal.signal(signal.SIGINT, before) is signal.SIG_IGN


@pytest.mark.usefixtures("unix_less")
def test_where_nothing_tells_the_threads_all_are_used(monkeypatch):
    """As on macOS."""
    monkeypatch.delattr(psutil.Process, "cpu_affinity")
    assert len(system.threads()) == os.cpu_count()


def test_the_peak_of_this_process_rises_with_what_it_takes(monkeypatch):
    for status in (system.STATUS, Path("/nowhere")):  # from /proc, and as macOS tells it
        monkeypatch.setattr(system, "STATUS", status)
        before = system.peak_memory()
        assert before > 10 * 2**20
        np.ones(before + 2**27, dtype=np.uint8)
        assert system.peak_memory() > before + 2**26


def test_two_threads_of_a_core_are_one(tmp_path, monkeypatch):
    monkeypatch.setattr(system, "threads", lambda: {0, 1, 2, 4})
    assert system.cores(tmp_path) == 4
    for thread, siblings in enumerate(["0,4", "1,5", "2,6", "3,7", "0,4"]):
        file = tmp_path / f"cpu{thread}/topology/thread_siblings_list"
        file.parent.mkdir(parents=True)
        file.write_text(f"{siblings}\n")
    assert system.cores(tmp_path) == 3
    monkeypatch.setattr(psutil, "cpu_count", lambda **_: 2)
    assert system.cores(tmp_path / "nowhere") == 2


def test_pages_of_a_file_that_were_read_can_be_given_back(tmp_path):
    (tmp_path / "file").write_bytes(b"whole")
    with (tmp_path / "file").open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        system.give_back(mapped)
        assert mapped[:] == b"whole"
        mapped.close()


@pytest.mark.parametrize("process", [0x7FFFFFFF, 10**18 - 1])
def test_an_id_that_no_process_can_have_is_of_none(process):
    assert not system.is_running(process)


def test_a_lock_that_can_only_be_a_file_is_no_lock(tmp_path, monkeypatch):
    """An earlier filelock says it in another way, and knows no option against such a file."""

    class Earlier:
        def __init__(self, path):
            pass

        def acquire(self, timeout):
            raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(filelock, "FileLock", Earlier)
    with pytest.raises(OSError, match="no locks") as caught:
        system.take_lock(tmp_path / "lock")
    assert caught.value.errno in system.HAS_NO_LOCKS


def test_a_lock_that_windows_cannot_give_is_told(run, monkeypatch):
    """A network drive without locks answers that the function is invalid: EINVAL."""

    def refuse(*_, **__):
        raise OSError(errno.EINVAL, "Incorrect function")

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    notes = []
    with writing(run.folder, notes.append):
        pass
    assert [note for note in notes if "no locks" in note] == notes
    assert len(notes) == 1


def test_a_lock_is_of_one_holder_and_can_be_waited_for(tmp_path):
    release = system.take_lock(tmp_path / "lock")
    with pytest.raises(BlockingIOError):
        system.take_lock(tmp_path / "lock")
    release()
    began = time.monotonic()
    system.take_lock(tmp_path / "lock", wait=True)()
    assert time.monotonic() - began < 60


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("train.csv", "train.csv"),
        (r"C:\data\train.csv", r"C:\data\train.csv"),
        (r"C:\my data\train.csv", r'"C:\my data\train.csv"'),
        ("a&b", '"a&b"'),
        ("it's", '"it\'s"'),
    ],
)
def test_what_is_pasted_on_windows_has_double_quotes(text, quoted):
    assert system.quote(text) == quoted
    assert system.join(["kit", text]) == f"kit {quoted}"
    hints.carry([])
    command = hints.pasteable(f"`kaggle-kit download --from {quoted}`")
    assert command.endswith(f"download --from {quoted}`")


def test_on_windows_the_program_has_another_ending(monkeypatch, tmp_path):
    found = tmp_path / "kaggle-kit.EXE"
    monkeypatch.setattr("shutil.which", lambda _: str(found))
    for called in ("kaggle-kit.exe", "kaggle-kit"):  # as uv's and pip's launchers say it
        monkeypatch.setattr(sys, "argv", [str(tmp_path / called)])
        assert hints.program() == "kaggle-kit"
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "elsewhere/kaggle-kit.exe")])
    assert hints.program() == str(tmp_path / "elsewhere/kaggle-kit.exe")


def test_a_text_is_read_as_typed_and_a_path_as_the_locale_gives_it():
    """In an ASCII locale, Python gives the bytes of other letters as surrogates."""
    given = "Gr\udcc3\udcb6\udcc3\udc9fe"
    options = make_parser().parse_args(["submit", "--message", given, "--home", given])
    assert options.message == "Größe"
    assert str(options.home) == given


@pytest.mark.usefixtures("windows")
def test_the_mode_of_a_file_says_nothing_on_windows(tmp_path):
    (tmp_path / "kaggle.json").touch(0o666)
    assert exposed_file(Credentials("here", file=tmp_path / "kaggle.json")) is None


@pytest.mark.parametrize("name", ["nul", "CON", "aux.2", "com1", "deeper."])
def test_a_run_has_a_name_that_every_system_takes(tmp_path, name):
    with pytest.raises(InputError, match="Windows"):
        Home(tmp_path).run(name)


@pytest.mark.parametrize("name", ["console", "com10", "a.nul", "v1.2"])
def test_names_that_look_like_those_are_taken(tmp_path, name):
    assert Home(tmp_path).run(name).folder.name == name
