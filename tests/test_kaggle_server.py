"""Our own Kaggle is faithful: the official `kaggle` command, as it is, works with it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from kaggle_kit.competition import COMPETITIONS
from kaggle_kit.kaggle_client import KaggleClient

MNIST = COMPETITIONS["digit-recognizer"]


def run_kaggle(*arguments):
    command = [sys.executable, "-m", "kaggle", "competitions", *map(str, arguments)]
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


def test_nothing_leaves_the_machine(server):
    with pytest.raises(requests.ConnectionError):
        requests.get("https://www.kaggle.com", timeout=5)
    assert server.requests == [("leave", "www.kaggle.com:443")]


def test_runs_by_hand(server, folder, tmp_path, monkeypatch):
    """It prints what a shell needs, and Ctrl-C ends it."""
    data = tmp_path / "data.zip"
    data.write_bytes(server.kaggle.data)
    script = Path(__file__).with_name("kaggle_server.py")
    command = [sys.executable, str(script), "--zip", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for _ in server.environment:
            name, _, value = process.stdout.readline().removeprefix("export ").partition("=")
            monkeypatch.setenv(name, value.strip().strip("'"))
        path = KaggleClient().download(MNIST, folder)
        process.send_signal(signal.SIGINT)
    assert process.returncode == 0
    assert path.read_bytes() == data.read_bytes()
    assert os.environ["http_proxy"] != server.environment["http_proxy"]
