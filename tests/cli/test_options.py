import argparse
import re
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT

from kaggle_kit.cli import commands
from kaggle_kit.cli.arguments import trackers_of
from kaggle_kit.cli.help_texts import VERBS
from kaggle_kit.cli.main import main
from kaggle_kit.cli.option_types import duration, scheduler
from kaggle_kit.cli.options import OPTIONS, make_parser
from kaggle_kit.cli.verbs.verb import WIDTH
from kaggle_kit.search.presets import PRESETS

EXAMPLES = [command for verb in VERBS.values() for command in verb.examples]


def help_of(*arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main([*arguments, "--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from kaggle_kit.cli.options import make_parser; make_parser().format_help();"
        "heavy = {'numpy', 'pandas', 'keras', 'jax', 'tensorflow', 'kagglesdk', 'rich'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert answer == "[]\n"


def test_every_verb_has_its_module_and_every_option_its_verb():
    modules = {path.stem for path in Path(commands.__file__).parent.glob("*.py")}
    assert set(VERBS) == modules - {"__init__"}
    assert set(OPTIONS) <= set(VERBS)


def test_every_step_of_make_is_a_verb_of_the_same_name():
    """The others are of the clone: its tests, its notebook; `completion` is of the shell."""
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))
    of_the_clone = {"help", "setup", "notebook", "test", "test-long", "check", "check-kaggle"}
    of_the_clone |= {"bench", "docs", "dist", "lock", "clean"}
    assert targets - of_the_clone == set(VERBS) - {"completion"}
    steps = re.findall(r"^([a-z-]+):.*##.*\n\t\$\(KIT\) ([a-z]+)", makefile, re.MULTILINE)
    assert {target: verb for target, verb in steps if target != verb} == {}
    assert len(steps) == len(VERBS) - 1


def test_kernel_alone_builds_and_push_takes_its_options():
    assert make_parser().parse_args(["kernel"]).action == "build"
    push = make_parser().parse_args(["push", "--owner", "you", "--no-wait"])
    assert (push.owner, push.no_wait) == ("you", True)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_tells_what_it_does_needs_and_leaves_and_how_it_is_called(verb, capsys):
    said = help_of(verb, capsys=capsys)
    for part in ("\nneeds:  ", "\nwrites: ", "\nexamples:\n", "--home DIR", f"kaggle-kit {verb}"):
        assert part in said
    assert " ".join(VERBS[verb].does.split()) in " ".join(said.split())


def test_the_list_of_verbs_has_a_line_for_each(capsys):
    said = " ".join(help_of(capsys=capsys).split())
    for name, verb in VERBS.items():
        assert f"{name} {verb.summary}" in said


@pytest.mark.parametrize("verb", VERBS)
def test_no_line_of_a_help_text_is_longer_than_a_screen(verb, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    assert max(map(len, help_of(verb, capsys=capsys).splitlines())) <= WIDTH


@pytest.mark.parametrize("command", EXAMPLES)
def test_an_example_is_a_command(command):
    assert make_parser().parse_args(command.split()[1:]).verb in VERBS


@pytest.mark.parametrize("preset", PRESETS)
def test_what_a_preset_means_is_told(preset, capsys):
    said = help_of("tune", capsys=capsys).split("settings of the presets")[1].split("\n\n")[0]
    _, head, *rows = (line.split() for line in said.splitlines())
    told = {option: values[head.index(preset)] for option, *values in rows}
    plan = PRESETS[preset]
    assert told["--trials"] == str(plan.trials)
    assert told["--oracle"] == plan.oracle
    assert duration(told["--time-budget"]) == plan.time_budget


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("20m", 1200), ("1h30m", 5400), ("2h", 7200)]
)
def test_durations_are_written_as_people_write_them(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.1:8786", "tls://head.example:1", "tcp://[::1]:9"]
)
def test_a_scheduler_has_an_address_as_dask_prints_it(address):
    assert scheduler(address) == address


@pytest.mark.parametrize(
    "address", ["", "head:8786", "tcp://head", "http://head:8786", "tcp://head:0", "tcp://a b:8786"]
)
@pytest.mark.parametrize("verb", ["tune", "fit", "submit"])
def test_another_address_is_refused(verb, address, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([verb, "--scheduler", address])
    assert f"expected tcp://HOST:PORT or tls://HOST:PORT: {address!r}" in capsys.readouterr().err


def test_a_duration_longer_than_a_life_is_refused():
    with pytest.raises(argparse.ArgumentTypeError, match="9 digits at most"):
        duration("9" * 400)


def test_a_home_that_the_shell_left_alone_is_expanded(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    options = make_parser().parse_args(["runs", "--home=~/kaggle"])
    assert options.home == Path("/home/somebody/kaggle")


def test_an_empty_path_is_refused(capsys):
    with pytest.raises(SystemExit):
        make_parser().parse_args(["report", "--out="])
    assert "expected a path, found nothing" in capsys.readouterr().err


def test_a_training_can_be_logged_to_several_trackers():
    words = ["tune", "--log", "tensorboard", "--log", "mlflow"]
    assert trackers_of(make_parser().parse_args(words)) == ["tensorboard", "mlflow"]
    assert trackers_of(make_parser().parse_args(["quickstart"])) == []


def test_a_file_without_its_ending_is_no_package(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_network.py").touch()
    with pytest.raises(SystemExit):
        make_parser().parse_args(["tune", "--family", "my_network:build"])
    assert "did you mean my_network.py:build?" in capsys.readouterr().err
