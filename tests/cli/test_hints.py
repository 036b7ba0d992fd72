import os
import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

from kaggle_kit.cli import hints
from kaggle_kit.cli.hints import NAME, carry, pasteable, program
from kaggle_kit.cli.main import main
from kaggle_kit.cli.options import make_parser
from kaggle_kit.errors import KitError

GIVEN = ("--home", "a b", "--run", "x")


@pytest.fixture(autouse=True)
def _nothing_is_carried_to_other_tests():
    yield
    carry([])


def commands_in(text):
    """The commands of the kit between backticks, as the words that a shell makes of them."""
    found = re.findall(r"`((?:'[^']*'|[^`'])+)`", text)
    return [words[1:] for words in map(shlex.split, found) if words[0] == NAME]


def refuse(*_, **__):
    raise KitError("no", hint="run `kaggle-kit tune --restart`, or `kaggle-kit submit --run other`")


@pytest.mark.parametrize(
    "command",
    [
        *("tune", "fit", "submit", "report", "demo", "bundle", "export", "runs", "runs a b"),
        *("submit --again --dry-run", "kernel status", "kernel output --owner me"),
        *("download --from sample", "leaderboard --file nowhere.csv", "doctor"),
    ],
)
@pytest.mark.parametrize("with_data", [False, True], ids=["empty", "changed data"])
def test_the_commands_in_what_is_told_can_be_pasted(
    command, with_data, tmp_path, sample_home, monkeypatch, capsys
):
    if command == "doctor":
        monkeypatch.setattr("kaggle_kit.api.doctor._backend", refuse)  # starts Keras
    monkeypatch.chdir(tmp_path)
    if with_data:
        data = shutil.copytree(sample_home / "data", tmp_path / "a b" / "data")
        with (data / "digit-recognizer" / "train.csv").open("a") as file:
            file.write("no row\n")
    main([*command.split(), *GIVEN])
    said = capsys.readouterr()
    told = [line for line in said.err.splitlines() if not line.startswith("error: ")]
    told += [line for line in said.out.splitlines() if line.lstrip().startswith("->")]
    for words in commands_in("\n".join(told)):
        options = make_parser().parse_args(words)
        assert (options.home, options.run) == (Path("a b"), "x"), words
        if getattr(options, "source", None) not in {None, "sample"}:
            assert Path(options.source).is_dir() == with_data


@pytest.mark.parametrize("verb", ["tune", "fit", "report", "kernel status"])
def test_a_step_that_is_missing_is_told_as_a_command(verb, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main([*verb.split(), *GIVEN]) != 0
    assert commands_in(capsys.readouterr().err)


def test_an_option_of_the_command_itself_stays_as_it_is(monkeypatch, capsys):
    monkeypatch.setattr("kaggle_kit.cli.commands.runs.run", refuse)
    assert main(["runs", *GIVEN]) == 1
    hint = capsys.readouterr().err.splitlines()[1]
    assert hint == (
        "hint: run `kaggle-kit tune --restart --run x --home 'a b'`, "
        "or `kaggle-kit submit --run other --home 'a b'`"
    )


def test_a_command_about_another_run_names_that_run():
    carry(["--run", "x", "--home", "h"])
    assert pasteable("`kaggle-kit fit`", "y") == "`kaggle-kit fit --run y --home h`"


def test_defaults_are_not_repeated(monkeypatch, capsys):
    monkeypatch.setattr("kaggle_kit.cli.commands.runs.run", refuse)
    assert main(["runs", "--home", ".", "--run", "default"]) == 1
    assert "`kaggle-kit tune --restart`" in capsys.readouterr().err


def test_what_is_not_a_command_of_a_verb_stays_as_it_is():
    carry(["--home", "h"])
    for text in ("`kaggle-kit --help` lists all", "the file `key`", "kaggle-kit tune", "`make`"):
        assert pasteable(text) == text


@pytest.mark.parametrize("home", ["it's", "a`b", "$HOME", 'say "a"', "ü é", "a;b"])
def test_a_path_with_odd_characters_is_quoted(home):
    carry(["--home", home])
    once = pasteable("`kaggle-kit tune` goes on")
    assert shlex.split(once.removesuffix("` goes on")[1:]) == [NAME, "tune", "--home", home]
    assert pasteable(once) == once


@pytest.mark.parametrize("path", [".venv/bin/kaggle-kit", "/opt/my kit/bin/kaggle-kit"])
def test_a_program_that_the_shell_does_not_find_is_named_as_it_was_typed(path, monkeypatch):
    monkeypatch.setattr(sys, "argv", [path])
    assert shlex.split(pasteable("`kaggle-kit fit`")[1:-1]) == [path, "fit"]


def test_a_program_that_the_shell_finds_is_named_by_its_name(tmp_path, monkeypatch):
    script = tmp_path / NAME
    script.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(sys, "argv", [str(script)])
    assert program() == NAME


def test_a_module_that_python_runs_is_named_as_one(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/x/kaggle_kit/__main__.py"])
    assert shlex.split(program()) == [sys.executable, "-m", "kaggle_kit"]


def test_pip_is_that_of_the_python_in_use(tmp_path, monkeypatch):
    monkeypatch.setattr(hints.sys, "executable", str(tmp_path / "python"))
    assert pasteable('`pip install "a>=1"`') == f'`{tmp_path}/python -m pip install "a>=1"`'
    (tmp_path / "pip").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert pasteable('`pip install "a>=1"`') == '`pip install "a>=1"`'


@pytest.mark.parametrize("arguments", ["--nonsense", "--trials 0", "--preset slow", "x"])
def test_wrong_usage_names_the_help_of_its_verb(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(["tune", *arguments.split()])
    assert end.value.code == 2
    assert capsys.readouterr().err.splitlines()[1] == "hint: kaggle-kit tune --help"
