"""The Python of the documents runs as it stands there.

Only the sizes of the search are made small, and the data are the sample.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT

from kaggle_kit.cli.main import main
from kaggle_kit.workspace.best import Best

SMALL = """
import dataclasses
from kaggle_kit.search.presets import PRESETS

for name, plan in PRESETS.items():
    small = {"trials": 1, "folds": 2, "epochs": 1, "fit_epochs": 1, "members": 1}
    PRESETS[name] = dataclasses.replace(plan, **small)
"""


def script_of(name):
    """The Python blocks of a page, as one script."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize("name", ["docs/python.md", "docs/api.md"])
def test_the_python_of_a_page_runs_as_a_script_without_a_guard(name, whole_data, tmp_path):
    """Worker processes must not run the script again."""
    (tmp_path / "digit-recognizer.zip").write_bytes(whole_data[0])
    (tmp_path / "script.py").write_text(SMALL + script_of(name), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (made,) = tmp_path.rglob("submission.csv")
    assert len(made.read_text().splitlines()) > 300


def test_the_network_of_the_page_is_searched_by_command_and_its_plan_repeated(
    sample_home, tmp_path, monkeypatch
):
    shutil.copytree(sample_home / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    _, rest = script_of("docs/python.md").split("def build", 1)
    Path("my_network.py").write_text(f"import keras\n\n\ndef build{rest.split('own =')[0]}")
    sizes = ["--trials=2", "--folds=2", "--epochs=1", "--fit-epochs=1", "--members=1"]
    named = ["--family", "my_network.py:build", "--run", "own"]
    assert main(["tune", *named, *sizes, "--workers=1"]) == 0
    assert main(["tune", "--plan", "runs/own/plan.json", "--run", "again", "--workers=1"]) == 0
    own, again = (Best.read(Path(f"runs/{name}/best.json")) for name in ("own", "again"))
    assert (again.cv, again.hyperparameters) == (own.cv, own.hyperparameters)


def test_the_readme_begins_as_the_page_does():
    assert script_of("docs/python.md").startswith(script_of("README.md"))
