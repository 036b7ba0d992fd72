import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kaggle_kit.workspace.files import (
    locked,
    remove_leftovers,
    replacing,
    replacing_folder,
    write_bytes,
)


def write_part(path):
    path.write_bytes(b"part")
    raise ZeroDivisionError


def test_a_failure_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        write_part(temporary)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_readers_see_the_old_content_until_the_new_is_whole(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with replacing(path) as temporary:
        temporary.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_a_new_file_has_the_rights_that_any_program_would_give_it(tmp_path):
    write_bytes(tmp_path / "ours", b"")
    (tmp_path / "theirs").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "theirs").stat().st_mode


def test_a_failure_half_way_leaves_the_old_folder_and_nothing_else(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old").touch()
    with pytest.raises(ZeroDivisionError), replacing_folder(folder) as temporary:
        write_part(temporary / "half")
    assert list(folder.iterdir()) == [folder / "old"]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_is_replaced_with_all_that_was_in_it(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old").touch()
    with replacing_folder(folder) as temporary:
        (temporary / "new").touch()
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_a_kill_while_folders_change_places_loses_neither(tmp_path, monkeypatch):
    """While the old folder is not in its place, both folders exist under temporary names."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old").touch()
    seen = []
    rename = Path.replace

    def watch(path, target):
        if not folder.exists():
            seen.append({file.name for file in tmp_path.rglob("*") if file.is_file()})
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", watch)
    with replacing_folder(folder) as temporary:
        (temporary / "new").touch()

    assert seen == [{"old", "new"}]
    assert list(tmp_path.iterdir()) == [folder]


def test_the_old_folder_comes_back_if_the_new_cannot_take_its_place(tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "old").touch()
    rename = Path.replace

    def fail(path, target):
        if (path / "new").exists():
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="Input"), replacing_folder(folder) as temporary:
        (temporary / "new").touch()

    assert [path.name for path in folder.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [folder]


def test_leftovers_go_once_their_process_is_gone_and_nothing_else_does(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    kept = [f".a.csv.{os.getppid()}-x.part", ".a.csv.x.part", "a.part", ".config", ".a-1b-x"]
    earlier_with_our_number = f".a.csv.{os.getpid()}-x.part"
    for name in [*kept, f".a.csv.{gone.pid}-x_1.part", earlier_with_our_number]:
        (tmp_path / name).touch()
    (tmp_path / f".incoming-{gone.pid}-abc" / "in").mkdir(parents=True)

    remove_leftovers(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


@pytest.mark.parametrize("call", ["fsync", "chmod", "flock"])
@pytest.mark.parametrize("number", [errno.EINVAL, errno.EPERM, errno.ENOSYS, errno.ENOTSUP])
def test_what_a_file_system_cannot_do_costs_no_file(tmp_path, monkeypatch, call, number):
    """As network and FUSE file systems answer."""

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl if call == "flock" else os, call, refuse)
    with locked(tmp_path / "lock"):
        write_bytes(tmp_path / "file", b"whole")
    with replacing_folder(tmp_path / "folder") as folder:
        (folder / "inside").write_bytes(b"whole")
    assert (tmp_path / "file").read_bytes() == (tmp_path / "folder/inside").read_bytes() == b"whole"


def test_a_disk_that_fails_while_it_syncs_is_an_error(tmp_path, monkeypatch):
    def fail(_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        write_bytes(tmp_path / "file", b"half")
    assert list(tmp_path.iterdir()) == []
