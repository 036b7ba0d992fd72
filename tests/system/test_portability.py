"""The kit on a system without the names that only Unix has, in an ASCII locale, in an odd folder.

The seam of the first is `support/unixless/sitecustomize.py`: the kit's own modules, in workers too,
do not find these names. What only a real machine can show is listed in docs/systems.md.
"""

import json
import os
import re
import subprocess
import sys

import pytest
from repository import ROOT, SUPPORT

CHECK = ROOT / "scripts" / "portability"
UNIXLESS = {"PYTHONPATH": str(SUPPORT / "unixless"), "PORTABILITY": str(CHECK)}
# With LC_ALL=C alone, Python reads and writes UTF-8.
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
ODD = "Größe 数字 it's (1) & more"
PLAN = "--trials 1 --folds 2 --epochs 1 --fit-epochs 2 --members 1 --workers 2 --time-budget 10m"
# All verbs in one process, which starts workers.
STEPS = """
import sys
from kaggle_kit.cli.main import _prepare_streams, main
_prepare_streams()
home, *steps = sys.argv[1:]
for step in steps:
    print("$", step, home, flush=True)
    if status := main([*step.split(), "--home", home]):
        sys.exit(status)
"""
CORE = ["tests/workspace", "tests/data/layouts/test_decoding.py"]
# Windows has no call that gives back the memory of a mapped file.
CORE += ["-k", "not one_block_is_in_memory"]


def run(program, cwd, *, warned=True, **environment):
    """Run Python; return what it wrote on standard output and on standard error, as bytes.

    By default, Python warns of text in the encoding of the locale.
    """
    options = ["-X", "warn_default_encoding"] if warned else []
    done = subprocess.run(
        [sys.executable, *options, *map(str, program)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-4000:]
    return done.stdout, done.stderr


def assert_own_text_is_utf_8(err):
    """No file or pipe of the kit is read or written in the encoding of the locale."""
    warned = re.findall(rb"^(\S*kaggle_kit\S*:\d+): EncodingWarning", err, re.MULTILINE)
    assert warned == []


VERBS = [
    "download --from sample",
    f"tune {PLAN}",
    "submit --dry-run",
    "report",
    "runs",
]


@pytest.fixture
def odd_folder(tmp_path):
    folder = tmp_path / ODD
    folder.mkdir()
    return folder


def test_quickstart_needs_no_name_that_only_unix_has_and_no_plain_folder(odd_folder):
    command = ["-m", "kaggle_kit", "quickstart", "--home", odd_folder]
    out, err = run(command, odd_folder.parent, **UNIXLESS)
    said = out.decode()
    assert "accuracy on the sample's held-out labels 0.9" in said
    assert str(odd_folder / "runs/default/submission.csv") in said
    assert_own_text_is_utf_8(err)
    run_folder = odd_folder / "runs" / "default"
    assert (run_folder / "report" / "index.html").exists()
    config = json.loads((run_folder / "config.json").read_text(encoding="utf-8"))
    assert config["machine"]["memory_gib"] > 0


def test_the_core_of_the_tests_passes_without_them():
    """The seam is real: the kit of these tests finds no `fcntl`, and their libraries do."""
    probe = "from kaggle_kit import system; print(hasattr(system.os, 'fork'), hasattr(os, 'fork'))"
    out, _ = run(["-c", f"import os; {probe}"], ROOT, **UNIXLESS)
    assert out.split() == [b"False", b"True"]
    tests = ["-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *CORE]
    run(tests, ROOT, warned=False, **UNIXLESS)


def test_every_step_runs_in_an_ascii_locale_in_a_folder_that_ascii_cannot_name(odd_folder):
    out, err = run(["-c", STEPS, odd_folder, *VERBS], odd_folder.parent, **ASCII)
    assert out.isascii()
    assert b"Gr" in out
    assert b"submission.csv" in out
    assert_own_text_is_utf_8(err)
    report = odd_folder / "runs/default/report/index.html"
    assert "Größe 数字" in report.read_text(encoding="utf-8")
    config = json.loads((odd_folder / "runs/default/config.json").read_bytes())
    assert config["command"]


def test_the_kit_uses_no_name_that_only_unix_has_outside_its_guard():
    run([CHECK], ROOT)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("import os; os.getpgrp()", "os.getpgrp is missing on Windows"),
        ("import os as system; system.fork()", "os.fork is missing"),
        ("from signal import SIGHUP", "signal.SIGHUP is missing"),
        ("import pwd", "the module pwd is missing"),
        ("import os; getattr(os, 'getuid')()", "os.getuid is missing"),
        ("import os; os.kill(1, 0)", "os.kill ends the process"),
        ("import socket; socket.AF_UNIX", "socket.AF_UNIX is missing"),
        ("import subprocess; subprocess.run(['sh', '-c', 'ls'])", "the program sh may be missing"),
        ("import subprocess; subprocess.run(['git'], text=True)", "in the encoding of the locale"),
        ("from pathlib import Path; Path('/proc/stat')", "/proc/stat is a path of Unix"),
        ("from pathlib import Path; Path('a').read_text()", "uses the encoding of the locale"),
        ("open('a', 'w')", "uses the encoding of the locale"),
        ("import sys; sys.platform", "asks which system this is"),
        ("import multiprocessing as m; m.get_context('fork')", "only with 'spawn'"),
    ],
)
def test_a_use_of_what_other_systems_lack_is_found(tmp_path, line, told):
    (tmp_path / "module.py").write_text(f"{line}\n")
    done = subprocess.run(
        [sys.executable, CHECK, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert told in done.stdout


def test_what_every_system_has_is_not_found(tmp_path):
    (tmp_path / "module.py").write_text(
        "import os, signal, subprocess, time\n"
        "os.cpu_count(), os.umask(0), signal.SIGINT, signal.SIGTERM, time.monotonic()\n"
        "os.replace('a', 'b'), os.open('a', os.O_RDONLY), open('a', 'rb')\n"
        "open('a', encoding='utf-8'), subprocess.run(['git', 'status'], encoding='utf-8')\n"
    )
    run([CHECK, tmp_path], ROOT)
