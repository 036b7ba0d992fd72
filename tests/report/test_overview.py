"""The table of runs: runs in every state, and damaged runs."""

import json
import os
import subprocess
import sys

import pytest
from fake_runs import begun, fitted, searched
from forms import CATS, describe

from kaggle_kit.cli.main import main
from kaggle_kit.workspace.files import sha256
from kaggle_kit.workspace.ledger import Entry, record


def listing(home, capsys):
    """The cells of each run in the printed table, by the name of the run."""
    assert main(["runs", "--home", str(home)]) == 0
    header, *lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    rows = [line for line in lines if len(line) == len(header) and "is" not in line[:2]]
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows}


def submit(home, run, score):
    run.submission.write_text(f"ImageId,Label\n1,{run.folder.name}\n")
    entry = Entry(
        time="2026-01-02T03:04:05Z",
        competition="digit-recognizer",
        run=run.folder.name,
        file_sha256=sha256(run.submission),
        revision="abc",
        cv_mean=0.9,
        cv_std=0.1,
        ref=7,
        status="pending" if score is None else "complete",
        public_score=score,
        message="",
    )
    record(home / "submissions" / "ledger.csv", entry)


def test_a_search_that_goes_on_has_the_cv_of_its_best_completed_trial(tmp_path, capsys):
    begun(tmp_path, "a")
    row = listing(tmp_path, capsys)["a"]
    assert (row["state"], row["preset"], row["family"]) == ("searching", "quick", "dense")
    assert (row["CV"], row["±std"], row["of"]) == ("0.8500", "0.0707", "trial")
    assert (row["nets"], row["search"], row["fit"], row["public"]) == ("-", "1m", "-", "-")


def test_a_search_without_a_trial_has_no_cv(tmp_path, capsys):
    begun(tmp_path, "a").trials.write_text("trial,status,mean_test_score,rank_test_score\n")
    row = listing(tmp_path, capsys)["a"]
    assert (row["state"], row["CV"], row["search"]) == ("searching", "-", "-")


def test_a_finished_search_has_the_cv_of_the_chosen_trial(tmp_path, capsys):
    searched(tmp_path, "a")
    row = listing(tmp_path, capsys)["a"]
    assert (row["state"], row["CV"], row["of"], row["nets"]) == (
        *("searched", "0.9200", "trial", "0/2"),
    )


def test_a_fitted_run_has_the_cv_of_its_ensemble(tmp_path, capsys):
    fitted(tmp_path, "a", mistakes=[0, 2, 1])
    row = listing(tmp_path, capsys)["a"]
    assert (row["state"], row["CV"], row["±std"], row["of"]) == (
        *("fitted", "0.9250", "0.0354", "oof"),
    )
    assert (row["nets"], row["fit"]) == ("2", "2m")


def test_an_ensemble_of_another_choice_does_not_count(tmp_path, capsys):
    run = fitted(tmp_path, "a")
    run.best.write_text(run.best.read_text().replace("512", "256"))
    assert listing(tmp_path, capsys)["a"]["state"] == "searched"


@pytest.mark.parametrize(("score", "told"), [(0.98765, "0.98765"), (None, "pending")])
def test_a_submitted_run_has_its_public_score(score, told, tmp_path, capsys):
    submit(tmp_path, fitted(tmp_path, "a"), score)
    row = listing(tmp_path, capsys)["a"]
    assert (row["state"], row["public"]) == ("submitted", told)


def test_a_score_of_a_file_that_the_run_has_no_longer_is_not_its_own(tmp_path, capsys):
    run = fitted(tmp_path, "a")
    submit(tmp_path, run, 0.9)
    run.submission.write_text("ImageId,Label\n1,5\n")
    row = listing(tmp_path, capsys)["a"]
    assert (row["state"], row["public"]) == ("fitted", "-")


def test_the_best_comes_first_and_what_has_no_cv_last(tmp_path, capsys):
    begun(tmp_path, "a").trials.unlink()
    fitted(tmp_path, "b", mistakes=[0])
    fitted(tmp_path, "c")
    begun(tmp_path, "d").config.write_text("{")
    assert list(listing(tmp_path, capsys)) == ["c", "b", "a", "d"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("config.json", "{", "config.json is damaged"),
        ("config.json", None, "it has no config.json"),
        ("config.json", '{"preset": 1, "family": 2, "data": 3}', "of another kind"),
        ("best.json", "[]", "best.json is damaged"),
        ("trials.csv", "", "trials.csv is damaged"),
        (
            "trials.csv",
            "trial\n1\n",
            "trials.csv is damaged: it has no column seconds, found 'trial'",
        ),
        ("oof.npz", "PK", "oof.npz is damaged"),
        ("history.csv", "epoch\n1\n", "history.csv is damaged: it has no column fold"),
    ],
)
def test_a_damaged_run_is_listed_with_the_reason_beside_the_others(
    name, content, reason, tmp_path, capsys
):
    fitted(tmp_path, "whole")
    path = fitted(tmp_path, "torn").folder / name
    path.unlink() if content is None else path.write_text(content)
    assert main(["runs", "--home", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert ("  -> " in out) == reason.startswith(name)
    (said,) = [line for line in out.splitlines() if line.startswith("torn is damaged: ")]
    assert reason in said
    rows = listing(tmp_path, capsys)
    assert (rows["torn"]["state"], rows["whole"]["state"]) == ("damaged", "fitted")


def test_a_damaged_ledger_costs_the_scores_alone(tmp_path, capsys):
    fitted(tmp_path, "a")
    ledger = tmp_path / "submissions" / "ledger.csv"
    ledger.parent.mkdir()
    ledger.write_text("time\n1\n")
    assert main(["runs", "--home", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert "fitted" in said.out
    assert "public scores are unknown" in said.err


def test_a_home_without_runs_says_what_to_do(tmp_path, capsys):
    assert main(["runs", "--home", str(tmp_path)]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "`kaggle-kit tune --home " in said.err


def test_lines_fit_into_100_columns(tmp_path, capsys):
    run = fitted(tmp_path, "longest-name", config={"preset": "standard"})
    run.trials.write_text("trial,seconds\n0,36000\n")
    run.history.write_text("fold,member,epoch,seconds\n0,0,1,360000\n")
    submit(tmp_path, run, 0.98765)
    assert main(["runs", "--home", str(tmp_path)]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 100


def test_no_network_is_imported(tmp_path):
    fitted(tmp_path, "a")
    fitted(tmp_path, "b")
    code = (
        "import sys; from kaggle_kit.cli.main import main; main(sys.argv[1:]);"
        "heavy = {'keras', 'jax', 'tensorflow', 'sklearn', 'matplotlib'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "runs", "a", "b", "--home", str(tmp_path)]
    out = subprocess.check_output(command, text=True, env=os.environ)
    assert out.splitlines()[-1] == "[]"


def test_a_run_of_another_kit_may_lack_what_is_not_needed(tmp_path, capsys):
    run = fitted(tmp_path, "a")
    config = json.loads(run.config.read_text())
    del config["versions"]
    run.config.write_text(json.dumps(config | {"preset": None}))
    assert listing(tmp_path, capsys)["a"]["preset"] == "-"


def test_a_search_for_a_log_loss_shows_it_as_kaggle_does(tmp_path, capsys):
    describe(tmp_path, CATS)
    for name, loss in (("a", -1.5), ("b", -0.25)):
        run = begun(tmp_path, name, competition="cats")
        run.trials.write_text(
            f"trial,status,split0_test_score,rank_test_score,seconds\n0,completed,{loss},1,70\n"
        )
    begun(tmp_path, "c", competition="cats").trials.unlink()
    rows = listing(tmp_path, capsys)
    assert [(name, row["CV"]) for name, row in rows.items()] == [
        *(("b", "0.2500"), ("a", "1.5000"), ("c", "-")),
    ]


def test_a_run_of_a_competition_without_a_description_is_listed_all_the_same(tmp_path, capsys):
    begun(tmp_path, "a", competition="gone")
    assert listing(tmp_path, capsys)["a"]["CV"] == "0.8500"
