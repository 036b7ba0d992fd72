"""The output of a notebook at a fake Kaggle, fetched into a run that may be there already."""

import dataclasses
import hashlib
import json

import pytest

from kaggle_kit.cli.main import main
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.kaggle.kernel.metadata import make_metadata
from kaggle_kit.kaggle.kernel.runtime import SUMS
from kaggle_kit.kaggle.kernels import KaggleKernels

MNIST = COMPETITIONS["digit-recognizer"]
NAME = "tester/kaggle-kit-digit-recognizer"
OURS, MINE = b"ImageId,Label\n1,7\n2,1\n", b"ImageId,Label\n1,7\n2,2\n"
RUN = "runs/default-kaggle"
MADE = {
    "submission.csv": OURS,
    f"{RUN}/submission.csv": OURS,
    f"{RUN}/best.json": b'{"family": "dense"}',
    f"{RUN}/report/index.html": b"the report",
    f"{RUN}/models/fold0.weights.h5": bytes(1000),
}


def with_sums(files, noted=None):
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    return files | {SUMS: json.dumps(sums | (noted or {})).encode()}


@pytest.fixture
def run(tmp_path):
    return tmp_path / "my home" / RUN


@pytest.fixture
def fetch(server, tmp_path, monkeypatch, capsys):
    """Fetch files as the output of a notebook; return the status and what was said."""
    monkeypatch.setitem(COMPETITIONS, MNIST.slug, dataclasses.replace(MNIST, test_rows=2))
    home = tmp_path / "my home"
    assert main(["kernel", "build", "--owner", "tester", "--home", str(home)]) == 0
    KaggleKernels(MNIST, pause=0.001).push(make_metadata(MNIST, "tester", gpu=False), "{}")
    capsys.readouterr()

    def call(files):
        kernel = server.kaggle.kernels[NAME]
        kernel.files, kernel.looks = files, 9
        status = main(["kernel", "output", "--home", str(home)])
        said = capsys.readouterr()
        return status, said.out + said.err

    return call


def test_what_other_cells_made_is_kept_with_its_checksums(fetch, run):
    files = {"figures/a.png": b"a", "blend/b/c.npy": b"c", "notes.txt": b"n"}
    status, said = fetch(with_sums(MADE | files))
    assert status == 0
    assert "(9 files, checksums verified)" in said
    for name, content in files.items():
        assert (run / name).read_bytes() == content
    assert not (run / "runs").exists()


def test_files_without_a_checksum_are_kept_and_not_called_verified(fetch, run):
    status, said = fetch(with_sums(MADE) | {"figures/a.png": b"a"})
    assert status == 0
    assert "(7 files, checksums of 5 verified)" in said
    assert (run / "figures" / "a.png").read_bytes() == b"a"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("best.json", "output/best.json"),
        ("models", "output/models"),
        ("best.json/a.png", "output/best.json/a.png"),
        ("models/mine.h5", "models/mine.h5"),
        ("runs/other/best.json", "output/runs/other/best.json"),
    ],
)
def test_the_runs_own_files_keep_their_places(fetch, run, name, place):
    assert fetch(with_sums(MADE) | {name: b"mine"})[0] == 0
    assert (run / place).read_bytes() == b"mine"
    assert (run / "best.json").read_bytes() == MADE[f"{RUN}/best.json"]


def test_a_file_that_a_later_cell_changed_is_kept_and_told(fetch, run):
    noted = {"figures/a.png": "0" * 64, "figures/b.png": "1" * 64}
    status, said = fetch(with_sums(MADE, noted) | {"figures/a.png": b"a"})
    assert status == 0
    assert "changed after the notebook noted their checksums: figures/a.png, figures/b.png" in said
    assert (run / "figures" / "a.png").read_bytes() == b"a"


def test_a_file_of_the_run_with_a_wrong_checksum_is_refused(fetch, run):
    status, said = fetch(with_sums(MADE) | {f"{RUN}/best.json": b"<html>busy</html>"})
    assert status == 1
    assert f"{RUN}/best.json of the notebook's output is not what the notebook wrote" in said
    assert not run.exists()


class TestSubmission:
    def test_of_the_run_is_the_one_that_is_checked_and_kept(self, fetch, run):
        status, said = fetch(with_sums(MADE | {f"{RUN}/submission.csv": b"ImageId,Label\n1,x\n"}))
        assert status == 1
        assert f"the notebook's {RUN}/submission.csv, line 2: Label is 'x'" in said
        assert not run.exists()

    @pytest.mark.parametrize("is_noted", [True, False])
    def test_of_another_cell_is_kept_beside_and_told(self, fetch, run, is_noted):
        files = MADE | {"submission.csv": MINE}
        made = with_sums(files) if is_noted else with_sums(MADE) | files
        status, said = fetch(made)
        assert status == 0
        assert (run / "submission.csv").read_bytes() == OURS
        assert (run / "output" / "submission.csv").read_bytes() == MINE
        assert "the notebook's own submission.csv differs from that of its run" in said
        assert f"copy it over {run / 'submission.csv'}" in said

    def test_alone_is_checked_and_becomes_that_of_the_run(self, fetch, run):
        files = {name: made for name, made in MADE.items() if name != f"{RUN}/submission.csv"}
        assert fetch(with_sums(files))[0] == 0
        assert (run / "submission.csv").read_bytes() == OURS

    def test_is_found_in_the_run_alone(self, fetch, run):
        files = {name: made for name, made in MADE.items() if name != "submission.csv"}
        assert fetch(with_sums(files))[0] == 0
        assert (run / "submission.csv").read_bytes() == OURS


class TestSecondFetch:
    @pytest.fixture(autouse=True)
    def _first(self, fetch):
        assert fetch(with_sums(MADE))[0] == 0

    def test_of_the_same_version_replaces_nothing_that_was_made_here(self, fetch, run):
        (run / "report" / "index.html").write_bytes(b"made here")
        (run / "figures").mkdir()
        (run / "figures" / "mine.png").write_bytes(b"mine")
        (run / "best.json").unlink()
        status, said = fetch(with_sums(MADE))
        assert status == 0
        assert "kept, because made or edited here: figures/mine.png, report/index.html" in said
        assert (run / "report" / "index.html").read_bytes() == b"made here"
        assert (run / "figures" / "mine.png").read_bytes() == b"mine"
        assert (run / "best.json").read_bytes() == MADE[f"{RUN}/best.json"]

    def test_of_another_version_replaces_what_came_from_kaggle(self, fetch, run):
        newer = MADE | {f"{RUN}/best.json": b"{}"}
        status, said = fetch(with_sums(newer))
        assert status == 0
        assert "kept" not in said
        assert (run / "best.json").read_bytes() == b"{}"
        assert [path.name for path in run.parent.iterdir() if path.is_dir()] == [run.name]

    def test_of_another_version_keeps_a_run_that_was_added_to(self, fetch, run):
        for number in ("1", "2"):
            (run / "notes.txt").write_text(number)
            newer = MADE | {f"{RUN}/best.json": number.encode()}
            status, said = fetch(with_sums(newer))
            assert status == 0
            before = run.with_name(f"default-kaggle-{number}")
            assert f"the run fetched before is kept as {before}" in said
            assert (before / "notes.txt").read_text() == number
            assert (run / "best.json").read_text() == number
            assert not (run / "notes.txt").exists()

    @pytest.mark.parametrize("is_older", [False, True])
    def test_of_another_version_replaces_files_that_have_no_checksum(self, fetch, run, is_older):
        """Kaggle writes such files; of what an older kit fetched, only checksums are known."""
        extra = {} if is_older else {"__results__.html": b"Kaggle's", ".cache/a": b"a"}
        assert fetch(with_sums(MADE | {f"{RUN}/best.json": b"{}"}) | extra)[0] == 0
        if is_older:
            (run / "fetched.json").unlink()
        status, said = fetch(with_sums(MADE) | extra)
        assert status == 0
        assert "kept" not in said
        assert [path.name for path in run.parent.iterdir() if path.is_dir()] == [run.name]

    def test_says_nothing_if_nothing_changed(self, fetch, run):
        before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
        status, said = fetch(with_sums(MADE))
        assert status == 0
        assert "kept" not in said
        assert {path: path.stat().st_mtime_ns for path in run.rglob("*")} == before
