import errno
import fcntl
import json
import os
import platform
import signal
import subprocess
import sys

import pytest

from kaggle_kit.errors import RunError
from kaggle_kit.workspace.lock import writing

HOLD = """
import sys
from pathlib import Path
from kaggle_kit.workspace.lock import writing
sys.argv = ["kaggle-kit", "tune"]
with writing(Path(sys.stdin.readline().strip()), print):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def hold(run):
    """Start a process that holds the lock of the run until it gets a line, or is killed."""
    begun = []

    def start():
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        process = subprocess.Popen([sys.executable, "-c", HOLD], **pipes)
        begun.append(process)
        process.stdin.write(f"{run.folder}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def take(run):
    """Take the lock; return the messages that `note` got."""
    notes = []
    with writing(run.folder, notes.append):
        return notes


def test_a_second_writer_is_told_who_is_the_first_and_since_when(run, hold):
    first = hold()
    who = rf"`kaggle-kit tune` \(process {first.pid} on {platform.node()}, since \d{{4}}-.*:\d\d\)"
    with pytest.raises(RunError, match=f"run 'default' is being written by {who}") as caught:
        take(run)
    assert "--run" in caught.value.hint
    first.communicate("done\n")
    assert first.returncode == 0
    assert take(run) == []


def test_what_a_killed_writer_left_is_taken_over_and_told_of(run, hold):
    first = hold()
    half_written = run.models / f".fold0.weights.h5.{first.pid}-x.part"
    half_written.parent.mkdir(parents=True)
    half_written.touch()
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    (note,) = take(run)
    assert f"process {first.pid} on" in note
    assert "ended before it was done" in note
    assert not half_written.exists()
    assert take(run) == []


def test_a_writer_that_fails_leaves_nothing_to_take_over(run):
    with pytest.raises(ZeroDivisionError), writing(run.folder, print):
        raise ZeroDivisionError
    assert take(run) == []


def test_a_run_that_is_copied_takes_no_lock_along(run, hold):
    hold()
    run.folder.mkdir(parents=True, exist_ok=True)
    copy = run.folder.rename(run.folder.with_name("copy"))
    assert list(copy.iterdir()) == []
    with writing(copy, print):
        pass


@pytest.mark.parametrize("content", ["{", "[]", '{"process": 1}', "\x00"])
def test_a_torn_note_of_who_has_the_lock_harms_nothing(run, content):
    holder = run.folder.with_name(".default.holder")
    holder.parent.mkdir(parents=True)
    holder.write_text(content)
    assert take(run) == []
    assert holder.read_text() == ""


def test_where_no_lock_can_be_had_the_work_goes_on(run):
    run.folder.parent.touch()  # a file where the folder of runs should be
    assert take(run) == []


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP])
def test_where_there_are_no_locks_the_user_is_told_and_nobody_is_taken_for_dead(
    run, hold, monkeypatch, number
):
    """The process named in the file may still be running, so the file is not changed."""
    hold()
    noted = run.folder.with_name(".default.holder").read_text()

    def none_here(*_):
        raise OSError(number, "no locks here")

    monkeypatch.setattr(fcntl, "flock", none_here)
    (told,) = take(run)
    assert "no locks" in told
    assert run.folder.with_name(".default.holder").read_text() == noted
    assert sorted(path.name for path in run.folder.parent.iterdir()) == [
        ".default.holder",
        ".default.lock",
    ]


def test_who_has_the_lock_is_noted_as_one_object(run):
    with writing(run.folder, print):
        about = json.loads(run.folder.with_name(".default.holder").read_text())
    assert about["process"] == os.getpid()
