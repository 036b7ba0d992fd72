"""The fake Kaggle behaves like the real one: the official `kaggle` command works with it."""

import json
import os
import signal
import subprocess
import sys
import zipfile

import pytest
import requests
from repository import SUPPORT

from kaggle_kit.cli.main import main
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.kaggle.downloads import KaggleDownloads
from kaggle_kit.kaggle.kernel.metadata import read_kernel

MNIST = COMPETITIONS["digit-recognizer"]


def run_kaggle(*arguments, service="competitions"):
    command = [sys.executable, "-m", "kaggle", service, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_official_command_downloads_all_files(server, folder):
    run_kaggle("download", MNIST.slug, "-p", folder)
    assert (folder / "digit-recognizer.zip").read_bytes() == server.kaggle.data


def test_official_command_downloads_one_file(server, folder):
    run_kaggle("download", MNIST.slug, "-f", "train.csv", "-p", folder)
    assert (folder / "train.csv").read_bytes() == server.kaggle.read_file("train.csv")


def test_official_command_submits_and_lists(server, file):
    server.kaggle.pending_looks = 0
    assert "Successfully" in run_kaggle("submit", MNIST.slug, "-f", file, "-m", "by hand")
    listed = run_kaggle("submissions", MNIST.slug, "--csv")
    assert "by hand" in listed
    assert "0.75000" in listed


def test_official_command_lists_the_log_loss_of_a_competition(server, tmp_path):
    server.kaggle.slug, server.kaggle.metric = "cats", "Log Loss"
    server.kaggle.solution, server.kaggle.pending_looks = {"1": "1", "2": "0"}, 0
    (tmp_path / "half.csv").write_text("ImageId,Label\n1,0.5\n2,0.5\n")
    run_kaggle("submit", "cats", "-f", tmp_path / "half.csv", "-m", "half")
    assert "0.69315" in run_kaggle("submissions", "cats", "--csv")


def test_official_command_is_refused_where_only_notebooks_submit(server, file):
    server.kaggle.notebooks_only = True
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run_kaggle("submit", MNIST.slug, "-f", file, "-m", "by hand")
    assert "only accepts Submissions from Notebooks" in caught.value.stderr
    assert server.kaggle.submissions == []


def test_official_command_shows_the_leaderboard_and_the_limits(server, folder, file):
    run_kaggle("leaderboard", MNIST.slug, "--download", "-p", folder)
    with zipfile.ZipFile(folder / "digit-recognizer.zip") as archive:
        assert archive.read(*archive.namelist()) == server.kaggle.board
    run_kaggle("submit", MNIST.slug, "-f", file, "-m", "by hand")
    assert server.kaggle.get_submission_limits({})["numAllowedNow"] == 4


def test_official_command_pushes_our_notebook_and_fetches_its_output(server, tmp_path, folder):
    """The official client accepts our metadata and our notebook too."""
    assert main(["kernel", "build", "--home", str(tmp_path)]) == 0
    server.kaggle.makes = {"files": {"submission.csv": b"ImageId,Label\n1,7\n"}}
    built = tmp_path / "kernels" / MNIST.slug
    pushed = run_kaggle("push", "-p", built, service="kernels")
    assert "successfully pushed" in pushed
    assert "surprising" not in pushed
    kernel = "tester/kaggle-kit-digit-recognizer"
    statuses = [run_kaggle("status", kernel, service="kernels") for _ in range(3)]
    assert "COMPLETE" in statuses[-1]
    run_kaggle("output", kernel, "-p", folder, service="kernels")
    assert (folder / "submission.csv").read_bytes() == b"ImageId,Label\n1,7\n"
    sent = json.loads(server.kaggle.kernels[kernel].sent["text"])
    assert json.loads(read_kernel(built, MNIST)[1]) == sent


def test_nothing_leaves_the_machine(server):
    with pytest.raises(requests.ConnectionError):
        requests.get("https://www.kaggle.com", timeout=5)
    assert server.requests == [("leave", "www.kaggle.com:443")]


def test_runs_by_hand(server, folder, tmp_path, monkeypatch):
    """The server prints the variables that a shell needs, and Ctrl-C ends it."""
    data = tmp_path / "data.zip"
    data.write_bytes(server.kaggle.data)
    script = SUPPORT / "kaggle_server.py"
    command = [sys.executable, str(script), "--zip", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for _ in server.environment:
            name, _, value = process.stdout.readline().removeprefix("export ").partition("=")
            monkeypatch.setenv(name, value.strip().strip("'"))
        path = KaggleDownloads(MNIST).data(folder)
        process.send_signal(signal.SIGINT)
    assert process.returncode == 0
    assert path.read_bytes() == data.read_bytes()
    assert os.environ["http_proxy"] != server.environment["http_proxy"]
