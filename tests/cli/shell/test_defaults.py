import argparse
import json

import pytest
from fake_runs import fitted

from kaggle_kit.cli import hints
from kaggle_kit.cli.arguments import trackers_of
from kaggle_kit.cli.main import main

FILE = "kaggle-kit.toml"


@pytest.fixture
def options(tmp_path, monkeypatch, capsys):
    """Run a command in a home with a file of defaults; return its options and what it said."""
    monkeypatch.chdir(tmp_path)

    def call(content, *words):
        (tmp_path / FILE).write_text(content, encoding="utf-8")
        found = []
        monkeypatch.setattr(f"kaggle_kit.cli.commands.{words[0]}.run", found.append)
        status = main(list(words))
        said = capsys.readouterr().err
        return (found or [argparse.Namespace(status=status)])[0], said

    return call


def test_defaults_are_used_and_told(options):
    content = (
        'competition = "letters"\n[tune]\npreset = "standard"\ntime-budget = "20m"\ntrials = 9'
    )
    found, said = options(content, "tune")
    assert (found.competition, found.preset) == ("letters", "standard")
    assert (found.time_budget, found.trials) == (1200.0, 9)
    assert said == (
        'from kaggle-kit.toml: competition = "letters", tune.preset = "standard", '
        'tune.time-budget = "20m", tune.trials = 9\n'
    )


def test_what_is_given_wins_even_if_it_is_the_kits_own_default(options):
    content = 'competition = "letters"\npreset = "best"\nrun = "deep"\n'
    given = ("--competition", "digit-recognizer", "--run", "default", "--preset=quick")
    found, said = options(content, "tune", *given)
    assert (found.competition, found.run, found.preset) == ("digit-recognizer", "default", "quick")
    assert said == ""


def test_a_verb_takes_only_what_it_has_options_for(options):
    content = 'preset = "best"\n[tune]\ntrials = 9\n[download]\nany-rows = true\n'
    found, said = options(content, "fit")
    assert not hasattr(found, "preset")
    assert said == ""
    found, _ = options(content, "download", "--no-any-rows")
    assert found.any_rows is False
    found, _ = options(content, "download")
    assert found.any_rows is True


def test_hints_stay_pasteable_and_repeat_nothing_of_the_file(options):
    content = 'competition = "letters"\n[tune]\nrun = "deep"\n'
    options(content, "fit")
    assert hints.pasteable("`kaggle-kit tune`").endswith("tune`")
    options(content, "fit", "--competition", "digit-recognizer")
    assert "--competition digit-recognizer" in hints.pasteable("`kaggle-kit tune`")
    options(content, "tune")  # only `tune` has this run by default
    assert "fit --run deep`" in hints.pasteable("`kaggle-kit fit`")


def test_a_run_that_has_begun_keeps_its_plan(options, tmp_path):
    fitted(tmp_path, "default")
    content = 'preset = "best"\n[tune]\ntrials = 9\nworkers = 1\n'
    found, said = options(content, "tune")
    assert (found.preset, found.trials, found.workers) == (None, None, 1)
    assert said == "from kaggle-kit.toml: tune.workers = 1\n"
    found, _ = options(content, "tune", "--run", "new")
    assert (found.preset, found.trials) == ("best", 9)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("colour = 1", "colour is not a key, expected one of competition, run, preset, log"),
        ("[tnue]\nx = 1", "[tnue] is not a verb, expected one of quickstart"),
        ("[tune]\ntrails = 1", "tune.trails is not an option with a value, expected one of"),
        ("[tune]\nrestart = true", "tune.restart is not an option with a value"),
        ("[submit]\nagain = true", "submit.again is not an option with a value"),
        ('[tune]\nhome = "x"', "tune.home is not an option"),
        ('preset = "slow"', 'preset is "slow", expected one of quick, standard, best'),
        ("[tune]\ntrials = 0", "tune.trials is 0, expected a whole number of at least 1"),
        ("[tune]\ntrials = 1.5", "tune.trials is 1.5, expected a text in quotes, or a whole"),
        ("[tune]\ntrials = true", "tune.trials is true, expected a text"),
        ('[tune]\ntime-budget = "soon"', 'tune.time-budget is "soon", expected a duration'),
        ('[download]\nany-rows = "yes"', 'download.any-rows is "yes", expected true or false'),
        ('competition = "lettres"', 'competition is "lettres", expected one of'),
        ("competition = [1]", "competition is [1], expected a text"),
        ('run = "a/b"', 'run is "a/b", expected'),
        ("run = ", "is not TOML"),
        ("tune = 3", "tune is not a key"),
    ],
)
def test_a_mistake_is_one_line_with_file_key_and_what_is_allowed(options, content, told):
    found, said = options(content, "runs")
    assert found.status == 2
    error, hint = said.splitlines()
    assert error.startswith("error: kaggle-kit.toml")
    assert told in error
    assert hint.startswith("hint: ")


def test_a_file_that_is_a_folder_or_no_text_is_told(tmp_path, capsys):
    (tmp_path / FILE).mkdir()
    assert main(["runs", "--home", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err
    (tmp_path / FILE).rmdir()
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00")
    assert main(["runs", "--home", str(tmp_path)]) == 2
    assert "is not TOML" in capsys.readouterr().err


def test_json_can_be_the_default_and_a_mistake_is_an_object_too(tmp_path, capsys):
    (tmp_path / FILE).write_text('[runs]\nformat = "json"\n')
    assert main(["runs", "--home", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == []
    assert main(["runs", "--home", str(tmp_path), "--format", "text"]) == 0
    assert capsys.readouterr().out == ""
    (tmp_path / FILE).write_text("colour = 1")
    assert main(["runs", "--home", str(tmp_path), "--format", "json"]) == 2
    assert "colour is not a key" in json.loads(capsys.readouterr().out)["error"]


def test_a_tracker_can_be_the_default_of_all_verbs_that_train(options):
    content = 'log = "tensorboard"\n[fit]\nlog = "mlflow"\n'
    assert trackers_of(options(content, "tune")[0]) == ["tensorboard"]
    assert trackers_of(options(content, "fit")[0]) == ["mlflow"]
    assert trackers_of(options(content, "tune", "--log", "mlflow")[0]) == ["mlflow"]
    assert not hasattr(options(content, "report")[0], "log")
    assert trackers_of(options("", "tune")[0]) == []
    _, said = options('log = "wandb"', "tune")
    assert 'log is "wandb", expected one of tensorboard, mlflow' in said
