"""`make download`, `make tune`, `make submit` with the real client and the fake Kaggle."""

import csv
import dataclasses
import os
import subprocess
import sys

import pytest
from kaggle_server import KaggleServer
from repository import ROOT

MAKEFILE = ROOT / "Makefile"


@pytest.fixture
def kaggle(whole_data):
    with KaggleServer(*whole_data) as server:
        yield server


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

    said = [line.split() for line in later.stdout.splitlines()]
    head = ["number", "time,", "UTC", "run", "CV", "mean", "±", "std"]
    first = said.index([*head, "public", "difference", "message"])
    assert [row[0] for row in said[first + 1 : first + 3]] == [str(sent.ref), str(sent.ref + 1)]

    kaggle.kaggle.submissions.append(dataclasses.replace(sent, ref=77, message="by hand"))
    synchronised = make("submit", "--sync")
    assert "up to date: submissions/ledger.csv, 1 new or changed" in synchronised.stdout
    assert "by hand" in [row["message"] for row in ledger()]
    kaggle.kaggle.submissions.pop()

    check_refusals(make, kaggle, tmp_path / "submissions/ledger.csv")


def check_refusals(make, kaggle, ledger):
    kaggle.kaggle.solution = {"1": "0"}
    kaggle.kaggle.submissions.clear()
    ledger.unlink()
    refused = make("submit")
    assert refused.returncode == 2  # the exit status of make
    assert "error: Kaggle could not score submission" in refused.stderr
    assert "Submission must have 1 rows" in refused.stderr
    assert ",error," in ledger.read_text()
    repeated = make("submit")
    assert repeated.returncode == 2
    assert "error: Kaggle could not score this very file when it was sent" in repeated.stderr
    assert "Submission must have 1 rows" in repeated.stderr
    assert "--again" in repeated.stderr
    assert len(kaggle.kaggle.submissions) == 1
