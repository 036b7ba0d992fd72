"""Files of each format give the logits of the networks, and are kept only if they do."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig

import numpy as np
import pytest

from kaggle_kit.api.export import NEEDED
from kaggle_kit.cli.commands.export import HOW
from kaggle_kit.cli.main import main
from kaggle_kit.cli.options import make_parser
from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.ensemble import export as exporting
from kaggle_kit.ensemble import export_formats
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.export import FORMATS, ExportCheck, export, scribbles
from kaggle_kit.ensemble.plain_keras import as_plain_keras
from kaggle_kit.ensemble.shares import Share
from kaggle_kit.errors import ExportError
from kaggle_kit.networks.model import build_model, predict_logits
from kaggle_kit.workspace.best import NetworkId
from kaggle_kit.workspace.paths import Run


@pytest.fixture(scope="module")
def committee():
    """Three untrained networks, one for each view, and their weighted mean as one model."""
    values = [
        {"posture": "as_is", "view": "pixels"},
        {"posture": "upright_sized", "view": "gradients", "activation": "elu"},
        {"posture": "upright", "view": "second_gradients"},
    ]
    networks = [build_model("dense", {"units": 256} | v, DIGITS) for v in values]
    prefixes = {f"{number}_": network for number, network in enumerate(networks)}
    shares = [Share(scale) for scale in (0.5, 1.0, 1.5)]
    weighted = as_plain_keras(
        prefixes, DIGITS.image_shape, dict(zip(prefixes, shares, strict=True))
    )
    return Ensemble([networks], shares), weighted


@pytest.fixture(scope="module")
def known(committee, digits):
    return {"images": digits.images, "logits": committee[0].logits(digits.images)}


@pytest.mark.parametrize("name", ["h5", "onnx", "tflite"])  # keras: see TestVerb
def test_a_file_of_each_format_says_what_the_networks_do(name, committee, known, tmp_path):
    if name == "onnx":
        pytest.importorskip("onnxruntime")
        pytest.importorskip("tf2onnx")
    path = tmp_path / "new" / f"model.{name}"
    check = export(committee[1], name, path, **known)
    assert (check.rows, check.agreeing) == (300, 300)
    assert check.difference < 1e-3 < np.ptp(known["logits"])
    assert list(path.parent.iterdir()) == [path]


def test_a_file_is_read_where_the_kit_is_not(committee, known, tmp_path):
    path, images, logits = (tmp_path / name for name in ("model.keras", "images.npy", "logits.npy"))
    committee[1].save(path)
    np.save(images, known["images"])
    # -S ignores the .pth file by which the kit is installed.
    command = [sys.executable, "-S", "-P", export_formats.__file__, "predict", "keras"]
    alone = os.environ | {"PYTHONPATH": sysconfig.get_path("purelib")}
    subprocess.run([*command, path, images, logits], env=alone, cwd=tmp_path, check=True)
    np.testing.assert_allclose(np.load(logits), known["logits"], atol=1e-3)


def test_a_file_that_says_something_else_does_not_replace_what_is_there(committee, known, tmp_path):
    path = tmp_path / "model.keras"
    path.write_text("the one before")
    other = known | {"logits": known["logits"] + np.float32(0.01)}
    with pytest.raises(ExportError, match="gives other logits than the networks") as caught:
        export(committee[1], "keras", path, **other)
    assert "nothing was kept" in caught.value.hint
    assert [file.read_text() for file in tmp_path.iterdir()] == ["the one before"]


def test_a_converter_that_fails_is_told_in_its_last_words(committee, known, tmp_path, monkeypatch):
    script = tmp_path / "formats.py"
    script.write_text("raise SystemExit('first\\nno such operation')")
    monkeypatch.setattr(exporting.export_formats, "__file__", str(script))
    with pytest.raises(ExportError, match=r"tflite file cannot be made: no such operation"):
        export(committee[1], "tflite", tmp_path / "out" / "model.tflite", **known)
    assert list((tmp_path / "out").iterdir()) == []


def test_labels_are_compared_beside_logits():
    logits = np.array([[1.0, 2.0], [2.0, 1.0]], dtype=np.float32)
    other = np.array([[1.0, 2.0], [2.0, 2.25]], dtype=np.float32)
    check = ExportCheck.of(other, logits)
    assert check == ExportCheck(rows=2, agreeing=1, difference=1.25)
    assert not check.is_equal
    assert not ExportCheck.of(other * np.float32(np.nan), logits).is_equal
    assert check.describe("rows") == ("same label on 1 of 2 rows, logits differ by 1.2 at most")


def test_scribbles_have_about_as_much_ink_as_digits_and_are_always_the_same(digits):
    images = scribbles(50, (28, 28))
    assert (images.shape, images.dtype) == ((50, 28, 28), np.uint8)
    assert 0.3 < images.mean() / digits.images.mean() < 3
    np.testing.assert_array_equal(images, scribbles(50, (28, 28)))
    assert len(np.unique(images, axis=0)) == 50


class TestVerb:
    def test_knows_every_format(self):
        assert set(NEEDED) == set(HOW) == set(FORMATS)
        for name in FORMATS:
            assert make_parser().parse_args(["export", "--format", name]).format == name

    def test_writes_the_ensemble_into_the_run_even_without_data(
        self, explained_home, tmp_path, capsys
    ):
        shutil.copytree(explained_home / "runs", tmp_path / "runs")
        assert main(["export", "--home", str(tmp_path)]) == 0
        said = capsys.readouterr()
        path = tmp_path / "runs" / "default" / "export" / "ensemble.keras"
        assert f"written: {path}, " in said.out
        assert "same label on 1,000 of 1,000 made-up scribbles, logits differ by" in said.out
        assert max(map(len, said.out.splitlines()[1:])) <= 100
        assert "the mean of 2 networks;" in said.out
        assert "holds no download: comparing on made-up images" in said.err
        Run(tmp_path / "runs" / "default").discard()
        assert not path.parent.exists()

    def test_writes_one_network(self, explained_home, digits, tmp_path, capsys):
        path = tmp_path / "one.keras"
        asked = ["export", "--what", "network", "--fold", "1", "--out", str(path)]
        assert main([*asked, "--home", str(explained_home)]) == 0
        assert "same label on 360 of 360 images of the test set" in capsys.readouterr().out
        run = Run(explained_home / "runs" / "default")
        second = Ensemble.load_one(run, NetworkId(1)).logits(digits.images)
        found = export_formats.RUNTIMES["keras"](str(path), digits.images)
        np.testing.assert_allclose(found, second, atol=1e-3)
        both = Ensemble.load(run).logits(digits.images)
        assert np.abs(second - both).max() > 0.1

    def test_a_file_of_the_users_is_not_replaced_unless_told(
        self, explained_home, tmp_path, capsys
    ):
        path = tmp_path / "mine.keras"
        path.write_text("mine")
        asked = ["export", "--out", str(path), "--home", str(explained_home)]
        assert main(asked) == 2
        assert f"{path} exists" in capsys.readouterr().err
        assert path.read_text() == "mine"
        assert main([*asked, "--what", "network", "--force"]) == 0
        assert path.stat().st_size > 10_000

    @pytest.mark.parametrize(
        ("arguments", "error", "hint"),
        [
            (["--fold", "0"], "name one network", "--what network"),
            (["--what", "network", "--fold", "2"], "there is no fold 2", "--fold takes 0 to 1"),
            (["--what", "network", "--member", "1"], "there is no member 1", "only --member 0"),
            (
                ["--out", "m.onnx"],
                "m.onnx does not fit the format keras",
                "ends with .keras",
            ),
        ],
    )
    def test_what_cannot_be_is_refused(self, arguments, error, hint, explained_home, capsys):
        assert main(["export", *arguments, "--home", str(explained_home)]) == 2
        told, advice = capsys.readouterr().err.splitlines()
        assert error in told
        assert hint in advice

    def test_a_missing_package_is_named_with_what_installs_it(self, tmp_path, monkeypatch, capsys):
        there = {"tensorflow", "onnx", "tf2onnx"}
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: name in there or None)
        assert main(["export", "--format", "onnx", "--home", str(tmp_path)]) == 1
        told = capsys.readouterr().err
        assert "error: the format onnx needs onnxruntime>=1.20, not installed here" in told
        assert 'pip install "onnxruntime>=1.20"`' in told

    def test_a_run_without_an_ensemble_is_told_what_to_do(self, tmp_path, capsys):
        assert main(["export", "--home", str(tmp_path)]) == 1
        assert "there is no run 'default'" in capsys.readouterr().err


def test_a_network_of_photographs_is_written_with_its_mirrored_view(tmp_path):
    problem = Problem((64, 60, 3), ("a", "b", "c"), kind=Kind.PHOTO)
    network = build_model("dense", {"units": 256, "hidden_layers": 1}, problem)
    images = scribbles(20, problem.image_shape)
    logits = predict_logits(network, images, mirror=True)
    model = as_plain_keras({"": network}, problem.image_shape, {"": Share(mirror=True)})
    assert export(model, "h5", tmp_path / "model.h5", images=images, logits=logits).is_equal
