"""The notebook for Kaggle: its build, and its execution in a folder laid out like Kaggle's.

`make check-kaggle` executes it with a real kernel, on the package versions of Kaggle's image, where
it has to run.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from kaggle_kit.data.submissions.rows import read_rows
from kaggle_kit.errors import DataError, InputError
from kaggle_kit.kaggle.kernel.notebook import TEMPLATE, Content, build_notebook, read_template
from kaggle_kit.kaggle.kernel.runtime import SUMS, find_data, hand_over
from kaggle_kit.workspace.files import sha256
from kaggle_kit.workspace.packaging import pack
from kaggle_kit.workspace.provenance import PACKAGE

CONTENT = Content("kaggle-kit digits", "digit-recognizer", "default-kaggle", "quick")
STORY = TEMPLATE.read_text(encoding="utf-8")
SEARCH = 'kit("tune", "--preset", PRESET)'
SMALL = ["--trials", "2", "--folds", "2", "--epochs", "3", "--fit-epochs", "25"]
SMALL_SEARCH = f'kit("tune", "--preset", PRESET, *{SMALL})'
on_kaggles_versions = pytest.mark.skipif(
    not os.environ.get("KAGGLE_KIT_RUN"), reason="make check-kaggle executes it"
)


def code(content=CONTENT):
    cells = json.loads(build_notebook(content, STORY))["cells"]
    return "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code")


def test_the_same_inputs_give_the_same_bytes():
    assert build_notebook(CONTENT, STORY) == build_notebook(CONTENT, STORY)


def test_it_is_a_valid_notebook_with_a_kernelspec_and_no_outputs():
    made = nbformat.reads(build_notebook(CONTENT, STORY), as_version=4)
    nbformat.validate(made)
    assert made.metadata.kernelspec.name == "python3"
    assert not any(cell.get("outputs") for cell in made.cells)
    titles = [line for cell in made.cells for line in cell.source.splitlines() if line[:3] == "## "]
    assert len(titles) == 7


def kinds(text):
    cells = json.loads(build_notebook(CONTENT, text))["cells"]
    return [(cell["cell_type"], cell["source"].partition("\n")[0][:12]) for cell in cells]


@pytest.mark.parametrize(
    "story",
    [
        "# %% [markdown]\n# hello\n# %% kit\n# %%\nprint(1)\n",
        "#%% [markdown]\n# hello\n#%% kit\n#%%\nprint(1)",
        "# %% [md]\n# hello\n# %% kit\n...\n# %% About the kit\nprint(1)\n",
        '# %% A title [markdown] tags=["a"]\n# hello\n# %% kit\n...\n# %% tags=["b"]\nprint(1)\n',
        '# %% [markdown]\n"""\nhello\n"""\n# %% kit\n...\n# %%\nprint(1)\n',
        "\ufeff# %% [markdown]\r\n# hello\r\n# %% kit\r\n# %%\r\nprint(1)\r\n",
    ],
)
def test_a_story_may_be_written_as_editors_and_jupytext_write_it(story, tmp_path):
    path = tmp_path / "notebook.txt"
    path.write_bytes(story.encode())
    found = kinds(read_template(path))
    assert found == [("markdown", "hello"), ("code", "import base6"), ("code", "print(1)")]


def test_an_empty_last_cell_and_a_raw_one_are_cells():
    story = "# %% kit\n# %% [raw]\n# as it is\n# %%"
    assert [kind for kind, _ in kinds(story)] == ["code", "raw", "code"]


def test_a_story_in_another_encoding_is_told(tmp_path):
    path = tmp_path / "notebook.txt"
    path.write_bytes("# %% kit\n# für".encode("latin-1"))
    with pytest.raises(InputError, match=r"is not UTF-8 text: byte 13 is 0xfc"):
        read_template(path)


def test_every_cell_is_python():
    compile(code(), "notebook", "exec")


def test_it_carries_the_packages_that_its_networks_need(tmp_path, monkeypatch):
    content = Content("t", "digit-recognizer", "r", "quick", packages={"softmax.py": b"def build"})
    built = json.loads(build_notebook(content, "# %% kit\n..."))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    exec("".join(built["cells"][0]["source"]), {})
    (carried,) = tmp_path.rglob("softmax.py")
    assert carried.read_text() == "def build"
    assert (carried.parent / "kaggle_kit" / "plugins.py").exists()


def test_it_carries_the_kit_whole_and_nothing_else(tmp_path):
    """The package is outside git, like an installed package."""
    package = tmp_path / "kaggle_kit"
    shutil.copytree(PACKAGE, package)
    with tarfile.open(fileobj=io.BytesIO(pack(package))) as archive:
        members = {member.name: member for member in archive}
        taken = {
            name: archive.extractfile(member).read()
            for name, member in members.items()
            if name.endswith((".py", ".toml"))
        }
    there = {
        path.relative_to(tmp_path).as_posix(): path.read_bytes()
        for path in package.rglob("*.*")
        if path.suffix in {".py", ".toml"}
    }
    assert taken == there
    assert set(members) - set(taken) == {"kaggle_kit/REVISION"}
    assert {(member.uid, member.mtime, member.uname) for member in members.values()} == {(0, 0, "")}


def test_what_git_does_not_track_stays_behind(checkout):
    (checkout / "scratch.py").write_text("mine = 1\n")
    with tarfile.open(fileobj=io.BytesIO(pack(checkout))) as archive:
        names = archive.getnames()
        revision = archive.extractfile("kaggle_kit/REVISION").read()
    expected = ("sub/b.py", "workspace/provenance.py", "REVISION")
    assert names == [f"kaggle_kit/{name}" for name in expected]
    assert revision.endswith(b"-dirty")


def test_a_packed_kit_knows_its_revision(tmp_path):
    with tarfile.open(fileobj=io.BytesIO(pack())) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(tmp_path)
        revision = archive.extractfile("kaggle_kit/REVISION").read().decode()
    script = "import kaggle_kit.workspace.provenance as r; print(r.revision(), r.__file__)"
    said = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert said.split() == [revision, str(tmp_path / "kaggle_kit/workspace/provenance.py")]


def test_no_path_of_this_machine_is_in_it():
    text = build_notebook(CONTENT, STORY)
    with tarfile.open(fileobj=io.BytesIO(pack())) as archive:
        text += "".join(archive.extractfile(member).read().decode() for member in archive)
    for place in [Path.home(), PACKAGE.parent]:
        assert f"{place}/" not in text


def test_braces_in_a_story_are_left_alone():
    made = json.loads(
        build_notebook(CONTENT, "# %% [markdown]\n# $\\frac{a}{b}$, {title}\n# %% kit\n")
    )
    assert made["cells"][0]["source"] == "$\\frac{a}{b}$, kaggle-kit digits"


@pytest.mark.parametrize("story", ["", "# %%\n1\n", "# %% kit\n# %% kit\n"])
def test_a_story_must_have_the_kit_once(story):
    with pytest.raises(InputError, match="no cell, or several"):
        build_notebook(CONTENT, story)


def test_a_best_json_travels_as_it_is():
    best = '{"family": "dense", "quote": "\\"\'"}\n'
    scope = {}
    line = next(line for line in code(Content(*["x"] * 4, best)).splitlines() if "BEST = " in line)
    exec(line, scope)
    assert scope["BEST"] == best


class TestPlace:
    @pytest.mark.parametrize("place", ["input/c", "input/competitions/c"])
    def test_data_are_found_in_either_folder(self, tmp_path, place):
        (tmp_path / place).mkdir(parents=True)
        assert find_data(tmp_path, "c") == tmp_path / place

    def test_without_data_says_how_to_attach_them(self, tmp_path):
        with pytest.raises(DataError, match="no data of c in") as caught:
            find_data(tmp_path, "c")
        assert "Add Input" in caught.value.hint

    def test_what_is_handed_over_is_noted_with_its_checksum(self, tmp_path):
        run, working = tmp_path / "runs" / "mine", tmp_path / "working"
        for path in [run / "best.json", run / "models" / "a.h5", run / "tuner" / "oracle.json"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(path.name)
        working.mkdir()
        (working / "submission.csv").write_text("ImageId,Label\n1,7\n")
        hand_over(run, working)
        sums = json.loads((working / SUMS).read_text())
        assert set(sums) == {"runs/mine/best.json", "runs/mine/models/a.h5", "submission.csv"}
        assert all(sha256(working / name) == digest for name, digest in sums.items())

    def test_files_of_other_cells_have_checksums_but_not_those_of_kaggle(self, tmp_path):
        working = tmp_path / "working"
        others = ["figures/a.png", "__notebook__.ipynb", ".cache/b", "a/__pycache__/c", "runs/d/e"]
        for name in [*others, "runs/mine/.f", "submission.csv"]:
            (working / name).parent.mkdir(parents=True, exist_ok=True)
            (working / name).write_text(name)
        (tmp_path / "mine").mkdir()
        for _ in range(2):
            hand_over(tmp_path / "mine", working)
            sums = json.loads((working / SUMS).read_text())
            assert set(sums) == {"figures/a.png", "runs/mine/.f", "submission.csv"}


@pytest.fixture(params=["input", "input/competitions"])
def kaggle_folder(request, tmp_path, whole_data, competition):
    place = tmp_path / "kaggle" / request.param / competition.slug
    place.mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(whole_data[0])) as archive:
        archive.extractall(place)
    (tmp_path / "kaggle" / "working").mkdir()
    return tmp_path / "kaggle"


@pytest.fixture
def _whole(monkeypatch):
    """Pack files that are not committed yet too: committed files may need them already."""
    every = sorted(path for path in PACKAGE.rglob("*.*") if path.suffix in {".py", ".toml"})
    monkeypatch.setattr("kaggle_kit.workspace.packaging.sources", lambda _: every)


def execute(text, kaggle, monkeypatch):
    monkeypatch.setenv("KAGGLE_KIT_ROOT", str(kaggle))
    made = nbformat.reads(text, as_version=4)
    resources = {"metadata": {"path": str(kaggle / "working")}}
    NotebookClient(made, timeout=900, kernel_name="python3", resources=resources).execute()
    return made


@on_kaggles_versions
@pytest.mark.usefixtures("_whole")
@pytest.mark.parametrize("kaggle_folder", ["input"], indirect=True)
def test_executed_it_leaves_a_valid_submission_and_the_run(kaggle_folder, competition, monkeypatch):
    assert SEARCH in STORY
    story = STORY.replace(SEARCH, SMALL_SEARCH)
    made = execute(build_notebook(CONTENT, story), kaggle_folder, monkeypatch)
    working = kaggle_folder / "working"
    assert len(read_rows(working / "submission.csv", "", [])[1]) == competition.test_rows
    noted = json.loads((working / SUMS).read_text())
    for name in ["best.json", "trials.csv", "oof.npz", "models/fold0.weights.h5", "model_card.md"]:
        assert f"runs/default-kaggle/{name}" in noted
    outputs = [output for cell in made.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 5
    assert any("# Model card" in str(output.get("data", "")) for output in outputs)
    text = nbformat.writes(made)
    assert "out-of-fold accuracy 0.9" in text
    assert "Traceback" not in text


@on_kaggles_versions
@pytest.mark.usefixtures("_whole")
@pytest.mark.parametrize("kaggle_folder", ["input/competitions"], indirect=True)
def test_executed_with_a_best_json_it_searches_nothing(kaggle_folder, sample_best, monkeypatch):
    content = Content("kaggle-kit digits", "digit-recognizer", "mine", "quick", sample_best)
    execute(build_notebook(content, STORY), kaggle_folder, monkeypatch)
    run = kaggle_folder / "working" / "runs" / "mine"
    assert json.loads((run / "best.json").read_text()) == json.loads(sample_best)
    assert not (run / "trials.csv").exists()
    assert (run / "submission.csv").read_bytes() == (
        kaggle_folder / "working" / "submission.csv"
    ).read_bytes()


@pytest.fixture(scope="session")
def sample_best(sample_home, tmp_path_factory):
    """A best.json of two epochs on two folds, made in the environment of this test."""
    from kaggle_kit.cli.main import main

    options = ["--trials", "1", "--folds", "2", "--epochs", "1", "--fit-epochs", "2"]
    home = tmp_path_factory.mktemp("best")
    (home / "data").symlink_to(sample_home / "data")
    assert main(["tune", *options, "--workers", "1", "--home", str(home)]) == 0
    return (home / "runs" / "default" / "best.json").read_text()
