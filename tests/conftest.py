"""Fixtures: a fake Kaggle server, the embedded sample, and small runs on the sample."""

import csv
import dataclasses
import io
import os
import shutil
import subprocess
import sys
import zipfile
from itertools import cycle, islice

import numpy as np
import pytest
from fake_kaggle import make_zip
from kaggle_server import KaggleServer

from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.kaggle.downloads import KaggleDownloads
from kaggle_kit.kaggle.submissions import KaggleSubmissions
from kaggle_kit.workspace.paths import Run

# A make that the tests start must ignore the settings of a make that started the tests.
for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
    os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def _compiled_programs(tmp_path_factory):
    """Share compiled programs between the tests, and leave none of them behind."""
    cache = tmp_path_factory.mktemp("cache")
    os.environ |= {"XDG_CACHE_HOME": str(cache), "MPLCONFIGDIR": str(cache)}


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory):
    """A home with the embedded sample downloaded; tests must not write to it."""
    from kaggle_kit.cli.main import main

    home = tmp_path_factory.mktemp("home")
    assert main(["download", "--from", "sample", "--home", str(home)]) == 0
    return home


@pytest.fixture(scope="session")
def explained_home(tmp_path_factory, sample_home):
    """A home with a run on the sample that can read drawn digits; tests must not write to it."""
    from kaggle_kit.cli.main import main
    from kaggle_kit.workspace.fit_status import load_evaluation

    home = tmp_path_factory.mktemp("explained")
    shutil.copytree(sample_home / "data", home / "data")
    # This preset leaves enough time: the length of the training must not depend on the machine.
    plan = "--preset standard --trials 1 --folds 2 --members 1 --epochs 2 --fit-epochs 25"
    assert main(["tune", *plan.split(), "--workers", "1", "--home", str(home)]) == 0
    assert main(["fit", "--workers", "1", "--home", str(home)]) == 0
    assert load_evaluation(Run(home / "runs" / "default")).accuracy > 0.95
    return home


@pytest.fixture(scope="session")
def competition():
    return COMPETITIONS["digit-recognizer"]


@pytest.fixture(scope="session")
def problem():
    return DIGITS


@pytest.fixture(scope="session")
def digits(sample_home, competition):
    """300 of the sample's training images."""
    from kaggle_kit.data.dataset import load_train

    every = load_train(sample_home / "data" / competition.slug, competition)
    rows = np.random.default_rng(0).choice(len(every.images), 300, replace=False)
    return dataclasses.replace(every, images=every.images[rows], labels=every.known_labels[rows])


@pytest.fixture(scope="session")
def one_of_each(digits):
    """One image of each class, shape (10, 28, 28)."""
    return digits.images[[np.argmax(digits.known_labels == digit) for digit in range(10)]]


@pytest.fixture(scope="session")
def whole_data(sample_home, competition):
    """The sample, repeated until it has the size of the competition: a zip, and its solution.

    Repeated training rows are dropped on loading, so training stays short.
    """

    def submission(labels):
        rows = [f"{number},{label}\n" for number, label in enumerate(labels, start=1)]
        return "".join(["ImageId,Label\n", *rows])

    folder = sample_home / "data" / competition.slug
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, rows in [("train.csv", 42_000), ("test.csv", 28_000)]:
            header, *lines = (folder / name).read_text().splitlines(keepends=True)
            archive.writestr(name, header + "".join(islice(cycle(lines), rows)))
        archive.writestr("sample_submission.csv", submission(["0"] * 28_000))
    with (folder / "solution.csv").open() as file:
        labels = [row["Label"] for row in csv.DictReader(file)]
    return memory.getvalue(), submission(islice(cycle(labels), 28_000)).encode()


@pytest.fixture
def run(tmp_path):
    return Run(tmp_path / "runs" / "default")


@pytest.fixture
def kit(tmp_path):
    """Run `kaggle-kit` as a separate process; with `wait=False`, return it while it runs.

    With `wait=False`, it leads a process group, like a command that is typed into a terminal.
    """

    def start(*arguments, wait=True, **environment):
        command = [sys.executable, "-m", "kaggle_kit", *map(str, arguments)]
        process = subprocess.Popen(
            command,
            process_group=None if wait else 0,
            cwd=tmp_path,
            env=os.environ | environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if not wait:
            return process
        out, err = process.communicate(timeout=240)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    return start


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A package of two modules, committed to a git repository."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)  # those of a git hook name another repository
    package = tmp_path / "checkout" / "kaggle_kit"
    for folder in ("workspace", "sub"):
        (package / folder).mkdir(parents=True)
    for name in ["workspace/provenance.py", "sub/b.py"]:
        (package / name).touch()
    (package.parent / ".gitignore").write_text("*.pyc\n")
    us = ["-c", "user.name=us", "-c", "user.email=us@example.org", "-c", "commit.gpgsign=no"]
    for command in [["init", "-q"], ["add", "."], [*us, "commit", "-q", "-m", "all"]]:
        subprocess.run(["git", "-C", package.parent, *command], check=True)
    return package


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A server that the client of this process reaches; no other credentials are set."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KAGGLE_KERNEL_RUN_TYPE", raising=False)
    with KaggleServer(make_zip()) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.fixture
def client(competition):
    return KaggleSubmissions(competition, timeout=5.0, attempts=3, pause=0.001)


@pytest.fixture
def downloads(competition):
    return KaggleDownloads(competition, timeout=5.0, attempts=3, pause=0.001)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder


@pytest.fixture
def file(tmp_path):
    """A submission in which three of four labels are correct."""
    file = tmp_path / "submission.csv"
    file.write_text("ImageId,Label\n1,7\n2,1\n3,0\n4,9\n")
    return file
