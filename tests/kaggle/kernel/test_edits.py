"""A notebook and metadata that the user edited, built and pushed again at a fake Kaggle."""

import json
import re

import nbformat
import pytest

from kaggle_kit.cli.main import main
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.kaggle.kernel.metadata import FILE
from kaggle_kit.workspace.written import RECORD

MNIST = COMPETITIONS["digit-recognizer"]
NAME = "tester/kaggle-kit-digit-recognizer"
MINE = "print('mine')"
CELL = {"cell_type": "code", "source": MINE}


@pytest.fixture(autouse=True)
def _quick_to_pack(monkeypatch):
    monkeypatch.setattr("kaggle_kit.kaggle.kernel.notebook.pack", lambda **_: b"the kit")


@pytest.fixture
def kit(tmp_path, capsys):
    def call(action, *options):
        owner = ["--owner", "tester"] if action == "build" else ["--no-wait"]
        status = main(["kernel", action, *owner, *options, "--home", str(tmp_path)])
        said = capsys.readouterr()
        return status, said.out + said.err

    return call


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "kernels" / MNIST.slug


@pytest.fixture
def path(kit, folder):
    """The notebook, after a first build."""
    assert kit("build")[0] == 0
    return folder / "kaggle-kit-digit-recognizer.ipynb"


def edit(path):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].source = MINE
    nbformat.write(notebook, path)  # sources become lists of lines, as from Jupyter
    return path.read_bytes()


def change_metadata(folder, **fields):
    path = folder / FILE
    path.write_text("\ufeff" + json.dumps(json.loads(path.read_text()) | fields, indent=8))
    return path.read_bytes()


def test_an_edited_notebook_is_kept_and_pushed(server, kit, path):
    mine = edit(path)
    for action in ("build", "push"):
        status, said = kit(action)
        assert status == 0
        assert f"{path} was edited, and is kept as it is; --rewrite replaces it" in said
        assert f"kept: {path}" in said
        assert "it searches with the preset quick, on the CPU" in said
        assert path.read_bytes() == mine
    sent = json.loads(server.kaggle.kernels[NAME].sent["text"])
    assert sent["cells"][-1]["source"] == MINE


def test_rewrite_builds_it_anew(kit, path):
    ours = path.read_bytes()
    edit(path)
    status, said = kit("build", "--rewrite", "--preset", "best")
    assert status == 0
    assert f"written: {path}" in said
    assert MINE not in path.read_text()
    assert kit("build")[0] == 0
    assert path.read_bytes() == ours


def test_a_notebook_that_was_only_run_or_saved_is_built_anew(kit, path):
    ours = path.read_bytes()
    notebook = nbformat.read(path, as_version=4)
    output = nbformat.v4.new_output("stream", text="hello")
    next(cell for cell in notebook.cells if cell.cell_type == "code").outputs = [output]
    nbformat.write(notebook, path)
    assert path.read_bytes() != ours
    status, said = kit("build")
    assert status == 0
    assert "was edited" not in said
    assert path.read_bytes() == ours


def test_an_unedited_notebook_follows_the_kit_without_a_word(kit, path, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr("kaggle_kit.kaggle.kernel.notebook.pack", lambda **_: b"a newer kit")
    status, said = kit("build")
    assert (status, said.count("written")) == (0, 1)
    assert path.read_bytes() != before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "best"], "its PRESET is 'quick', not that of --preset best"),
        (["--run", "longer"], "its RUN is 'default-kaggle', not that of --run longer"),
    ],
)
def test_options_that_an_edited_notebook_ignores_are_refused(kit, path, options, message):
    mine = edit(path)
    status, said = kit("build", *options)
    assert status == 2
    assert message in said
    assert "add --rewrite" in said
    assert path.read_bytes() == mine


def test_an_edit_may_change_what_the_notebook_does(kit, path):
    path.write_text(path.read_text().replace("'quick'", "'best'"))
    assert "it searches with the preset best" in kit("build")[1]
    assert kit("build", "--preset", "best")[0] == 0
    assert kit("build", "--preset", "standard")[0] == 2
    path.write_text(path.read_text().replace("COMPETITION, RUN, PRESET", "NAMES"))
    assert "it does what its cells say" in kit("build")[1]


def test_an_edit_that_is_no_notebook_is_told_and_not_pushed(server, kit, path):
    path.write_text(path.read_text()[:-5])
    status, said = kit("push")
    assert status == 2
    assert f"{path} cannot be read as JSON" in said
    assert re.search(
        "hint: correct it; `kaggle-kit kernel build --rewrite .*` builds it again", said
    )
    assert server.kaggle.kernels == {}


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        ({"cells": []}, "cells"),
        ({"cells": ["print()"]}, "cells"),
        ({"cells": {"a": 1}}, "cells"),
        ({"cells": [CELL], "metadata": []}, "kernelspec"),
        ({"cells": [CELL], "metadata": {"kernelspec": "python3"}}, "kernelspec"),
    ],
)
def test_a_notebook_that_kaggle_would_not_run_is_told_and_not_pushed(
    server, kit, path, change, lacks
):
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    status, said = kit("push")
    assert status == 2
    assert f"{path} has no {lacks}" in said
    assert server.kaggle.kernels == {}


def test_what_an_older_kit_built_is_built_anew_and_kept_beside(kit, path, folder):
    mine = edit(path)
    (folder / RECORD).unlink()
    status, said = kit("build")
    assert status == 0
    assert "may have been edited: it is kept as kaggle-kit-digit-recognizer.edited.ipynb" in said
    assert (folder / "kaggle-kit-digit-recognizer.edited.ipynb").read_bytes() == mine
    assert MINE not in path.read_text()


def test_a_notebook_of_the_users_own_is_never_replaced(server, kit, path, folder):
    mine = path.with_name("mine.ipynb")
    path.rename(mine)
    edit(mine)
    change_metadata(folder, code_file=mine.name)
    before = mine.read_bytes()
    assert kit("push")[0] == 0
    assert mine.read_bytes() == before
    assert MINE in server.kaggle.kernels[NAME].sent["text"]


@pytest.mark.usefixtures("path")
def test_what_was_edited_in_the_metadata_stays_and_is_sent(server, kit, folder):
    mine = {"enable_gpu": True, "machine_shape": "NvidiaTeslaT4", "keywords": ["digits"]}
    before = change_metadata(folder, **mine)
    status, said = kit("push")
    assert status == 0
    assert "on NvidiaTeslaT4" in said
    assert (folder / FILE).read_bytes() == before
    sent = server.kaggle.kernels[NAME].sent
    assert (sent["enableGpu"], sent["machineShape"]) == (True, "NvidiaTeslaT4")


@pytest.mark.usefixtures("path")
def test_the_gpu_stays_as_it_was_last_asked_for(kit, folder):
    for options, enabled in ([[], False], [["--gpu"], True], [[], True], [["--no-gpu"], False]):
        assert kit("build", *options)[0] == 0
        assert json.loads((folder / FILE).read_text())["enable_gpu"] is enabled


def test_a_folder_in_its_place_is_told(kit, path):
    path.unlink()
    path.mkdir()
    status, said = kit("build")
    assert status == 2
    assert f"{path} is a folder, expected a notebook\nhint: move it away" in said
