"""What `--format json` prints has the fields that docs/output.md lists, in every verb."""

import json
import re
import shutil

import pytest
from drawings import as_bytes, on_white
from fake_kaggle import make_zip
from kaggle_server import KaggleServer
from repository import ROOT

from kaggle_kit.cli.main import main
from kaggle_kit.cli.output import document
from kaggle_kit.cli.verbs.options import WITH_JSON

DOCUMENT = (ROOT / "docs" / "output.md").read_text()
SECTIONS = dict(re.findall(r"(?ms)^## ([\w ]+)\n(.*?)(?=^## |\Z)", DOCUMENT))
COMMON = "Every object"
OPEN = {"hyperparameters", "best_percent"}  # their keys depend on the data


def examples(section):
    return [json.loads(block) for block in re.findall(r"(?ms)^```json\n(.*?)^```$", section)]


COMMON_KEYS = set(examples(SECTIONS[COMMON])[0])


def compare(found, documented, path=""):
    """Assert that objects have the documented keys, at any depth where both are known."""
    if isinstance(documented, dict) and isinstance(found, dict):
        if path.rsplit(".", 1)[-1] in OPEN:
            return
        assert found.keys() == documented.keys(), path
        for name, value in documented.items():
            compare(found[name], value, f"{path}.{name}")
    elif isinstance(documented, list) and isinstance(found, list):
        if documented and found:
            compare(found[0], documented[0], path)
    elif found is not None and documented is not None:
        assert kind(found) == kind(documented), (path, found, documented)


def kind(value):
    return float if isinstance(value, int | float) else type(value)


@pytest.fixture
def home(explained_home, tmp_path, monkeypatch):
    shutil.copytree(explained_home, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ask(capsys):
    """Run a command; return its object without the common fields, which are checked."""

    def asked(*words, status=0, example=0):
        assert main([*words, "--format", "json"]) == status
        (line,) = capsys.readouterr().out.splitlines()
        found = json.loads(line)
        assert found.keys() >= COMMON_KEYS
        assert (found["verb"], found["exit_status"]) == (words[0], status)
        assert bool(found["error"]) == bool(status)
        fields = {name: value for name, value in found.items() if name not in COMMON_KEYS}
        compare(fields, examples(SECTIONS[words[0]])[example])
        return fields

    return asked


def test_every_verb_with_json_is_documented_with_each_of_its_fields():
    assert set(SECTIONS) == {*WITH_JSON, COMMON}
    for section in SECTIONS.values():
        named = set(re.findall(r"`(\w+)`", section))
        assert {key for example in examples(section) for key in example} <= named


def test_the_example_of_every_object_is_of_this_schema():
    assert examples(SECTIONS[COMMON])[0]["schema"] == document.SCHEMA


def test_the_steps_to_a_submission(home, ask):
    data = ask("download", "--from", "sample")
    assert (data["training_images"], data["test_images"], data["is_new"]) == (1437, 360, False)
    assert data["classes"] == list("0123456789")
    tuned = ask("tune")
    assert tuned["search"] is None
    assert tuned["best"]["score"]["mean"] > 0.5
    fitted = ask("fit")
    assert sum(map(sum, fitted["confusion"])) == 1437
    assert fitted["out_of_fold"]["score"] == fitted["accuracy"] > 0.95
    sent = ask("submit")
    assert sent["outcome"] == "sample"
    assert sent["sample_accuracy"] > 0.9
    assert (home / sent["file"]).read_text().count("\n") == sent["rows"] + 1


@pytest.fixture
def kaggle(home, monkeypatch):
    """A Kaggle that scores the submissions of the sample, as if it were a competition's data."""
    data = home / "data" / "digit-recognizer"
    manifest = data / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"source": "sample"', '"source": "kaggle"'))
    monkeypatch.setenv("HOME", str(home / "user"))
    monkeypatch.delenv("KAGGLE_KERNEL_RUN_TYPE", raising=False)
    monkeypatch.setattr("time.sleep", lambda _: None)
    with KaggleServer(make_zip(), (data / "solution.csv").read_bytes()) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


@pytest.mark.usefixtures("kaggle")
def test_a_submission_is_known_by_its_number_and_score(ask):
    assert ask("submit", "--dry-run")["outcome"] == "dry_run"
    sent = ask("submit")
    assert sent["outcome"] == "submitted"
    assert sent["submission"] == sent["submissions"][-1]
    assert sent["submission"]["status"] == "complete"
    assert sent["submission"]["public_score"] > 0.9
    (run,) = ask("runs")["runs"]
    assert run["public_score"] == sent["submission"]["public_score"]
    assert (run["state"], run["public_status"]) == ("submitted", "complete")
    again = ask("submit")
    assert again["outcome"] == "submitted_before"
    assert again["submission"]["number"] == sent["submission"]["number"]
    own = ask("submit", "runs/default/submission.csv", "--again", "--no-wait")
    assert own["submission"]["status"] == "pending"
    assert own["run"] is None
    synchronised = ask("submit", "--sync")
    assert synchronised["outcome"] == "synchronised"
    assert synchronised["changed"] == 0
    checks = {check["what"]: check["level"] for check in ask("doctor")["checks"]}
    assert checks["credentials"] == checks["data"] == "ok"


def test_a_leaderboard_has_the_places_of_score_and_cv(home, ask):
    (home / "board.csv").write_text("TeamName,Score\nus,0.99\nthem,1.0\n")
    found = ask("leaderboard", "--file", "board.csv", "--team", "us")
    assert (found["teams"], found["own"]["rank"], found["team"]["name"]) == (2, 2, "us")
    assert found["cv"]["score"] > 0.9
    assert (home / found["figures"][0]).exists()
    (home / "board.csv").write_text("TeamName,Score\nus,\n")
    assert ask("leaderboard", "--file", "board.csv", "--team", "us")["teams"] == 0


def test_runs_are_listed_and_compared(home, ask):
    shutil.copytree(home / "runs" / "default", home / "runs" / "other")
    (home / "runs" / "broken").mkdir()
    *whole, broken = ask("runs")["runs"]
    assert {one["name"] for one in whole} == {"default", "other"}
    assert broken["state"] == "damaged"
    assert broken["damage"]
    both = ask("runs", "default", "other", example=1)
    assert both["mistakes"]["p"] == 1
    assert both["have_same_folds"]


def test_a_run_is_packed_unpacked_and_removed(home, ask):
    packed = ask("runs", "pack", "default", example=2)
    assert packed["bytes"] == (home / packed["changed"][0]["path"]).stat().st_size
    ask("runs", "unpack", "default.zip", "--as", "twin", example=2)
    assert ask("runs", "default", "twin", example=1)["differences"] == []
    removed = ask("runs", "remove", "twin", "--yes", example=2)
    assert removed["bytes"] > 0
    assert [one["name"] for one in ask("runs")["runs"]] == ["default"]


def test_pictures_are_labelled_and_those_that_cannot_be_read_are_named(home, ask, one_of_each):
    (home / "seven.png").write_bytes(as_bytes(on_white(one_of_each[7])))
    (home / "notes.png").write_text("no picture")
    found = ask("predict", "seven.png", "notes.png", "--out", "labels.csv", status=1)
    assert [one["label"] for one in found["predictions"]] == ["7"]
    assert found["unreadable"][0]["name"] == "notes.png"
    assert (home / found["file"]).read_text().startswith("name,label,probability,doubt\n")


def test_what_was_found_before_a_failure_is_told(home, ask, monkeypatch):
    monkeypatch.setenv("HOME", str(home / "nobody"))
    checks = ask("doctor", status=1)["checks"]
    assert checks[0]["level"] == "failure"
    assert checks[0]["remedy"]
