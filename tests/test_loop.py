"""`make download`, `make tune`, `make submit` with the real client against our own Kaggle."""

import csv
import io
import os
import subprocess
import sys
import zipfile
from itertools import cycle, islice
from pathlib import Path

import pytest
from kaggle_server import KaggleServer

MAKEFILE = Path(__file__).parent.parent / "Makefile"


@pytest.fixture
def kaggle(sample_home, competition):
    """A Kaggle that has the sample as often as it takes to be of the competition's size.

    Repeated training rows are dropped on loading, so that training stays short.
    """
    folder = sample_home / "data" / competition.slug
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, rows in [("train.csv", 42_000), ("test.csv", 28_000)]:
            header, *lines = (folder / name).read_text().splitlines(keepends=True)
            archive.writestr(name, header + "".join(islice(cycle(lines), rows)))
        archive.writestr("sample_submission.csv", submission(["0"] * 28_000))
    with (folder / "solution.csv").open() as file:
        labels = [row["Label"] for row in csv.DictReader(file)]
    solution = submission(islice(cycle(labels), 28_000))
    with KaggleServer(memory.getvalue(), solution.encode()) as server:
        yield server


def submission(labels):
    rows = [f"{number},{label}\n" for number, label in enumerate(labels, start=1)]
    return "".join(["ImageId,Label\n", *rows])


@pytest.fixture
def make(tmp_path, kaggle):
    environment = os.environ | kaggle.environment | {"HOME": str(tmp_path / "home")}

    def run(target, arguments=""):
        command = ["make", "-f", MAKEFILE, target, "READY=", f"KIT={sys.executable} -m kaggle_kit"]
        return subprocess.run(
            [*command, f"ARGS={arguments}"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run


def test_from_kaggle_to_the_score_and_the_ledger(make, kaggle, tmp_path):
    def ledger():
        with (tmp_path / "submissions/ledger.csv").open() as file:
            return list(csv.DictReader(file))

    downloaded = make("download")
    assert downloaded.returncode == 0, downloaded.stderr
    assert "train.csv: 40,563 repeated rows were dropped" in downloaded.stderr
    assert "28,000 test images" in downloaded.stdout
    tuned = make("tune", "--trials 1 --folds 2 --epochs 2 --fit-epochs 3 --workers 1")
    assert tuned.returncode == 0, tuned.stderr

    dry = make("submit", "--dry-run --workers 1")
    assert dry.returncode == 0, dry.stderr
    assert "would send runs/default/submission.csv" in dry.stdout
    assert kaggle.kaggle.submissions == []

    submitted = make("submit", "--message honest")
    assert submitted.returncode == 0, submitted.stderr
    (sent,) = kaggle.kaggle.submissions
    assert sent.content == (tmp_path / "runs/default/submission.csv").read_bytes()
    assert sent.message == "honest"
    (row,) = ledger()
    assert (row["status"], row["message"], row["ref"]) == ("complete", "honest", str(sent.ref))
    assert float(row["public_score"]) > 0.3
    assert f"public score {row['public_score']}" in submitted.stdout
    assert "out-of-fold accuracy" in submitted.stdout.split("public score")[1]
    copy = tmp_path / "submissions" / "digit-recognizer" / f"{sent.ref}.csv"
    assert copy.read_bytes() == sent.content

    repeated = make("submit")
    assert "sent before, as number" in repeated.stderr
    assert f"public score {row['public_score']}" in repeated.stdout
    assert len(kaggle.kaggle.submissions) == 1

    without_waiting = make("submit", "--no-wait --again")
    assert "public score" not in without_waiting.stdout
    assert [row["status"] for row in ledger()] == ["complete", "pending"]
    later = make("submit")
    assert f"public score {row['public_score']}" in later.stdout
    assert [row["status"] for row in ledger()] == ["complete", "complete"]
    assert len(kaggle.kaggle.submissions) == 2

    kaggle.kaggle.solution = {"1": "0"}
    refused = make("submit", "--again")
    assert refused.returncode == 2  # make's own
    assert "error: Kaggle could not score submission" in refused.stderr
    assert "Submission must have 1 rows" in refused.stderr
    assert [row["status"] for row in ledger()] == ["complete", "complete", "error"]
