"""After any fault of a process or a disk, the same command goes on and ends with the same result.

The tests use separate processes and real signals, which are sent when the process reaches a
certain state. The disks are small file systems in memory. docs/reliability.md says what each
fault is, and what the kit promises.
"""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from repository import SUPPORT

from kaggle_kit.cli.main import main
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays

PLAN = [
    "--trials",
    "1",
    "--folds",
    "2",
    "--epochs",
    "12",
    "--fit-epochs",
    "30",
    "--members",
    "1",
    "--time-budget",
    "10m",
]
SHORT = [
    "--trials",
    "1",
    "--folds",
    "2",
    "--epochs",
    "1",
    "--fit-epochs",
    "2",
    "--members",
    "1",
    "--time-budget",
    "10m",
]
TWO, ONE = ("--workers", "2"), ("--workers", "1")
ON_ONE_CORE = """
import os, sys
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from kaggle_kit.cli.main import run
run()
"""


def run_of(home, name="default"):
    return Run(home / "runs" / name)


def trials_of(run):
    with run.trials.open() as file:
        return [dict(row, seconds="") for row in csv.DictReader(file)]


def predictions_of(run):
    arrays = {"oof": read_arrays(run.oof), "test": read_arrays(run.test)}
    return {f"{n} {k}": v for n, content in arrays.items() for k, v in content.items()}


def assert_same_search(run, undisturbed):
    assert trials_of(run) == trials_of(undisturbed)
    assert json.loads(run.best.read_text()) == json.loads(undisturbed.best.read_text())


def assert_same_ensemble(run, undisturbed):
    ours, theirs = predictions_of(run), predictions_of(undisturbed)
    assert ours.keys() == theirs.keys()
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name], err_msg=name)


def copied(source, home, *made):
    """Make a home with the data of another home, and with some of the files of its run."""
    shutil.copytree(source / "data", home / "data")
    for name in made:
        path = source / "runs/default" / name
        target = home / "runs/default" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(path, target) if path.is_dir() else shutil.copy(path, target)
    return home


SEARCHED = ("config.json", "folds.npz", "tuner", "trials.csv", "best.json")
FITTED = (*SEARCHED, "models", "history.csv", "familiar.npz", "oof.npz", "test.npz")


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory, sample_home):
    """A home in which a search with two workers ran without any fault."""
    home = copied(sample_home, tmp_path_factory.mktemp("undisturbed"))
    assert main(["tune", *PLAN, *TWO, "--home", str(home)]) == 0
    return home


@pytest.fixture
def begin(tmp_path):
    """Start `kaggle-kit` as the leader of a process group, with its output in a file."""
    begun = []

    def start(home, *arguments, program=("-m", "kaggle_kit")):
        said = tmp_path / f"said-{len(begun)}"
        with said.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, *program, *arguments, "--home", str(home)],
                process_group=0,
                stdout=file,
                stderr=file,
            )
        begun.append(process)
        return SimpleNamespace(process=process, pid=process.pid, said=said.read_text)

    yield start
    for process in begun:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(condition, command=None, seconds=180):
    deadline = time.monotonic() + seconds
    while not condition():
        assert command is None or command.process.poll() is None, command.said()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def workers_of(driver):
    """Return the ids of the worker processes of a driver."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if parent == driver and b"spawn_main" in stat.with_name("cmdline").read_bytes():
                found.append(int(stat.parent.name))
    return found


def test_tune_whose_worker_is_killed_ends_as_if_nothing_had_been(begin, undisturbed, tmp_path):
    """The fold begins again in another process, and no trial counts twice."""
    home = copied(undisturbed, tmp_path / "home")
    command = begin(home, "tune", *PLAN, *TWO)
    wait_until(lambda: "tune: fold" in command.said(), command)
    os.kill(workers_of(command.pid)[0], signal.SIGKILL)
    assert command.process.wait(timeout=180) == 0, command.said()
    note = "a worker process died (killed by SIGKILL); its task starts again"
    assert command.said().count(note) == 1
    assert_same_search(run_of(home), run_of(undisturbed))


@pytest.fixture(scope="session")
def short(tmp_path_factory, sample_home):
    """A home in which a search and a fit, as short as possible, ran without any fault."""
    home = copied(sample_home, tmp_path_factory.mktemp("short"))
    assert main(["tune", *SHORT, *ONE, "--home", str(home)]) == 0
    assert main(["fit", *ONE, "--home", str(home)]) == 0
    assert main(["submit", "--home", str(home)]) == 0
    return home


def test_fit_killed_with_9_keeps_others_out_while_it_lives_and_is_taken_over_when_it_is_dead(
    begin, short, tmp_path, capfd
):
    """A stopped process still holds the lock."""
    home = copied(short, tmp_path / "home", *SEARCHED)
    first = begin(home, "fit", *ONE)
    wait_until(lambda: "fit: fold" in first.said(), first)
    os.kill(first.pid, signal.SIGSTOP)
    for verb in ("tune", "fit"):
        assert main([verb, *ONE, "--home", str(home)]) == 1
        *_, error, hint = capfd.readouterr().err.splitlines()
        assert "run 'default' is being written by `kaggle-kit fit " in error
        assert f"(process {first.pid} on " in error
        assert "--run" in hint
    os.kill(first.pid, signal.SIGKILL)
    first.process.wait()
    assert main(["fit", *ONE, "--home", str(home)]) == 0
    assert "ended before it was done; this command continues from there" in capfd.readouterr().err
    assert_same_ensemble(run_of(home), run_of(short))


def test_killed_while_it_writes_each_of_its_files_the_kit_goes_on_and_ends_the_same(
    short, tmp_path
):
    """The process is killed once for every file of the run, with half of the file written."""
    home, log = copied(short, tmp_path / "home"), tmp_path / "log"
    log.touch()
    script = SUPPORT / "dying.py"
    command = [sys.executable, script, home, "default", log, *SHORT]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    run = run_of(home)
    files = {path.name for path in run.folder.rglob("*") if path.is_file()}
    assert set(log.read_text().splitlines()) == files
    assert [path.name for path in run.folder.rglob("*.part")] == []
    assert_same_search(run, run_of(short))
    assert_same_ensemble(run, run_of(short))
    assert run.submission.read_bytes() == run_of(short).submission.read_bytes()


@pytest.fixture
def disk(tmp_path):
    """A file system of 64 MiB, in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "kaggle-kit", place]
    said = subprocess.run(mount, capture_output=True, text=True, check=False)
    if said.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {said.stderr.strip()}")
    yield place
    # Files that are mapped into memory keep the disk busy until this process ends.
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(disk, room):
    """Leave `room` KiB of the disk free, and return the file that takes the rest."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - room * 1024)
    return filler


FORCED = ["download", "--from", "sample", "--force"]
# The files that exist before, the command that is run, and the KiB that are free for it.
STAGES = {
    "download": ((), FORCED, 0),
    "download half": ((), FORCED, 3000),
    "tune": ((), ["tune", *SHORT, *ONE], 0),
    "fit": (SEARCHED, ["fit", *ONE], 0),
    "fit half": (SEARCHED, ["fit", *ONE], 500),
    "submit": (FITTED, ["submit"], 0),
    "report": (FITTED, ["report"], 0),
}


@pytest.mark.parametrize(("made", "arguments", "room"), STAGES.values(), ids=STAGES)
def test_on_a_full_disk_a_stage_ends_in_one_line_and_goes_on_when_there_is_room(
    made, arguments, room, disk, short, capfd
):
    home = copied(short, disk / "home", *made)
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    filler = fill(disk, room)
    command = [*arguments, "--home", str(home)]
    assert main(command) == 1
    said = capfd.readouterr().err
    full = r"^error: .*(No space left on device|disk is full).*\nhint: .*space$"
    assert re.search(full, said, re.MULTILINE), said
    assert "Traceback" not in said
    assert list(home.rglob("*.part")) == []
    assert {path: path.read_bytes() for path in before} == before
    filler.unlink()
    if arguments[0] != "report":  # the next test makes a report
        assert main(command) == 0
    if arguments[0] == "fit":
        assert_same_ensemble(run_of(home), run_of(short))


def test_a_home_that_is_read_only_is_told_in_one_line_and_can_still_be_read(
    disk, short, tmp_path, capfd
):
    home = copied(short, disk / "home", *FITTED)
    shutil.copytree(run_of(home).folder, run_of(home, "begun").folder)
    shutil.rmtree(run_of(home, "begun").models)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    where = ["--home", str(home)]
    for arguments in (
        FORCED,
        ["tune", *SHORT, *ONE, "--run", "new"],
        ["fit", *ONE, "--run", "begun"],
        ["submit"],
    ):
        assert main([*arguments, *where]) == 1
        assert re.search(
            "^error: .*Read-only file system\nhint: ", capfd.readouterr().err, re.MULTILINE
        )
    for arguments in (["tune"], ["fit"], ["runs"], ["report", "--out", str(tmp_path / "page")]):
        assert main([*arguments, *where]) == 0


def test_one_core_and_2_gib_are_enough_to_tune_and_fit(begin, short, tmp_path):
    """The test compares the memory use that the kit itself reports."""
    home = copied(short, tmp_path / "home")
    for arguments in (["tune", *SHORT], ["fit"]):
        command = begin(home, *arguments, program=("-c", ON_ONE_CORE))
        assert command.process.wait(timeout=180) == 0, command.said()
        (most,) = re.findall(r"^memory at most: ([\d.]+) GiB$", command.said(), re.MULTILINE)
        assert float(most) < 1  # real data take half a GiB more
