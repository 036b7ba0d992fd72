"""The packages of CONTRIBUTING.md: built, installed, checked and used as they stand there."""

import dataclasses
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from flit_core import buildapi
from PIL import Image
from repository import ROOT
from tiny_competition import write_zip

from kaggle_kit.cli.main import main
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.competition.toml_file import write_description
from kaggle_kit.testing import checks_of_competition

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
# The files of both packages: the first line of a block has the path.
FILES = dict(re.findall(r"^```\w+\n# (\S+/\S+)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE))
TINY = "--trials 1 --folds 2 --epochs 1 --fit-epochs 2 --members 1"
MOST_LINES = 40


def lines_of(package):
    return sum(len(text.splitlines()) for path, text in FILES.items() if path.startswith(package))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder with both packages, installed as wheels."""
    sources, folder = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("site")
    for path, text in FILES.items():
        (sources / path).parent.mkdir(parents=True, exist_ok=True)
        (sources / path).write_text(text)
    (sources / "your-package" / "your_package" / "__init__.py").touch()
    before = Path.cwd()
    for package in ("softmax-family", "your-package"):
        os.chdir(sources / package)
        try:
            wheel = buildapi.build_wheel(str(sources))
        finally:
            os.chdir(before)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
        subprocess.run([*pip, "--target", folder, sources / wheel], check=True)
    shutil.copy(sources / "softmax-family" / "test_softmax.py", folder)
    return folder


def test_each_package_is_short():
    assert {path.partition("/")[0] for path in FILES} == {"softmax-family", "your-package"}
    assert 10 < lines_of("softmax-family") <= MOST_LINES
    assert 10 < lines_of("your-package") <= MOST_LINES


def test_the_family_passes_its_own_test(site):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_softmax.py"]
    done = subprocess.run(
        command,
        cwd=site,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 20


@pytest.fixture
def on_path(site, monkeypatch):
    monkeypatch.syspath_prepend(site)
    yield site
    for name in ("your_package", "softmax_family"):
        sys.modules.pop(name, None)


def test_the_family_is_searched_fitted_and_carried_and_its_package_is_missed(
    on_path, sample_home, tmp_path, monkeypatch, capsys
):
    shutil.copytree(sample_home / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    (asked,) = re.findall(r"^kaggle-kit (tune --family \w+)$", TEXT, re.MULTILINE)
    assert main([*shlex.split(asked), *TINY.split(), "--workers", "2"]) == 0
    assert main(["fit", "--workers", "1"]) == 0
    run = Path("runs/default")
    assert json.loads((run / "best.json").read_text())["family"] == "softmax-family:softmax"
    assert json.loads((run / "config.json").read_text())["packages"] == {"softmax-family": "0.1.0"}

    assert main(["bundle"]) == 0
    source = (run / "bundle" / "softmax_family.py").read_text()
    assert source == FILES["softmax-family/softmax_family.py"]
    ask = (
        "from pathlib import Path; from kaggle_kit.workspace.paths import Run\n"
        "from kaggle_kit.ensemble.ensemble import Ensemble\n"
        "print(len(Ensemble.load(Run(Path('run'))).committees))"
    )
    command = [sys.executable, "-c", ask]
    said = subprocess.run(command, cwd=run / "bundle", capture_output=True, text=True, check=False)
    assert said.stdout == "2\n", said.stderr

    monkeypatch.setattr(sys, "path", [one for one in sys.path if one != str(on_path)])
    for verb in ("tune", "fit", "export"):
        capsys.readouterr()
        assert main([verb]) == 1
        error, hint = capsys.readouterr().err.splitlines()[-2:]
        needed = "run 'default' needs the package softmax-family 0.1.0, not installed here"
        assert error == f"error: {needed}"
        assert 'pip install "softmax-family==0.1.0"' in hint


def test_the_competition_passes_its_checks(on_path):
    assert on_path.exists()
    for check in checks_of_competition("your-competition"):
        check()


def test_the_competition_is_downloaded(on_path, tmp_path, monkeypatch):
    """The images are fewer than the description says."""
    monkeypatch.chdir(tmp_path)
    small = dataclasses.replace(get_competition("your-competition"), train_rows=6, test_rows=3)
    (on_path / "your_package" / "description.toml").write_text(write_description(small))
    random = np.random.default_rng(0)
    members = {
        "train.csv": "image_id,label\n" + "".join(f"a{row},{row % 2}\n" for row in range(6)),
        "sample_submission.csv": "id,label\nb2,0.5\nb0,0.5\nb1,0.5\n",
    }
    for name in [*(f"train/a{row}.jpg" for row in range(6)), *(f"test/b{i}.jpg" for i in range(3))]:
        file = io.BytesIO()
        Image.fromarray(random.integers(0, 256, (64, 64, 3), np.uint8)).save(file, "jpeg")
        members[name] = file.getvalue()
    write_zip(Path("your.zip"), members)
    (asked,) = set(re.findall(r"kaggle-kit (download --competition your-[^`]*)", TEXT))
    assert main(shlex.split(asked)) == 0
    assert Path("data/your-competition/manifest.json").exists()
