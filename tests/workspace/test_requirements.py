import importlib.metadata
import tomllib

from repository import ROOT

from kaggle_kit.workspace.requirements import requirement


def test_a_requirement_is_what_pyproject_says():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert requirement("kaggle") in project["dependencies"]
    assert requirement("onnx") in project["optional-dependencies"]["export"]
    assert requirement("gradio") in project["dependencies"]
    assert requirement("gradio").startswith("gradio>=")
    assert requirement("kagglesdk") in project["dependencies"]


def test_a_package_that_nothing_is_said_of_is_named_alone():
    assert requirement("leftpad") == "leftpad"


def test_where_the_kit_is_not_installed_the_name_is_all_there_is(monkeypatch):
    def requires(_):
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(importlib.metadata, "requires", requires)
    assert requirement("gradio") == "gradio"
