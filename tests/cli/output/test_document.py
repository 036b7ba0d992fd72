import json
import sys
from pathlib import Path

import numpy as np
import pytest

from kaggle_kit.cli.main import main
from kaggle_kit.cli.output import document
from kaggle_kit.competition.description import Metric


@pytest.fixture(autouse=True)
def _closed():
    yield
    document.begin([])


def strictly(text):
    """Return the one object that a text is, as a strict parser reads it."""

    def refuse(word):
        raise AssertionError(word)

    assert text.endswith("\n")
    assert text.count("\n") == 1
    assert text.isascii()
    return json.loads(text, parse_constant=refuse)


def test_values_become_strict_json():
    document.begin(["runs", "--format", "json"])
    about = {
        "nan": float("nan"),
        "inf": np.float32("inf"),
        "array": np.array([[1, 2]]),
        "number": np.int64(3),
        "path": Path("é") / "\udcff",
        "enum": Metric.AUC,
        "keys": {1: True},
        "none": None,
        "tuple": (1.5,),
    }
    document.answer(lambda: about)
    found = strictly(document.text(0) + "\n")
    assert {name: found[name] for name in about} == {
        "nan": None,
        "inf": None,
        "array": [[1, 2]],
        "number": 3,
        "path": "é/?",
        "enum": "auc",
        "keys": {"1": True},
        "none": None,
        "tuple": [1.5],
    }


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["tune", "--format", "json"], True),
        (["tune", "--format=json"], True),
        (["tune", "--form", "json"], True),
        (["tune", "--format", "json", "--format", "text"], False),
        (["tune", "--fold", "json"], False),
        (["tune", "--", "--format", "json"], False),
        (["export", "--format", "json"], False),
        (["--format", "json"], True),
        (["tune", "--format"], False),
        ([], False),
    ],
)
def test_json_is_known_to_be_asked_for_before_the_options_are_right(words, asked):
    document.begin(words)
    assert document.is_json() == asked


def test_what_is_not_asked_for_is_not_built():
    document.begin(["tune"])
    document.answer(lambda: pytest.fail("built"))
    document.fail("it failed", "")
    assert not document.is_json()


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (["tune", "--trials", "x"], "--trials: expected a whole number", "kaggle-kit tune --help"),
        (["tnue"], "invalid choice: 'tnue'", "kaggle-kit --help"),
        (["runs", "--nonsense"], "unrecognized arguments", "kaggle-kit runs --help"),
    ],
)
def test_wrong_usage_is_an_object_too(words, error, hint, capsys):
    with pytest.raises(SystemExit) as end:
        main([*words, "--format", "json"])
    assert end.value.code == 2
    out, err = capsys.readouterr()
    found = strictly(out)
    assert error in found["error"]
    assert found["exit_status"] == 2
    assert found["hint"] == hint
    assert f"error: {found['error']}" in err


def test_a_failure_has_the_same_status_and_words_as_without(capsys, tmp_path):
    words = ["fit", "--home", str(tmp_path), "--run", "none"]
    status = main(words)
    plain = capsys.readouterr()
    assert plain.out == ""
    assert main([*words, "--format", "json"]) == status == 1
    out, err = capsys.readouterr()
    found = strictly(out)
    assert found["exit_status"] == 1
    assert plain.err == err == f"error: {found['error']}\nhint: {found['hint']}\n"


def test_an_interrupted_command_says_so(capsys, tmp_path, monkeypatch):
    def press(_):
        sys.stdout.write("a library talks\n")
        raise KeyboardInterrupt

    monkeypatch.setattr("kaggle_kit.cli.commands.tune.run", press)
    assert main(["tune", "--home", str(tmp_path), "--format", "json"]) == 130
    out, err = capsys.readouterr()
    found = strictly(out)
    assert (found["exit_status"], found["error"]) == (130, "interrupted")
    assert found["hint"] == "the same command goes on from here"
    assert "a library talks" in err


def test_the_next_command_is_for_people_again(capsys, tmp_path):
    assert main(["runs", "--home", str(tmp_path), "--format", "json"]) == 0
    assert strictly(capsys.readouterr().out)["runs"] == []
    assert main(["runs", "--home", str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""
