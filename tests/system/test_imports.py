from importlinter.cli import lint_imports
from repository import ROOT

PYPROJECT = ROOT / "pyproject.toml"


def test_dependencies_point_down_as_pyproject_says(monkeypatch):
    monkeypatch.chdir(PYPROJECT.parent)
    assert lint_imports(config_filename=str(PYPROJECT), no_cache=True) == 0
