"""The notebook on the method is stored without outputs, and a real kernel executes all of it."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from repository import ROOT

import kaggle_kit as kk

PATH = ROOT / "notebooks" / "digit_recognizer.ipynb"
STORED = nbformat.read(PATH, as_version=4)
# What a reader may wait for, and a test should not: it is the same code.
LESS = {
    "folds=3, epochs=16, fit_epochs=24, members=2": "folds=3, trials=2, epochs=6, fit_epochs=16",
    "epochs=1, fit_epochs=60": "epochs=1, fit_epochs=20",
}
CODE = [cell.source for cell in STORED.cells if cell.cell_type == "code"]


def test_it_is_stored_without_outputs_and_with_nothing_of_who_ran_it():
    nbformat.validate(STORED)
    assert set(STORED.metadata) == {"kernelspec", "language_info"}
    assert dict(STORED.metadata.language_info) == {"name": "python"}
    assert STORED.metadata.kernelspec.name == "python3"
    for number, cell in enumerate(STORED.cells):
        assert cell.id == f"cell-{number}"
        assert cell.metadata == {}
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_it_names_no_path_of_a_machine():
    text = PATH.read_text()
    assert not re.search(r"(?<![\w.])/(home|root|tmp|work|Users|opt|mnt|usr|var)/", text)
    assert str(ROOT) not in text


def test_it_is_a_story_of_short_cells():
    """Prose comes before code, and each cell is short enough to read at a glance."""
    kinds = [cell.cell_type for cell in STORED.cells]
    assert kinds[0] == "markdown"
    assert max(source.count("\n") for source in CODE) < 20


def test_it_uses_the_public_api_alone():
    """It uses no Keras: the kit trains, searches and evaluates."""
    python = TransformerManager().transform_cell("\n".join(CODE))
    modules = set()
    for node in ast.walk(ast.parse(python)):
        assert not isinstance(node, ast.ClassDef | ast.While)
        if isinstance(node, ast.ImportFrom):
            modules.add(node.module)
        elif isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "kk":
            assert node.attr in kk.__all__
    assert modules == {
        *("kaggle_kit", "numpy", "pandas", "pathlib", "scipy.stats", "sklearn.metrics"),
        "tempfile",
    }


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The notebook after `make notebook` has executed it, with less training."""
    made = tmp_path_factory.mktemp("notebook") / "executed.ipynb"
    smaller = made.with_name("smaller.ipynb")
    text = PATH.read_text(encoding="utf-8")
    for usual, less in LESS.items():
        assert text.count(usual) == 1
        text = text.replace(usual, less)
    smaller.write_text(text, encoding="utf-8")
    before = sorted(PATH.parent.iterdir())
    make = ["make", "notebook", "READY=", f"VENV={Path(sys.executable).parent.parent}"]
    said = subprocess.run(
        [*make, f"NOTEBOOK={smaller}", f"ARGS=--output={made}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert sorted(PATH.parent.iterdir()) == before
    return nbformat.read(made, as_version=4)


def outputs(executed):
    return [output for cell in executed.cells for output in cell.get("outputs", [])]


def test_executed_every_plot_is_there_and_nothing_warns(executed):
    kinds = [kind for output in outputs(executed) for kind in output.get("data", {})]
    assert kinds.count("image/png") == 9
    said = [output for output in outputs(executed) if output.output_type == "stream"]
    assert [output.text for output in said if output.name == "stderr"] == []


def test_executed_the_score_is_what_was_expected(executed):
    """The score is within four standard errors; on their training rows the networks do better."""
    text = "".join(output.get("text", "") for output in outputs(executed))
    expected, error = map(float, re.search(r"expected ([\d.]+) ± ([\d.]+)", text).groups())
    scored = float(re.search(r"scored +([\d.]+)", text)[1])
    taught = float(re.search(r"what they were taught +([\d.]+)", text)[1])
    assert 0.9 < expected < taught
    assert abs(scored - expected) <= 4 * error
