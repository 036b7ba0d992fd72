"""The command as a user runs it: in its own process, with real data and real (small) training."""

import contextlib
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kaggle_kit._version import __version__
from kaggle_kit.cli.main import main

SMALL = ("--trials", 2, "--folds", 2, "--epochs", 2, "--fit-epochs", 3, "--time-budget", "5m")
INLINE = ("--workers", 1)


@pytest.fixture
def home(tmp_path, sample_home):
    """The current folder of `kit`, into which the sample was downloaded."""
    shutil.copytree(sample_home / "data", tmp_path / "data")
    return tmp_path


@pytest.fixture(scope="session")
def tuned_once(tmp_path_factory, sample_home):
    home = tmp_path_factory.mktemp("tuned")
    shutil.copytree(sample_home / "data", home / "data")
    assert main(["tune", *map(str, [*SMALL, *INLINE]), "--home", str(home)]) == 0
    return home


@pytest.fixture
def tuned(tmp_path, tuned_once):
    """The current folder of `kit`, with the sample and a finished search on it."""
    shutil.copytree(tuned_once, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def here(tmp_path):
    """Run `kaggle-kit` in this process, where the heavy modules are already imported."""
    return lambda *arguments: main([*map(str, arguments), "--home", str(tmp_path)])


def test_help_and_version_answer_at_once(kit):
    """The limit is 0.3 s for the fastest of three calls, because the machine may be busy."""
    for option in ("--help", "--version"):
        times = []
        for _ in range(3):
            started = time.perf_counter()
            answer = kit(option)
            times.append(time.perf_counter() - started)
            assert answer.returncode == 0
        assert min(times) < 0.3
    assert answer.stdout == f"kaggle-kit {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: VERB"),
        (["tnue"], "invalid choice: 'tnue'"),
        (["tune", "--oracle", "grid"], "invalid choice: 'grid'"),
        (["tune", "--trials", "0"], "expected a whole number of at least 1: '0'"),
        (["tune", "--time-budget", "soon"], "expected a duration such as 90s, 20m or 1h30m"),
        (["tune", "--preset", "slow"], "invalid choice: 'slow'"),
        (["export", "--format", "pickle"], "invalid choice: 'pickle'"),
        (["export", "--fold", "-1"], "expected a whole number, counted from 0: '-1'"),
        (["fit", "--workers", "0"], "expected a whole number of at least 1: '0'"),
        (["fit", "--workers", "9" * 5000], "expected a whole number of at least 1: '999"),
        (["tune", "--run", "a/b"], "a run's name is"),
        (["tune", "--family", "cnn9"], "unknown family 'cnn9'; --family takes dense"),
        (["tune", "--seed", "x"], "expected a whole number from 0: 'x'"),
        (["demo", "--port", "٣" * 5000], "expected a port, 1 to 65535"),
        (["kernel", "build", "--owner", "a b"], "expected a user as in the address"),
        (["runs", "a"], "two runs can be compared, not 1"),
        (["runs", "a", "b", "--nonsense"], "unrecognized arguments: --nonsense"),
    ],
)
def test_wrong_usage_has_status_2(arguments, message, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ")
    assert message in error
    assert re.match(r"hint: kaggle-kit (\w+ )?--help", hint)


@pytest.mark.parametrize(
    ("arguments", "status", "error", "hint"),
    [
        (["tune"], 1, "train.csv does not exist", "run `kaggle-kit download --home "),
        (["fit"], 1, "train.csv does not exist", "run `kaggle-kit download --home "),
        (["download", "--from", "nowhere.zip"], 2, "nowhere.zip does not exist", "path of a zip"),
        (["fit", "--best", "nowhere.json"], 2, "nowhere.json does not exist", "a best.json"),
        (["fit", "--best", "."], 2, ". is a folder, expected a file", "a best.json"),
        (["leaderboard", "--file", "nowhere.csv"], 2, "nowhere.csv does not exist", "CSV"),
        (["report"], 1, "there is no run 'default'", "`kaggle-kit tune --home "),
        (["tune", "--competition", "titanic"], 2, "no description of", "kaggle-kit init titanic"),
        (["tune", "--competition", "c/cifar-1O"], 2, "no description of", "did you mean cifar-10?"),
        (["tune", "--competition", "my.toml"], 2, "my.toml does not exist", "a description"),
    ],
)
def test_a_failure_is_one_line_and_a_hint(arguments, status, error, hint, capsys, tmp_path):
    assert main([*arguments, "--home", str(tmp_path)]) == status
    out, err = capsys.readouterr()
    assert out == ""
    lines = [line for line in err.splitlines() if not line.startswith("digit-recognizer from")]
    assert lines[0].startswith("error: ")
    assert error in lines[0]
    assert lines[1].startswith("hint: ")
    assert hint in lines[1]
    assert len(lines) == 2


# These take most of the seconds before a verb starts.
HEAVY = ("keras", "jax", "tensorflow", "pandas", "sklearn", "matplotlib", "kagglesdk")
AT_ONCE = """
import contextlib, sys
from kaggle_kit.cli.main import main
for command in sys.argv[1:]:
    with contextlib.suppress(SystemExit):
        assert main(command.split()) != 0, command
    heavy = [name for name in {heavy} if name in sys.modules]
    assert not heavy, (command, heavy)
"""


def test_wrong_usage_is_told_before_anything_heavy_is_imported(tmp_path):
    commands = [
        *("tune --folds 1", "tune --family x", "tune --time-budget 0s", "tune --competition x"),
        *("fit --best nowhere.json", "submit --workers x", "leaderboard --file nowhere.csv"),
        *("runs a", "runs a b", "report --run x", "report --run x --out page", "export --fold 1"),
        *("export --out x.txt", "demo --run x", "bundle --run x", "kernel build --best x.json"),
        *("download --from nowhere.zip", "kernel build --owner a/b", "doctor --run a/b"),
    ]
    code = AT_ONCE.format(heavy=HEAVY)
    python = [sys.executable, "-c", code, *commands]
    done = subprocess.run(python, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_debug_shows_where_a_failure_comes_from(capsys, tmp_path):
    assert main(["report", "--home", str(tmp_path), "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 9 bytes"),
        RuntimeError("INTERNAL: Out of memory allocating 9 bytes"),
    ],
)
def test_memory_that_runs_out_is_told_in_one_line(error, capsys, tmp_path, monkeypatch):
    def run_out(_):
        raise error

    monkeypatch.setattr("kaggle_kit.cli.commands.runs.run", run_out)
    assert main(["runs", "--home", str(tmp_path)]) == 1
    said, hint = capsys.readouterr().err.splitlines()
    assert said == "error: memory ran out"
    assert "--workers" in hint


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("tune", "the same command goes on from here"),
        ("tune --restart", "the same command without --restart goes on from here"),
        (
            "submit --again",
            "`kaggle-kit submit --sync --home {}` shows whether the file was sent",
        ),
        ("runs", "the same command starts again"),
    ],
)
def test_ctrl_c_hints_at_nothing_that_does_harm(command, hint, capsys, tmp_path, monkeypatch):
    def press(_):
        raise KeyboardInterrupt

    verb = command.split()[0]
    monkeypatch.setattr(f"kaggle_kit.cli.commands.{verb}.run", press)
    assert main([*command.split(), "--home", str(tmp_path)]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == f"hint: {hint.format(tmp_path)}"


def test_modules_of_the_current_folder_take_no_place_of_pythons(kit, tmp_path):
    for name in ("signal", "random", "json", "keras"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this is not Python's')")
    done = kit("runs")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no runs in" in done.stderr


def test_letters_that_a_terminal_cannot_show_end_no_command(kit):
    done = kit("tune", "--help", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    done = kit("download", "--from", "nichts-da-ü.zip", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert "nichts-da-" in done.stderr
    assert "Traceback" not in done.stderr


ASK_KERAS = (
    "from kaggle_kit.networks.backend import keras;"
    "print(keras.backend.backend(), keras.config.floatx(), keras.config.image_data_format())"
)


def ask_keras(**environment):
    return subprocess.run(
        [sys.executable, "-c", ASK_KERAS],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("floatx", ["float16", "double"])
def test_settings_of_other_programs_change_no_results(tmp_path, floatx):
    """They share ~/.keras/keras.json; Keras itself would not even start with the second."""
    settings = {"floatx": floatx, "image_data_format": "channels_first", "backend": "torch"}
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(settings))
    done = ask_keras(HOME=str(tmp_path), KERAS_BACKEND="")
    assert done.stdout.split() == ["jax", "float32", "channels_last"], done.stderr


@pytest.mark.parametrize("backend", ["numpy", "theano"])
def test_a_backend_that_does_not_train_is_told(backend):
    done = ask_keras(KERAS_BACKEND=backend)
    assert f"KERAS_BACKEND is '{backend}', expected one of jax, tensorflow" in done.stderr


def test_the_name_of_a_backend_may_be_in_capitals():
    assert ask_keras(KERAS_BACKEND="JAX").stdout.split()[0] == "jax"


@pytest.mark.parametrize(
    "setting",
    [{"PYTHONWARNINGS": "error"}, {"MPLBACKEND": "nonsense"}],
    ids=lambda s: next(iter(s)),
)
def test_the_environment_of_other_programs_ends_no_command(kit, tmp_path, setting):
    board = tmp_path / "board.csv"
    board.write_text("TeamName,Score\nus,0.9\n")
    done = kit("leaderboard", "--file", board, **setting)
    assert done.returncode == 0, done.stderr
    assert "1 team with a score" in done.stdout


def test_a_matplotlibrc_of_the_user_ends_no_command(kit, tmp_path):
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nfigure.dpi: 900\n")
    board = tmp_path / "board.csv"
    board.write_text("TeamName,Score\nus,0.9\n")
    assert kit("leaderboard", "--file", board).returncode == 0


def test_a_closed_standard_error_ends_no_command(tmp_path):
    command = [sys.executable, "-m", "kaggle_kit", "runs", "--home", str(tmp_path)]
    closed = ["sh", "-c", '"$@" 2>&-', "sh", *command]
    assert subprocess.run(closed, check=False).returncode == 0


def test_a_file_where_a_folder_must_be_is_told_in_one_line(capsys, tmp_path):
    (tmp_path / "data").write_text("")
    assert main(["download", "--from", "sample", "--home", str(tmp_path)]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_from_nothing_to_a_scored_submission(kit, tmp_path):
    """All steps on the sample; when called again, each step reports that it is done."""
    assert "1,437 training and 360 test" in kit("download", "--from", "sample").stdout
    tuned = kit("tune", *SMALL, *INLINE, FORCE_COLOR="1")  # as in a notebook
    assert tuned.returncode == 0, tuned.stderr
    assert "best of the search: trial" in tuned.stdout
    # without a terminal, progress is plain lines, and no library adds lines
    assert not re.search(r"\x1b|\r|tensorflow|cuda|oneDNN|absl", tuned.stdout + tuned.stderr)
    assert "a classifier tells test from training images with an AUC of 0." in tuned.stderr
    assert re.search(r"(?m)^tune: trial 1/2 · fold 1/2 · epoch 1/2 · accuracy 0\.\d+", tuned.stderr)
    fitted = kit("fit")
    assert "confusion matrix" in fitted.stdout
    assert "hardest pair: " in fitted.stdout
    submitted = kit("submit")
    accuracy = float(re.search(r"held-out labels ([\d.]+)", submitted.stdout)[1])
    assert 0.3 < accuracy < 1  # a few steps are better than none
    assert (tmp_path / "runs/default/submission.csv").read_text().count("\n") == 361
    assert kit("report").returncode == 0
    run = {path.name for path in (tmp_path / "runs/default").iterdir()}
    assert run == {
        "config.json",
        "plan.json",
        "folds.npz",
        "tuner",
        "trials.csv",
        "best.json",
        "models",
        "history.csv",
        "oof.npz",
        "test.npz",
        "familiar.npz",
        "submission.csv",
        "robustness.csv",
        "model_card.md",
        "report",
        "written.json",
    }
    assert "already there" in kit("download", "--from", "sample").stdout
    assert "already done" in kit("tune").stderr
    assert "already there" in kit("fit").stderr


@pytest.mark.usefixtures("tuned")
def test_the_same_seed_gives_the_same_submission_byte_for_byte(kit, tmp_path, here):
    """Once in a new process, and once in this process, which has computed much before."""
    assert kit("tune", *SMALL, *INLINE, "--run", "one").returncode == 0
    assert kit("submit", *INLINE, "--run", "one").returncode == 0
    assert here("submit", *INLINE) == 0
    for name in ("submission.csv", "test.npz"):
        one, two = (tmp_path / "runs" / run / name for run in ("one", "default"))
        assert one.read_bytes() == two.read_bytes()


def finished_trials(home):
    path = home / "runs/default/trials.csv"
    if not path.exists():
        return {}
    with path.open() as file:
        rows = csv.DictReader(file)
        return {row["trial"]: row["seconds"] for row in rows if row["status"] != "cut"}


def wait_for(condition, process, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


LONG = ("--trials", 3, "--folds", 2, "--epochs", 6, "--fit-epochs", 2, "--time-budget", "5m")


def is_anyone_left(group):
    """Whether the group has a process that is not a zombie."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                return True
    return False


def wait_for_the_end(group, seconds=20):
    deadline = time.monotonic() + seconds
    while is_anyone_left(group):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_tune_killed_with_9_goes_on_where_it_was(kit, home):
    """Its workers, which nobody killed, also end."""
    process = kit("tune", *LONG, "--workers", 2, wait=False)
    wait_for(lambda: len(finished_trials(home)) >= 2, process)
    process.kill()
    process.communicate()
    wait_for_the_end(process.pid)
    before = finished_trials(home)
    assert not (home / "runs/default/best.json").exists()
    state = home / "runs/default/tuner/oracle.json"
    state.write_bytes(state.read_bytes()[:1000])
    resumed = kit("tune", *LONG, *INLINE)
    assert resumed.returncode == 0, resumed.stderr
    after = finished_trials(home)
    assert len(after) == 3
    assert before.items() <= after.items()


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_says_how_to_go_on_and_leaves_nothing_half_written(workers, kit, home):
    """Every process of the group gets the signal, as in a terminal, and no process is left."""
    process = kit("tune", *LONG, "--workers", workers, wait=False)
    wait_for(lambda: finished_trials(home), process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    assert err.endswith("interrupted\nhint: the same command goes on from here\n")
    assert "Traceback" not in err
    assert list(home.rglob("*.part")) == []
    wait_for_the_end(process.pid)


def test_the_time_budget_holds_to_within_an_epoch(kit, home):
    """An epoch on the sample takes less than a second."""
    plan = ("--trials", 50, "--folds", 2, "--epochs", 100, "--time-budget", "8s")
    tuned = kit("tune", *plan, *INLINE)
    assert tuned.returncode == 0, tuned.stderr
    took = re.search(r"trials? in (\d+) s", tuned.stderr)
    assert 8 <= int(took[1]) <= 10
    assert finished_trials(home).keys() <= {"00", "01", "02", "03"}


@pytest.mark.usefixtures("tuned")
def test_a_run_is_not_mixed_with_other_folds(here, capsys):
    assert here("tune", "--folds", 3) == 1
    assert "was made with folds 2; this command asks for folds 3" in capsys.readouterr().err
    assert here("tune", *SMALL, *INLINE, "--folds", 3, "--restart") == 0


def test_an_edited_csv_is_not_taken_for_the_one_that_was_downloaded(here, tuned, capsys):
    train = tuned / "data/digit-recognizer/train.csv"
    train.write_text("".join(train.read_text().splitlines(keepends=True)[:-1]))
    assert here("fit") == 1
    assert "train.csv was changed since it was downloaded" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "{"])
def test_data_without_a_manifest_are_never_submitted(content, here, tuned, capsys):
    """They are not read: they may be the sample, or a mixture of two downloads."""
    manifest = tuned / "data/digit-recognizer/manifest.json"
    manifest.unlink()
    if content:
        manifest.write_text(content)
    assert here("submit") == 1
    assert "does not hold a complete download by `kaggle-kit download`" in capsys.readouterr().err


def test_a_run_is_not_mixed_with_other_data(here, tuned, capsys):
    config = tuned / "runs/default/config.json"
    config.write_text(re.sub(r'"train.csv": "\w+"', '"train.csv": "0"', config.read_text()))
    assert here("fit") == 1
    assert "was made from other data" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [("--folds", 1), ("--folds", 101), ("--seed", 2**31), ("--time-budget", "0s")]
)
def test_what_cannot_be_searched_costs_no_run(wrong, here, tuned, capsys):
    """An invalid plan does not replace a run, and does not begin one with invalid settings."""
    before = {path: path.stat().st_mtime_ns for path in tuned.rglob("*")}
    assert here("tune", *SMALL, *wrong, "--restart") == 2
    assert here("tune", *SMALL, *wrong, "--run", "new") == 2
    assert "bug in kaggle-kit" not in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in tuned.rglob("*")} == before


@pytest.mark.usefixtures("tuned")
def test_a_report_is_not_made_of_two_runs(here, tuned, capsys):
    """No report combines the ensemble of one best.json with a search that found another."""
    assert here("report") == 1
    assert "run `kaggle-kit fit " in capsys.readouterr().err
    assert not (tuned / "runs/default/report").exists()


@pytest.mark.usefixtures("tuned")
def test_a_run_that_has_begun_goes_on_as_it_was_asked(here, capsys):
    """`tune` without options keeps the plan of the run, and does not take the default preset."""
    assert here("tune") == 0
    assert "already done" in capsys.readouterr().err
    assert here("tune", "--trials", 3, *INLINE) == 0
    assert "3 trials in" in capsys.readouterr().err


def test_a_run_of_an_older_kit_is_an_error_that_says_what_to_do(here, tuned, capsys):
    """The plan of that kit had no committees."""
    for name in ("config", "best"):
        path = tuned / f"runs/default/{name}.json"
        content = json.loads(path.read_text())
        del content["members"]
        path.write_text(json.dumps(content))
    for arguments in (["tune"], ["tune", "--preset", "quick"], ["fit"]):
        assert here(*arguments) == 1
        error, hint = capsys.readouterr().err.splitlines()
        assert "members" in error
        assert "kaggle-kit tune" in hint or "--restart" in hint


@pytest.mark.usefixtures("tuned")
def test_more_members_make_a_committee_of_each_fold(here, tuned):
    """The search is not repeated for the new members."""
    trials = (tuned / "runs/default/trials.csv").read_bytes()
    assert here("tune", "--members", 2, *INLINE) == 0
    assert (tuned / "runs/default/trials.csv").read_bytes() == trials
    best = json.loads((tuned / "runs/default/best.json").read_text())
    first, second = (member["posture"] for member in best["members"])
    assert first == best["hyperparameters"]["posture"] != second


def test_a_run_folder_that_cannot_be_made_is_told_in_one_line(here, home, capsys):
    (home / "runs").write_text("")
    assert here("tune", *SMALL) == 1
    *_, error, hint = capsys.readouterr().err.splitlines()
    assert re.match(r"error: .*runs/default: Not a directory", error)
    assert hint.startswith("hint: ")


@pytest.mark.usefixtures("tuned")
def test_the_tensorflow_backend_trains_from_a_best_json_that_jax_found(kit):
    other = ("--run", "other", *INLINE)
    fitted = kit("fit", "--best", "runs/default/best.json", *other, KERAS_BACKEND="tensorflow")
    assert fitted.returncode == 0, fitted.stderr
    submitted = kit("submit", *other, KERAS_BACKEND="tensorflow")
    assert submitted.returncode == 0, submitted.stderr
    accuracy = float(re.search(r"held-out labels ([\d.]+)", submitted.stdout)[1])
    assert accuracy > 0.3
