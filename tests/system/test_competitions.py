"""Every competition that the kit knows, from Kaggle's archive to a valid submission."""

import csv
import dataclasses
import importlib

import pytest
from layouts import COMPETITIONS as GENERATORS
from layouts import make

from kaggle_kit.cli.commands import quickstart
from kaggle_kit.cli.main import main
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.competition.toml_file import write_description
from kaggle_kit.data.dataset import load_test, load_train
from kaggle_kit.workspace.paths import Home

TINY = ["--trials=1", "--folds=2", "--members=1", "--epochs=1", "--fit-epochs=2", "--workers=1"]
OTHERS = [slug for slug in GENERATORS if slug != "digit-recognizer"]


def at_home(home, slug):
    """The description without the numbers of rows, as the user's own, and the options for it."""
    small = dataclasses.replace(COMPETITIONS[slug], train_rows=None, test_rows=None)
    (home / "competitions").mkdir(parents=True)
    (home / "competitions" / f"{slug}.toml").write_text(write_description(small))
    return ["--competition", slug, "--home", str(home)], small


@pytest.mark.parametrize("slug", OTHERS)
def test_an_archive_as_kaggles_is_read_and_is_there_the_second_time(slug, tmp_path, capsys):
    made = make(slug, tmp_path / "made", packed=True)
    options, small = at_home(tmp_path / "home", slug)

    assert main(["download", "--from", str(made.data), *options]) == 0
    assert capsys.readouterr().out.startswith("fetched: ")
    assert main(["download", *options]) == 0
    assert capsys.readouterr().out.startswith("already there: ")

    folder = Home(tmp_path / "home").data(slug)
    train, test = load_train(folder, small), load_test(folder, small)
    assert train.images.shape[1:] == test.images.shape[1:] == small.image_shape
    assert len(train.labels) == len(train.images)
    assert set(train.labels.tolist()) <= set(range(len(train.class_names)))


@pytest.mark.parametrize(
    "slug", ["Kannada-MNIST", "aerial-cactus-identification", "whale-categorization-playground"]
)
def test_files_of_a_competition_become_a_valid_submission(slug, tmp_path, capsys):
    made = make(slug, tmp_path / "made", packed=True)
    options, small = at_home(tmp_path / "home", slug)
    assert main(["download", "--from", str(made.data), *options]) == 0
    assert main(["tune", *TINY, *options]) == 0
    assert main(["submit", "--dry-run", "--workers", "1", *options]) == 0

    assert "valid)" in capsys.readouterr().out
    home = Home(tmp_path / "home")
    folder = home.data(slug)
    with (folder / small.submission.file).open(newline="") as file:
        wanted = list(csv.reader(file))
    with home.run("default").submission.open(newline="") as file:
        found = list(csv.reader(file))
    assert found[0] == wanted[0]
    assert [row[0] for row in found] == [row[0] for row in wanted]
    assert all(len(row) == len(wanted[0]) and all(row) for row in found)


def test_the_letters_are_learned_from_files_and_read_in_fonts_that_were_never_seen(
    tmp_path, capsys
):
    options = ["--competition", "letters", "--home", str(tmp_path)]
    assert main(["download", "--from", "sample", *options]) == 0
    assert main(["tune", *TINY, *options]) == 0
    assert main(["submit", "--workers", "1", *options]) == 0

    said = capsys.readouterr().out
    accuracy = float(said.rpartition("held-out labels ")[2].split()[0])
    assert 0.2 < accuracy < 1  # five times as much as chance
    rows = Home(tmp_path).run("default").submission.read_text().splitlines()
    assert rows[0] == "id,letter"
    assert {row.rpartition(",")[2] for row in rows[1:]} <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@pytest.mark.parametrize(
    ("arguments", "home", "slug"),
    [
        ([], "quickstart", "digit-recognizer"),
        (["--sample", "letters", "--home", "mine"], "mine", "letters"),
    ],
)
def test_quickstart_runs_every_step_on_its_sample(arguments, home, slug, monkeypatch, capsys):
    ran = []
    for verb in quickstart.STEPS:
        module = importlib.import_module(f"kaggle_kit.cli.commands.{verb}")
        monkeypatch.setattr(module, "run", ran.append)

    assert main(["quickstart", *arguments]) == 0

    assert [one.verb for one in ran] == ["download", "tune", "fit", "submit", "report"]
    assert {(str(one.home), one.competition) for one in ran} == {(home, slug)}
    assert str(ran[0].source) == "sample"
    assert capsys.readouterr().err.count("$ kaggle-kit ") == 5
