"""Every competition that the kit knows, from Kaggle's archive to a valid submission."""

import csv
import dataclasses
import importlib
import re
import shlex

import fake_runs
import pytest
from layouts import COMPETITIONS as GENERATORS
from layouts import COPIES, make

from kaggle_kit.api.job import Job
from kaggle_kit.cli.commands import quickstart
from kaggle_kit.cli.main import main
from kaggle_kit.competition.registry import COMPETITIONS, get_competition
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


def check_form(home, competition):
    """Check that the run's submission has the columns and ids of the competition's example."""
    example = home.data(competition.slug) / competition.submission.file
    with home.run("default").submission.open(newline="") as file:
        found = list(csv.reader(file))
    assert all(len(row) == len(found[0]) and all(row) for row in found)
    if competition.submission.file:
        with example.open(newline="") as file:
            wanted = list(csv.reader(file))
        assert found[0] == wanted[0]
        assert [row[0] for row in found] == [row[0] for row in wanted]


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
    check_form(Home(tmp_path / "home"), small)


@pytest.mark.parametrize("slug", OTHERS)
def test_predictions_become_a_valid_submission_of_every_competition(slug, tmp_path, capsys):
    made = make(slug, tmp_path / "made")
    options, small = at_home(tmp_path / "home", slug)
    assert main(["download", "--from", str(made.data), *options]) == 0
    home = Home(tmp_path / "home")
    fake_runs.reportable(Job(small, home, home.run("default")))
    assert main(["submit", "--dry-run", *options]) == 0

    said = capsys.readouterr().out
    assert "valid)" in said
    assert ("kernel push" in said) == small.notebooks_only
    check_form(home, small)


@pytest.mark.parametrize(
    "slug", ["dogs-vs-cats-redux-kernels-edition", "aerial-cactus-identification"]
)
def test_kaggle_gives_the_files_and_takes_a_submission_where_it_takes_files(
    slug, server, tmp_path, capsys
):
    options, small = at_home(tmp_path / "home", slug)
    server.kaggle.slug = slug
    server.kaggle.data = make(slug, tmp_path / "made", packed=True).data.read_bytes()
    server.kaggle.notebooks_only = small.notebooks_only
    assert main(["download", *options]) == 0
    home = Home(tmp_path / "home")
    fake_runs.reportable(Job(small, home, home.run("default")))
    status = main(["submit", "--no-wait", *options])

    sent, said = server.kaggle.submissions, capsys.readouterr()
    if small.notebooks_only:
        assert (status, sent) == (1, [])
        assert f"kernel push --competition {slug}" in said.err
    else:
        assert status == 0
        assert [one.content for one in sent] == [home.run("default").submission.read_bytes()]
        check_form(home, small)


@pytest.mark.long
@pytest.mark.parametrize("slug", [*OTHERS, *COPIES])
def test_a_competition_that_init_describes_runs_to_its_submission(slug, tmp_path, capsys):
    """Every step, with real networks; a message of `init` has the command that goes on."""
    made = make(slug, tmp_path / "made", packed=True)
    home = Home(tmp_path / "home")
    begun = ["init", slug, "--from", str(made.data), "--home", str(home.folder)]
    metric = COMPETITIONS[slug].metric if slug in COMPETITIONS else "accuracy"
    if main([*begun, "--metric", metric]) != 0:
        hint = capsys.readouterr().err.splitlines()[-1]
        assert main(shlex.split(hint.split("`")[1])[1:]) == 0
    options = ["--competition", slug, "--home", str(home.folder)]
    assert main(["download", "--from", str(made.data), *options]) == 0
    assert main(["tune", *TINY, *options]) == 0
    assert main(["fit", "--workers", "1", *options]) == 0
    assert main(["report", *options]) == 0
    assert main(["submit", "--dry-run", *options]) == 0

    assert "valid)" in capsys.readouterr().out
    check_form(home, get_competition(slug, home.folder))


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
    shown = capsys.readouterr()
    assert shown.err.count("$ kaggle-kit ") == 5
    assert re.search(f"next: `.* demo .*--home {home}` .* predict FILE .*--home {home}`", shown.out)
