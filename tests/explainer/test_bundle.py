"""The bundle of a run: it is complete, reveals nothing private, and serves without the kit."""

import ast
import importlib.metadata
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import requests
import yaml
from gradio_client import Client, handle_file
from PIL import Image
from repository import ROOT
from scipy.special import softmax

from kaggle_kit.cli.main import main
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.predictor import Predictor
from kaggle_kit.ensemble.views import Views
from kaggle_kit.explainer.bundle import write_bundle
from kaggle_kit.explainer.demo import show_bundle
from kaggle_kit.explainer.reader import settings
from kaggle_kit.explainer.subject.subject import load_subject
from kaggle_kit.workspace.paths import Run

COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
# Makes the imports of app.py, loads the networks, reads and explains, and prints what is imported.
PROBE = """
import importlib.metadata, json, sys
from pathlib import Path
import app
import kaggle_kit.explainer.gradio_app, kaggle_kit.explainer.server
from kaggle_kit.explainer.reader import load_reader
from kaggle_kit.workspace.paths import Run

load_reader(Run(Path("run"))).warm_up()
files = {name: module.__file__ for name, module in sys.modules.items()
         if name.split(".")[0] in {"app", "kaggle_kit"}}
print(json.dumps({"ours": files, "all": sorted({name.split(".")[0] for name in sys.modules}),
                  "distributions": importlib.metadata.packages_distributions()}))
"""


def bundle_of(home, folder):
    assert main(["bundle", "--home", str(home), "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def bundle(explained_home, tmp_path_factory):
    return bundle_of(explained_home, tmp_path_factory.mktemp("made") / "bundle")


@pytest.fixture
def copy(bundle, tmp_path):
    return shutil.copytree(bundle, tmp_path / "elsewhere" / "space")


@pytest.fixture
def alone():
    """An environment in which Python finds the installed packages, but not this repository.

    The repository is installed by a .pth file, which Python reads only in its own site-packages.
    """
    hidden = ("PYTHON", "GRADIO", "KERAS")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(hidden)}
    return kept | {"PYTHONPATH": sysconfig.get_path("purelib"), "PYTHONDONTWRITEBYTECODE": "1"}


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def kinds_of(path):
    """The kind of each array in an HDF5 file, as NumPy's abbreviation."""
    arrays = []
    with h5py.File(path) as file:
        file.visititems(lambda _, item: arrays.append(item))
        return [array.dtype.kind for array in arrays if isinstance(array, h5py.Dataset)]


def requirements(bundle):
    lines = (bundle / "requirements.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines)


class TestContent:
    def test_is_all_that_a_space_needs_and_none_of_the_data(self, bundle):
        names = {name for name in files(bundle) if not name.startswith("kaggle_kit/")}
        weights = {f"run/models/fold{fold}.weights.h5" for fold in range(2)}
        examples = {f"examples/{digit}.png" for digit in range(10)}
        assert names == {
            *["app.py", "README.md", "requirements.txt", "model_card.md", "written.json"],
            *["run/best.json", "run/reader.json", "run/familiar.npz"],
            *(weights | examples),
        }
        assert (bundle / "model_card.md").read_text().startswith("# Model card: digit-recognizer")

    def test_names_no_path_of_this_machine(self, bundle, explained_home):
        places = [explained_home, bundle.parent, ROOT, sys.prefix, f"{Path.home()}/"]
        for name, content in files(bundle).items():
            assert [place for place in places if str(place).encode() in content] == [], name

    def test_has_no_pickle(self, bundle):
        """All formats hold data, no programs, and the contents match the file names."""
        content = files(bundle)
        suffixes = {".py", ".toml", ".txt", ".md", ".json", ".h5", ".npz", ".png"}
        others = [name for name in content if Path(name).suffix not in suffixes]
        assert others == ["kaggle_kit/REVISION"]
        assert [name for name, data in content.items() if data.startswith(b"\x80")] == []
        for path in bundle.rglob("*.npz"):
            with np.load(path, allow_pickle=False) as arrays:
                assert {array.dtype.kind for array in arrays.values()} == {"f"}
        for path in bundle.rglob("*.h5"):
            assert set(kinds_of(path)) <= set("fiu")

    def test_front_matter_is_what_a_space_wants(self, bundle):
        text = (bundle / "README.md").read_text()
        _, front, body = text.split("---\n", 2)
        about = yaml.safe_load(front)
        assert set(about) >= {"title", "emoji", "colorFrom", "colorTo", "sdk", "app_file"}
        assert {about["colorFrom"], about["colorTo"]} <= COLOURS
        assert (about["sdk"], about["license"]) == ("gradio", "mit")
        assert about["sdk_version"] == requirements(bundle)["gradio"]
        assert re.fullmatch(r"3\.1[1-3]", about["python_version"])
        assert (bundle / about["app_file"]).exists()
        assert "pip install -r requirements.txt" in body
        assert "$" not in text

    def test_zip_is_the_folder_and_always_the_same(self, bundle, explained_home, tmp_path):
        archive = bundle.with_name("bundle.zip")
        with zipfile.ZipFile(archive) as zipped:
            assert zipped.testzip() is None
            inside = {info.filename: zipped.read(info) for info in zipped.infolist()}
        assert inside == {f"bundle/{name}": data for name, data in files(bundle).items()}
        again = bundle_of(explained_home, tmp_path / "bundle")
        assert again.with_name("bundle.zip").read_bytes() == archive.read_bytes()

    def test_what_was_added_or_edited_in_it_stays(self, copy, explained_home, capsys):
        mine = {"README.md": b"mine", ".git/config": b"[core]", "figures/a.png": b"a"}
        for name, content in mine.items():
            (copy / name).parent.mkdir(exist_ok=True)
            (copy / name).write_bytes(content)
        before = files(copy)
        (copy / "run" / "reader.json").touch()
        (copy / "app.py").unlink()
        (copy / "kaggle_kit" / "__pycache__").mkdir()
        (copy / "kaggle_kit" / "__pycache__" / "a.pyc").touch()
        bundle_of(explained_home, copy)
        assert files(copy) == before
        said = capsys.readouterr().err
        assert f"added to {copy} or edited there: .git, README.md, figures\n" in said
        with zipfile.ZipFile(copy.with_name("space.zip")) as zipped:
            assert "space/figures/a.png" in zipped.namelist()
            assert "space/.git/config" not in zipped.namelist()


def test_a_bundle_sees_the_mirror_image_as_its_run_does(explained_home, tmp_path):
    run = Run(shutil.copytree(explained_home / "runs" / "default", tmp_path / "run"))
    Views(mirror=True).write(run)
    write_bundle(run, load_subject(run), "", tmp_path / "bundle", lambda _: [])
    (share,) = Ensemble.load(Run(tmp_path / "bundle" / "run")).shares
    assert share.mirror


class TestRequirements:
    @pytest.fixture(scope="class")
    @staticmethod
    def imported(bundle):
        environment = os.environ | {"PYTHONPATH": str(bundle), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-c", PROBE],
            cwd=bundle,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def test_are_the_versions_that_are_here(self, bundle):
        for name, version in requirements(bundle).items():
            assert importlib.metadata.version(name) == version

    def test_name_all_that_the_bundle_imports(self, bundle, imported):
        """Every module that the bundle's import statements name, if it was imported in the end."""
        wanted = set()
        for name, file in imported["ours"].items():
            assert Path(file).is_relative_to(bundle), name
            for node in ast.walk(ast.parse(Path(file).read_text())):
                if isinstance(node, ast.Import):
                    wanted |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    wanted.add(node.module.split(".")[0])
        wanted &= set(imported["all"])
        names = {
            distribution.lower().replace("_", "-")
            for module in wanted - {"app", "kaggle_kit"}
            for distribution in imported["distributions"].get(module, [])
        }
        assert {"keras", "gradio", "shap", "numpy", "pillow"} <= names
        assert names - set(requirements(bundle)) == set()


def test_app_serves_what_the_run_says_without_the_kit(
    copy, alone, explained_home, competition, digits, tmp_path
):
    run = Run(explained_home / "runs" / "default")
    predictor = Predictor(Ensemble.load(run).committees, competition.image_shape)
    image = digits.images[0]
    path = tmp_path / "digit.png"
    Image.fromarray(image).save(path)
    expected = softmax(predictor.logits(image[None])[0] / settings(run)["temperature"])

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-S", copy / "app.py"],
        cwd=tmp_path,
        env=alone | {"GRADIO_SERVER_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 120
        while not _is_there(url):
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.2)
        answer = Client(url, verbose=False).predict(handle_file(path), api_name="/predict")
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=60)
    assert answer["label"] == expected.argmax()
    assert np.allclose(answer["probabilities"], expected, atol=1e-5)
    assert process.returncode == 0, output
    assert "Traceback" not in output
    assert str(ROOT / "kaggle_kit") not in output


class TestAppEndsWithALineAndAHint:
    @pytest.mark.parametrize("port", ["abc", "-1", "0", "99999", "80.5"])
    def test_at_a_port_that_cannot_be(self, copy, monkeypatch, port):
        monkeypatch.setenv("GRADIO_SERVER_PORT", port)
        with pytest.raises(SystemExit, match=r"^error: expected a port") as caught:
            show_bundle(copy)
        assert "1 to 65535" in str(caught.value)
        assert port in str(caught.value)
        assert "\nhint: " in str(caught.value)
        assert "--port" not in str(caught.value)

    def test_at_a_port_that_is_taken(self, copy, monkeypatch):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            monkeypatch.setenv("GRADIO_SERVER_PORT", str(port))
            with pytest.raises(SystemExit) as caught:
                show_bundle(copy)
        assert str(caught.value) == (
            f"error: port {port} is not free on 127.0.0.1\n"
            "hint: give another with GRADIO_SERVER_PORT"
        )

    def test_without_its_run(self, tmp_path):
        with pytest.raises(SystemExit, match=r"^error: .*best\.json"):
            show_bundle(tmp_path)


def _is_there(url):
    try:
        return requests.get(url, timeout=10).status_code == 200
    except requests.ConnectionError:
        return False


class TestIsNeverWrittenOver:
    def test_a_folder_that_is_none(self, explained_home, tmp_path, capsys):
        folder = tmp_path / "mine"
        folder.mkdir()
        (folder / "thesis.txt").write_text("years of work")
        assert main(["bundle", "--home", str(explained_home), "--out", str(folder)]) == 2
        assert f"error: {folder} already exists and is not a bundle" in capsys.readouterr().err
        assert files(tmp_path) == {"mine/thesis.txt": b"years of work"}

    def test_a_file_where_the_zip_would_be(self, explained_home, tmp_path, capsys):
        (tmp_path / "mine.zip").write_text("years of work")
        out = tmp_path / "mine"
        assert main(["bundle", "--home", str(explained_home), "--out", str(out)]) == 2
        assert f"error: {out}.zip already exists" in capsys.readouterr().err
        assert files(tmp_path) == {"mine.zip": b"years of work"}

    def test_but_an_earlier_bundle_is(self, explained_home, copy):
        (copy / "examples" / "0.png").unlink()
        bundle_of(explained_home, copy)
        assert (copy / "examples" / "0.png").exists()
        bundle_of(explained_home, copy)
