import re

import numpy as np
import pytest

from kaggle_kit.errors import InputError, RunError
from kaggle_kit.workspace import packaging, provenance
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.paths import Home
from kaggle_kit.workspace.storage import read_arrays, read_json, write_arrays


@pytest.mark.parametrize("name", ["../elsewhere", "a/b", "", ".hidden", "with space"])
def test_a_name_that_is_no_folder_of_ours_is_refused(name, tmp_path):
    with pytest.raises(InputError, match="a run's name is"):
        Home(tmp_path).run(name)


def test_what_is_missing_is_said_with_the_step_that_makes_it(run):
    with pytest.raises(RunError, match=r"best.json is missing") as caught:
        read_json(run.best)
    assert caught.value.hint == "run `kaggle-kit tune` first"
    with pytest.raises(RunError, match=r"oof.npz is missing") as caught:
        read_arrays(run.oof)
    assert caught.value.hint == "run `kaggle-kit fit` first"


@pytest.mark.parametrize("content", ["", "{", "[1]", "\x00\x01"])
def test_a_torn_json_file_is_called_damaged(run, content):
    run.folder.mkdir(parents=True)
    run.best.write_text(content)
    with pytest.raises(RunError, match="damaged"):
        read_json(run.best)


def test_a_file_that_lacks_what_it_should_hold_is_called_damaged(run):
    write_json(run.best, {})
    with pytest.raises(RunError, match="it has no plan, epochs") as caught:
        read_json(run.best, "plan", "epochs")
    assert "delete it, and `kaggle-kit tune` makes it again" in caught.value.hint
    write_arrays(run.oof, labels=np.arange(3))
    with pytest.raises(RunError, match="it has no logits") as caught:
        read_arrays(run.oof, "logits", "labels")
    assert "delete it, and `kaggle-kit fit` makes it again" in caught.value.hint


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_torn_array_file_is_called_damaged(run, keep):
    write_arrays(run.oof, logits=np.arange(100.0))
    run.oof.write_bytes(run.oof.read_bytes()[:keep])
    with pytest.raises(RunError, match="damaged"):
        read_arrays(run.oof)


def test_discarding_a_run_leaves_what_others_put_there(run):
    run.tuner.mkdir(parents=True)
    run.export.mkdir()
    run.config.touch()
    run.robustness.touch()
    (run.folder / "notes.txt").touch()
    run.discard()
    assert [path.name for path in run.folder.iterdir()] == ["notes.txt"]


def test_outside_a_checkout_the_revision_is_the_version(tmp_path):
    assert provenance.revision(tmp_path) == provenance.__version__


@pytest.mark.parametrize(
    ("name", "dirty"),
    [("provenance.py", True), ("new.py", True), ("sub/new.py", True), ("cache.pyc", False)],
)
def test_a_changed_or_unknown_file_of_the_package_makes_the_revision_dirty(checkout, name, dirty):
    clean = provenance.revision(checkout)
    assert re.fullmatch("[0-9a-f]{12}", clean)
    (checkout / name).write_text("changed = 1\n")
    assert provenance.revision(checkout) == clean + ("-dirty" if dirty else "")
    (checkout / "another.py").touch()
    assert provenance.revision(checkout) == f"{clean}-dirty"


def test_a_file_beside_the_package_is_no_change_of_it(checkout):
    (checkout.parent / "notes.txt").touch()
    assert "dirty" not in provenance.revision(checkout)


def test_sources_are_what_git_tracks_and_has(checkout):
    (checkout / "new.py").touch()
    (checkout / "sub" / "b.py").unlink()
    assert packaging.sources(checkout) == [checkout / "workspace" / "provenance.py"]


def test_an_installed_package_in_somebodys_checkout_is_none_of_theirs(checkout):
    installed = checkout.parent / "venv" / "kaggle_kit"
    installed.mkdir(parents=True)
    (installed / "provenance.py").touch()
    assert packaging.sources(installed) == [installed / "provenance.py"]
    assert provenance.revision(installed) == provenance.__version__
