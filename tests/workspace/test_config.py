import json
import sys

import pytest

from kaggle_kit.errors import RunError
from kaggle_kit.workspace.config import (
    FORMAT,
    OF_BLENDS,
    begin_run,
    check_arithmetic,
    check_data,
    read_config,
)
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.storage import read_json

ASKED = {
    "competition": "digit-recognizer",
    "family": "dense",
    "oracle": "random",
    "folds": 4,
    "seed": 0,
    "epochs": 4,
    "patience": 4,
    "data": {"train.csv": "a" * 64, "test.csv": "b" * 64},
    "trials": 4,
}


def test_config_says_what_was_asked_and_what_made_the_result(run):
    begin_run(run, ASKED)
    config = json.loads(run.config.read_text())
    assert config.items() >= ASKED.items()
    assert {"keras", "jax", "numpy", "python"} <= config["versions"].keys()
    assert config["revision"]
    assert config["machine"]["cores"] >= 1
    assert config["machine"]["model"]
    assert 0.1 < config["machine"].get("memory_gib", 1) < 1e5


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["/a/bin/kaggle-kit", "tune", "--run", "two"], "kaggle-kit tune --run two"),
        (["/a/kaggle_kit/__main__.py", "tune", "--home", "a b"], "kaggle-kit tune --home 'a b'"),
        (["benchmarks/presets.py"], "presets.py"),
    ],
)
def test_config_says_by_which_command_the_run_was_begun(run, monkeypatch, words, command):
    monkeypatch.setattr(sys, "argv", words)
    begin_run(run, ASKED)
    assert read_json(run.config)["command"] == command


@pytest.mark.parametrize("changed", [{"folds": 5}, {"seed": 1}, {"data": {"train.csv": "c" * 64}}])
def test_a_run_never_mixes_trials_that_cannot_be_compared(run, changed):
    begin_run(run, ASKED)
    with pytest.raises(RunError, match=f"was made with {next(iter(changed))}") as caught:
        begin_run(run, ASKED | changed)
    assert "--run" in caught.value.hint
    assert read_json(run.config).items() >= ASKED.items()


def test_a_run_may_be_given_more_trials_and_keeps_what_made_it(run):
    begin_run(run, ASKED)
    write_json(run.config, read_json(run.config) | {"revision": "the first"})
    begin_run(run, ASKED | {"trials": 9})
    config = read_json(run.config)
    assert (config["trials"], config["revision"]) == (9, "the first")


def test_a_run_is_not_fitted_on_other_data_than_it_was_tuned_on(run):
    begin_run(run, ASKED)
    check_data(run, ASKED["data"])
    with pytest.raises(RunError, match="made from other data"):
        check_data(run, ASKED["data"] | {"test.csv": "c" * 64})


@pytest.mark.parametrize("newer", [OF_BLENDS + 1, "2.0"])
def test_a_run_of_a_newer_kit_is_refused_before_anything_of_it_is_touched(run, newer):
    begin_run(run, ASKED)
    write_json(run.config, read_json(run.config) | {"format": newer})
    before = run.config.read_bytes()
    for use in (lambda: begin_run(run, ASKED), lambda: check_data(run, ASKED["data"])):
        with pytest.raises(RunError, match="made by a newer kaggle-kit: its format is") as caught:
            use()
        assert "--run" in caught.value.hint
    assert run.config.read_bytes() == before


def test_a_run_begun_before_there_were_formats_is_read(run):
    begin_run(run, ASKED)
    config = read_json(run.config)
    assert config.pop("format") == FORMAT
    write_json(run.config, config)
    begin_run(run, ASKED | {"trials": 9})
    assert read_config(run)["trials"] == 9


def test_trials_without_the_config_they_were_made_under_are_not_added_to(run):
    begin_run(run, ASKED)
    run.tuner.mkdir()
    run.config.unlink()
    with pytest.raises(RunError, match="is missing, but files made from it exist") as caught:
        begin_run(run, ASKED)
    assert "--restart" in caught.value.hint
    run.discard()
    begin_run(run, ASKED)


JAX = {"backend": "jax", "products": "bfloat16"}


@pytest.mark.parametrize(
    ("now", "told", "remedy"),
    [
        (
            {"backend": "tensorflow", "products": "float32"},
            "tensorflow with float32",
            "KERAS_BACKEND=jax",
        ),
        ({"backend": "jax", "products": "float32"}, "jax with float32", "fit --best"),
    ],
)
def test_a_run_never_mixes_networks_of_two_backends_or_dtypes(run, now, told, remedy):
    begin_run(run, ASKED)
    check_arithmetic(run, JAX)
    check_arithmetic(run, JAX)
    with pytest.raises(
        RunError, match=f"begun by jax with bfloat16 products; here .* {told}"
    ) as caught:
        check_arithmetic(run, now)
    assert remedy in caught.value.hint
    assert read_json(run.config)["arithmetic"] == JAX


def test_a_run_that_did_not_record_its_backend_is_continued(run):
    begin_run(run, ASKED)
    config = read_json(run.config)
    check_arithmetic(run, JAX)
    assert read_json(run.config) == config | {"arithmetic": JAX}


def test_a_lost_config_is_not_replaced_by_a_stub(run):
    with pytest.raises(RunError, match="is missing"):
        check_arithmetic(run, JAX)
    assert not run.config.exists()
