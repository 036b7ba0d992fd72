"""The wheel: what pip installs is the whole kit, without the repository."""

import email
import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from flit_core import buildapi
from repository import ROOT

from kaggle_kit import __version__

TINY = ["--trials=1", "--folds=2", "--members=1", "--epochs=1", "--fit-epochs=2", "--workers=1"]

# With the plan of a run, they give the scores of that run.
THREE_LINES = """
import kaggle_kit as kk

model = kk.ImageClassifier(plan="runs/default/plan.json", workers=1).fit(kk.load("sample"))
print(list(model.evaluation_.fold_scores))
"""


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The folder with the wheel and the sdist, as `python -m build` makes them."""
    folder = tmp_path_factory.mktemp("dist")
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        buildapi.build_wheel(str(folder))
        buildapi.build_sdist(str(folder))
    finally:
        os.chdir(before)
    return folder


@pytest.fixture(scope="module")
def wheel(dist):
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The `kaggle-kit` of a new environment that has the wheel and the locked packages.

    The packages are those of the tests' environment: its folder is on the path, but is no place
    where Python looks for .pth files, and so the repository is not found through it.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder)
    windows = os.name == "nt"
    python = folder / ("Scripts/python.exe" if windows else "bin/python")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    said = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True)
    here = Path(pytest.__file__).parents[1]
    (Path(said.stdout.strip()) / "locked.pth").write_text(f"{here}\n", encoding="utf-8")
    return python.with_name("kaggle-kit.exe" if windows else "kaggle-kit")


def run(command, folder, *arguments):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [command, *arguments],
        cwd=folder,
        env=environment | {"KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_has_every_file_of_the_package(wheel):
    tracked = subprocess.run(
        ["git", "ls-files", "kaggle_kit"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert set(tracked) <= set(zipfile.ZipFile(wheel).namelist())
    assert {"kaggle_kit/py.typed", "kaggle_kit/competition/known/letters/description.toml"} <= {
        *tracked
    }


def test_the_sdist_builds_the_same_wheel(dist, wheel, tmp_path):
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    build = f"from flit_core import buildapi; print(buildapi.build_wheel({str(tmp_path)!r}))"
    subprocess.run([sys.executable, "-c", build], cwd=unpacked, check=True, capture_output=True)
    (again,) = tmp_path.glob("*.whl")
    names = [zipfile.ZipFile(one).namelist() for one in (again, wheel)]
    assert sorted(names[0]) == sorted(names[1])


def test_the_metadata_tells_what_a_user_asks(wheel):
    archive = zipfile.ZipFile(wheel)
    (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    metadata = email.message_from_bytes(archive.read(name))
    assert metadata["Version"] == __version__
    assert {"Keywords", "Summary", "Requires-Python", "License-Expression"} <= set(metadata.keys())
    assert "Typing :: Typed" in metadata.get_all("Classifier")
    assert set(metadata.get_all("Provides-Extra")) >= {"all", "cluster", "demo", "export"}
    always = [r.split(";")[0] for r in metadata.get_all("Requires-Dist") if "extra" not in r]
    for package in ("tensorflow", "jax", "keras-tuner", "shap", "gradio", "kaggle"):
        assert any(requirement.startswith(package) for requirement in always), package


def test_the_installed_command_is_the_wheels(installed, tmp_path):
    where = "import kaggle_kit; print(kaggle_kit.__file__)"
    said = run(installed.with_name("python"), tmp_path, "-c", where)
    assert str(ROOT) not in said.stdout
    assert run(installed, tmp_path, "--version").stdout == f"kaggle-kit {__version__}\n"


def test_the_installed_kit_runs_every_step_in_an_empty_folder(installed, tmp_path):
    for arguments in (
        ["download", "--from", "sample"],
        ["tune", *TINY],
        ["submit", "--dry-run", "--workers", "1"],
        ["report"],
        ["kernel", "build", "--owner", "someone"],
    ):
        said = run(installed, tmp_path, *arguments)
        assert said.returncode == 0, (arguments, said.stderr)
    assert (tmp_path / "runs/default/report/index.html").exists()
    assert (tmp_path / "runs/default/submission.csv").exists()
    said = run(installed.with_name("python"), tmp_path, "-c", THREE_LINES)
    assert said.returncode == 0, said.stderr
    scores = json.loads(said.stdout)
    listed = run(installed, tmp_path, "runs", "--format", "json")
    (one,) = json.loads(listed.stdout)["runs"]
    assert scores == pytest.approx(one["cv"]["folds"])
