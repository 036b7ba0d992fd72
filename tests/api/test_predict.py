"""The labels of the user's own images, from a real run on the sample."""

import csv
import io
import shutil

import numpy as np
import pytest
from drawings import as_bytes, on_white
from PIL import Image

from kaggle_kit.cli.main import main


@pytest.fixture
def home(explained_home, tmp_path):
    """A home with the run alone: no data are needed."""
    shutil.copytree(explained_home / "runs", tmp_path / "runs")
    return tmp_path


@pytest.fixture
def predict(home, capsys):
    """Run `kaggle-kit predict`; return its status, the rows of the CSV, and what it said."""

    def call(*words):
        status = main(["predict", *map(str, words), "--home", str(home)])
        said = capsys.readouterr()
        return status, list(csv.DictReader(io.StringIO(said.out))), said.err

    return call


@pytest.fixture
def pictures(home, one_of_each):
    folder = home / "pictures"
    (folder / "deep").mkdir(parents=True)
    for digit, image in enumerate(one_of_each):
        place = folder / "deep" if digit > 4 else folder
        (place / f"{digit}.png").write_bytes(as_bytes(on_white(image)))
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.png").write_text("no picture")
    return folder


def test_all_pictures_of_a_folder_are_labelled_in_order(predict, pictures):
    status, rows, _ = predict(pictures)
    assert status == 0
    names = [f"{'deep/' * (digit > 4)}{digit}.png" for digit in range(10)]
    assert [row["name"] for row in rows] == [str(pictures / name) for name in names]
    assert np.mean([row["label"] == str(digit) for digit, row in enumerate(rows)]) >= 0.9
    assert all(0.1 <= float(row["probability"]) <= 1 for row in rows)


def test_the_rows_of_a_csv_get_the_labels_of_the_submission(predict, home, explained_home):
    lines = (explained_home / "data/digit-recognizer/test.csv").read_text().splitlines()[:101]
    (home / "more.csv").write_text("\n".join(lines) + "\n")
    logits = np.load(home / "runs/default/test.npz")["logits"][:100]
    status, rows, _ = predict(home / "more.csv")
    assert status == 0
    assert [row["name"] for row in rows] == [str(number) for number in range(1, 101)]
    assert [int(row["label"]) for row in rows] == logits.argmax(axis=1).tolist()


def test_what_cannot_be_read_is_named_and_the_rest_is_labelled(predict, pictures, home):
    (pictures / "broken.jpg").write_bytes(b"no picture")
    Image.new("L", (90, 90), 255).save(pictures / "blank.png")
    (home / "bad.csv").write_text("label,text\n1,2\n")
    status, rows, said = predict(pictures, home / "bad.csv")
    assert status == 1
    assert len(rows) == 10
    for name in ("broken.jpg", "blank.png", "bad.csv"):
        assert name in said
    assert "error: 3 files cannot be read, beside 10 labelled images" in said


def test_a_strange_picture_is_doubted(predict, home):
    Image.fromarray(np.eye(28, dtype=np.uint8) * 255).save(home / "line.png")
    _, (row,), _ = predict(home / "line.png")
    assert row["doubt"]


def test_a_file_is_not_replaced_unasked(predict, pictures, home):
    out = home / "labels.csv"
    out.write_text("mine")
    assert predict(pictures / "1.png", "--out", out)[0] == 2
    assert out.read_text() == "mine"
    assert predict(pictures / "1.png", "--out", out, "--force")[0] == 0
    assert out.read_text().startswith("name,label,probability,doubt\n")


@pytest.mark.parametrize(
    ("name", "message"), [("nosuch.png", "does not exist"), ("", "no pictures")]
)
def test_where_nothing_can_be_labelled_nothing_is_loaded(predict, tmp_path, name, message):
    (tmp_path / "empty").mkdir()
    status, rows, said = predict(tmp_path / "empty" / name)
    assert (status, rows) == (2, [])
    assert message in said
    assert "loading" not in said
