"""The scripts in their own shells, where these are installed."""

import shlex
import shutil
import subprocess
import sys

import pytest

from kaggle_kit.cli.help_texts import VERBS
from kaggle_kit.cli.main import main
from kaggle_kit.cli.shell.completion import SHELLS

BASH = """
source "$1"
words=({words} '')
[[ {open} == 1 ]] && words=({words})
COMP_WORDS=("${{words[@]}}")
COMP_CWORD=$(( ${{#words[@]}} - 1 ))
_kaggle_kit
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def script(tmp_path, capsys):
    def write(shell):
        assert main(["completion", shell]) == 0
        path = tmp_path / f"complete.{shell}"
        path.write_text(capsys.readouterr().out)
        return path

    return write


def needed(shell):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("kaggle-kit ", {*VERBS, "--help", "--version"}),
        ("kaggle-kit tu", {"tune"}),
        ("kaggle-kit tune --preset ", {"quick", "standard", "best"}),
        ("kaggle-kit tune --preset st", {"standard"}),
        ("kaggle-kit tune --time", {"--time-budget"}),
        ("kaggle-kit submit --competition letter", {"letters"}),
        ("kaggle-kit report --run de", {"deep"}),
        ("kaggle-kit runs pa", {"pack"}),
        ("kaggle-kit runs de", {"deep"}),
        ("kaggle-kit fit --best my", {"my-best.json"}),
        ("kaggle-kit completion ", set(SHELLS)),
    ],
)
def test_bash_completes(script, tmp_path, typed, found):
    needed("bash")
    (tmp_path / "runs" / "deep").mkdir(parents=True)
    (tmp_path / "my-best.json").touch()
    words, is_open = typed.split(), int(not typed.endswith(" "))
    text = BASH.format(words=shlex.join(words), open=is_open)
    command = ["bash", "-c", text, "bash", str(script("bash"))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert set(done.stdout.split()) == found


@pytest.mark.parametrize(
    ("shell", "check"), [("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"])]
)
def test_a_shell_can_read_its_script(script, tmp_path, shell, check):
    needed(shell)
    assert run(shell, *check, str(script(shell)), cwd=tmp_path) == []


def test_fish_completes(script, tmp_path):
    needed("fish")
    path = script("fish")
    ask = f"source {path}; complete --do-complete 'kaggle-kit tune --preset st'"
    assert "standard" in run("fish", "-c", ask, cwd=tmp_path)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_verb_and_option_is_in_every_script(script, shell):
    text = script(shell).read_text()
    for verb in VERBS:
        assert verb in text
    for name in ("time-budget", "competition", "skip-unreadable", "no-any-rows", "standard"):
        assert name in text
    assert text.count("{") == text.count("}")


def test_nothing_heavy_is_imported_so_that_it_is_printed_at_once(tmp_path):
    code = (
        "import sys; from kaggle_kit.cli.main import main; main(['completion', 'zsh']);"
        "heavy = {'numpy', 'pandas', 'keras', 'jax', 'tensorflow', 'rich'};"
        "print('heavy', sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.check_output([sys.executable, "-c", code], text=True, cwd=tmp_path)
    assert out.splitlines()[-1] == "heavy []"
