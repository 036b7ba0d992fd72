"""What becomes of a submission.csv that the user edited; `test_tune` has the whole way to one."""

import dataclasses
import shutil

import numpy as np
import pytest
from fake_runs import fitted

from kaggle_kit.cli.main import main
from kaggle_kit.data.dataset import load_test, load_train
from kaggle_kit.workspace import ledger
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.fit_status import fingerprint
from kaggle_kit.workspace.paths import Home
from kaggle_kit.workspace.storage import write_arrays
from kaggle_kit.workspace.written import RECORD

ROWS = 360


@pytest.fixture(scope="module")
def template(sample_home, competition, tmp_path_factory):
    """A home with a run whose ensemble is there, made from the sample; no network is trained."""
    home = Home(tmp_path_factory.mktemp("home with a blank") / "my home")
    shutil.copytree(sample_home / "data", home.folder / "data")
    data = home.data(competition.slug)
    # The data are those of a competition, so that they are sent and not scored here.
    manifest = data / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"source": "sample"', '"source": "kaggle"'))
    images = (load_train(data, competition), load_test(data, competition))
    shas = dict(zip(("train.csv", "test.csv"), (part.sha256 for part in images), strict=True))
    plan = {"oracle": "random", "epochs": 1, "patience": 1}
    config = plan | {"data": shas, "competition": competition.slug}
    run = fitted(home.folder, "default", config=config, competition=competition.slug)
    write_json(run.made_from, fingerprint(run, shas["train.csv"]))
    write_arrays(run.test, logits=np.eye(10, dtype=np.float32)[np.arange(ROWS) % 10])
    write_arrays(run.familiar, nothing=np.arange(1))
    return home


@pytest.fixture
def home(template, tmp_path):
    shutil.copytree(template.folder, tmp_path / "my home")
    return Home(tmp_path / "my home")


@pytest.fixture
def path(home):
    return home.run("default").submission


@pytest.fixture
def submit(home, capsys):
    def call(*options):
        status = main(["submit", *options, "--home", str(home.folder)])
        said = capsys.readouterr()
        return status, said.out + said.err

    return call


def edited(text):
    return text.replace("\n1,0\n2,1\n", "\n1,9\n2,9\n")


def test_an_unedited_file_is_written_again_without_a_word(submit, path):
    assert submit("--dry-run")[0] == 0
    before = path.read_text()
    path.unlink()
    status, said = submit("--dry-run")
    assert (status, path.read_text()) == (0, before)
    assert f"written: {path} (360 rows, valid)" in said


def test_edited_labels_are_kept_and_sent_and_the_ledger_knows_it(server, submit, home, path):
    submit("--dry-run")
    path.write_text(edited(path.read_text()))
    mine = path.read_bytes()
    status, said = submit("--no-wait")
    assert status == 0
    assert "(360 rows, valid), with 2 labels edited; --rewrite restores the ensemble's" in said
    (sent,) = server.kaggle.submissions
    assert sent.content == path.read_bytes() == mine
    (copy,) = home.submissions("digit-recognizer").glob("*.csv")
    assert copy.read_bytes() == mine
    (row,) = ledger.entries(home.ledger, "digit-recognizer")
    assert (row.cv_mean, row.message) == (None, "kaggle-kit default: CV 1.00000, 2 labels edited")
    status, said = submit("--no-wait")
    assert "not sent: the same file was sent before" in said
    assert path.read_bytes() == mine
    assert submit("--no-wait", "--again")[0] == 0
    assert [entry.content for entry in server.kaggle.submissions] == [mine, mine]


def test_rewrite_brings_the_ensembles_labels_back(submit, path):
    submit("--dry-run")
    ours = path.read_text()
    path.write_text(edited(ours))
    status, said = submit("--dry-run", "--rewrite")
    assert (status, path.read_text()) == (0, ours)
    assert f"written: {path}" in said
    path.write_text(edited(ours))
    assert "with 2 labels edited" in submit("--dry-run")[1]


def test_the_same_labels_saved_in_another_form_are_no_edit(server, submit, path):
    submit("--no-wait")
    ours = path.read_bytes()
    path.write_bytes(ours.replace(b"\n", b"\r\n"))
    status, said = submit("--no-wait")
    assert (status, path.read_bytes()) == (0, ours)
    assert "not sent: the same file was sent before" in said
    assert len(server.kaggle.submissions) == 1


def test_an_invalid_edit_is_told_and_kept_and_nothing_is_sent(server, submit, path):
    submit("--dry-run")
    path.write_text(path.read_text().replace("\n2,1\n", "\n2,ten\n"))
    mine = path.read_bytes()
    status, said = submit()
    assert status == 1
    assert "line 3: Label is 'ten'" in said
    assert "hint: nothing was sent; correct it, or add --rewrite" in said
    assert path.read_bytes() == mine
    assert server.kaggle.submissions == []


def test_a_folder_in_its_place_is_told(submit, path):
    path.mkdir()
    for options in ([], ["--rewrite"]):
        status, said = submit("--dry-run", *options)
        assert status == 1
        assert f"{path} is a folder, expected a file\nhint: move it away" in said


def test_an_older_kits_file_is_compared_with_the_predictions(submit, path):
    submit("--dry-run")
    ours = path.read_text()
    (path.parent / RECORD).unlink()
    assert "written:" in submit("--dry-run")[1]
    (path.parent / RECORD).unlink()
    path.write_text(edited(ours))
    for _ in range(2):
        assert "with 2 labels edited" in submit("--dry-run")[1]
        assert path.read_text() == edited(ours)


def test_the_file_of_earlier_predictions_is_no_edit(submit, path, home):
    submit("--dry-run")
    logits = np.eye(10, dtype=np.float32)[np.arange(ROWS) % 7]
    write_arrays(home.run("default").test, logits=logits)
    status, said = submit("--dry-run")
    assert status == 0
    assert "written:" in said
    assert path.read_text().splitlines()[8] == "8,0"


def test_what_is_sent_is_what_was_read_even_if_the_file_changes(
    server, submit, path, home, monkeypatch
):
    from kaggle_kit.kaggle.submissions import KaggleSubmissions

    def edit_meanwhile(self):
        path.write_text("mine")
        return dataclasses.replace(found, left=5) if (found := asked(self)) else None

    asked = KaggleSubmissions.limits
    monkeypatch.setattr(KaggleSubmissions, "limits", edit_meanwhile)
    assert submit("--no-wait")[0] == 0
    (sent,) = server.kaggle.submissions
    assert sent.content.startswith(b"ImageId,Label\n1,0\n")
    (copy,) = home.submissions("digit-recognizer").glob("*.csv")
    assert copy.read_bytes() == sent.content


def test_edited_labels_of_earlier_networks_are_set_aside(submit, path, home, monkeypatch):
    """Nothing is trained: that other networks are needed is enough."""

    def stop(*_):
        raise KeyboardInterrupt

    submit("--dry-run")
    path.write_text(edited(path.read_text()))
    mine = path.read_bytes()
    best = home.run("default").best
    best.write_text(best.read_text().replace('"epochs": 16', '"epochs": 17'))
    monkeypatch.setattr("kaggle_kit.api.fit._train", stop)
    assert f"{path} was edited, and is kept as submission.edited.csv" in submit("--dry-run")[1]
    assert path.with_name("submission.edited.csv").read_bytes() == mine
    assert not path.exists()
