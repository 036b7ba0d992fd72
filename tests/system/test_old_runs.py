"""A run that version 0.1.0 made still works with every command."""

import os
import shutil
import signal
import urllib.request

import numpy as np
import pytest
from old_run import FOLDER, SMALL, write_data

from kaggle_kit.api.demo import serve
from kaggle_kit.api.job import Job
from kaggle_kit.cli.main import main
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data.dataset import load_train
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.paths import Home
from kaggle_kit.workspace.storage import read_arrays, read_table


@pytest.fixture
def job(tmp_path, monkeypatch):
    """The old run in a separate home, with the data from which it was made."""
    monkeypatch.setitem(COMPETITIONS, SMALL.slug, SMALL)
    home = Home(tmp_path)
    run = home.run("default")
    shutil.copytree(FOLDER, run.folder, ignore=shutil.ignore_patterns("README.md"))
    source = write_data(tmp_path / "small.zip")
    assert main(["download", "--from", str(source), "--home", str(tmp_path)]) == 0
    return Job(SMALL, home, run)


def kit(job, *arguments):
    return main([*arguments, "--home", str(job.home.folder)])


def test_it_is_listed(job, capsys):
    assert kit(job, "runs") == 0
    header, row = (line.split() for line in capsys.readouterr().out.splitlines()[-2:])
    told = dict(zip(header, row, strict=True))
    assert told["run"] == "default"
    assert (told["preset"], told["family"], told["state"]) == ("standard", "dense", "fitted")
    assert (told["CV"], told["of"], told["nets"]) == ("0.5233", "oof", "4")


def test_its_networks_predict_what_they_did(job):
    oof = read_arrays(job.run.oof)
    images = load_train(job.data, SMALL).images
    logits = Ensemble.load(job.run).out_of_fold_logits(images, oof["fold"])
    np.testing.assert_allclose(logits, oof["logits"], atol=1e-3)


def test_nothing_of_it_is_trained_again_and_it_is_submitted(job, capsys):
    before = job.run.submission.read_bytes()
    job.run.submission.unlink()
    assert kit(job, "tune") == 0
    assert kit(job, "submit", "--dry-run") == 0
    said = capsys.readouterr().err
    assert "the search is already done" in said
    assert "the ensemble is already there" in said
    assert job.run.submission.read_bytes() == before


def test_its_search_is_resumed(job):
    before = read_table(job.run.trials).set_index("trial")
    assert kit(job, "tune", "--trials", "3", "--workers", "1") == 0
    after = read_table(job.run.trials).set_index("trial")
    assert sorted(after.index) == [0, 1, 2]
    for column in ("status", "mean_test_score", "seconds"):
        assert after.loc[before.index, column].tolist() == before[column].tolist()
    assert Best.read(job.run.best).plan["trials"] == 3


def test_it_is_reported(job, capsys):
    assert kit(job, "report") == 0
    assert "0.5233" in job.run.card.read_text()
    page = (job.run.report / "index.html").read_text()
    assert "169124a87a51" in page
    assert str(job.run.card) in capsys.readouterr().out


def test_it_is_exported(job, capsys):
    assert kit(job, "export") == 0
    assert "same label on 60 of 60 images of the test set" in capsys.readouterr().out


def test_it_is_served(job):
    """Serve the page until it has answered, then stop as with Ctrl-C."""
    told = []

    def tell(line):
        told.append(line)
        if line.startswith("ready"):
            with urllib.request.urlopen(told[0], timeout=10) as answer:
                told.append(answer.status)
            os.kill(os.getpid(), signal.SIGINT)

    serve(job, tell)
    assert told[-1] == 200
