"""The floor plan: small rooms, small modules, each with its tests, and a picture that is true."""

import ast
import csv
import importlib.util
import json
import re
import subprocess
import sys

import nbformat
import pytest
from repository import ROOT, TESTS

from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.kaggle.kernel.metadata import make_metadata
from kaggle_kit.workspace.ledger import COLUMNS

PACKAGE = ROOT / "kaggle_kit"
ROOMS = sorted(
    path.parent.relative_to(PACKAGE)
    for path in PACKAGE.rglob("__init__.py")
    if path.parent not in {PACKAGE, PACKAGE / "kernel"}
)
BY_VERB = {"api", "cli/commands"}  # rooms with one module a verb
MOST_MODULES, MOST_LINES = 12, 300


def modules(room):
    return sorted(path for path in (PACKAGE / room).glob("*.py") if path.name != "__init__.py")


def docstring(room):
    return ast.get_docstring(ast.parse((PACKAGE / room / "__init__.py").read_text())) or ""


def verbs():
    return {path.stem for path in (PACKAGE / "cli" / "commands").glob("*.py")}


@pytest.mark.parametrize("room", ROOMS, ids=str)
def test_a_room_is_small(room):
    counted = [
        path for path in modules(room) if str(room) not in BY_VERB or path.stem not in verbs()
    ]
    assert len(counted) <= MOST_MODULES


@pytest.mark.parametrize("room", ROOMS, ids=str)
def test_a_room_says_what_it_is_for_and_names_its_modules(room):
    text = docstring(room)
    assert text
    if str(room) != "cli/commands":
        named = set(re.findall(r"\w+", text))
        assert [path.stem for path in modules(room) if path.stem not in named] == []


def test_a_module_is_small():
    lines = {path: len(path.read_text().splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {path.name: count for path, count in lines.items() if count > MOST_LINES} == {}


@pytest.mark.parametrize("room", ROOMS, ids=str)
def test_a_module_has_its_test_file_or_its_room_names_one(room):
    """A room's docstring names the test file next to the modules that have none of their own."""
    text = docstring(room)
    for path in modules(room):
        if (TESTS / room / f"test_{path.stem}.py").exists():
            continue
        sentences = [s for s in re.split(r"(?<=\.)\s|\n\n", text) if "test_" in s]
        about = [s for s in sentences if re.search(rf"\b({path.stem}|[Aa]ll|others)\b", s)]
        named = re.findall(r"tests/[\w/]+\.py|test_\w+\.py", " ".join(about))
        found = [n for n in named if (ROOT / n).exists() or list(TESTS.rglob(n.split("/")[-1]))]
        assert found, f"{room}/{path.name} has no test file, and the room names none"


def test_every_test_file_is_of_a_module_or_of_the_system():
    apart = {"support", "system"}
    for path in TESTS.rglob("test_*.py"):
        room = path.parent.relative_to(TESTS)
        if path.relative_to(TESTS).parts[0] in apart:
            continue
        module = path.stem.removeprefix("test_")
        assert (PACKAGE / room / f"{module}.py").exists() or (PACKAGE / room / module).is_dir(), (
            path
        )


def test_the_picture_is_that_of_the_contract():
    check = [sys.executable, ROOT / "scripts" / "architecture", "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_architecture_has_a_sentence_for_each_room_and_short_walks():
    text = (ROOT / "docs" / "architecture.md").read_text()
    described = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert described == {room.parts[0] for room in ROOMS}
    _, row, units, _ = re.split(r"^## (?!The rooms)", text, flags=re.MULTILINE)
    for walk in (row, units):
        assert 5 <= len(re.findall(r"^\d+\. ", walk, re.MULTILINE)) <= 10


def test_the_architecture_names_files_that_exist():
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = set(re.findall(r"`([a-z_]+/[\w/]+\.py)`", text))
    assert named
    assert [
        name for name in sorted(named) if not any((b / name).exists() for b in (PACKAGE, ROOT))
    ] == []


def imports_of_the_kit():
    """The module and the name of each import in benchmarks, scripts and the notebook."""
    scripts = [ROOT / "scripts" / name for name in ("architecture", "screenshot")]
    texts = [path.read_text() for path in [*(ROOT / "benchmarks").rglob("*.py"), *scripts]]
    story = nbformat.read(ROOT / "notebooks" / "digit_recognizer.ipynb", as_version=4)
    texts += [cell.source for cell in story.cells if cell.cell_type == "code"]
    for text in texts:
        for node in ast.walk(ast.parse(re.sub(r"(?m)^%.*$", "", text))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("kaggle_kit"):
                yield from ((node.module, alias.name) for alias in node.names)


@pytest.mark.parametrize(("module", "name"), sorted(set(imports_of_the_kit())))
def test_what_benchmarks_and_notebook_import_is_there(module, name):
    found = importlib.import_module(module)
    assert hasattr(found, name) or importlib.util.find_spec(f"{module}.{name}")


def test_the_examples_at_the_top_level_are_what_the_kit_writes():
    competition = COMPETITIONS["digit-recognizer"]
    example = ROOT / "kernels" / competition.slug / "kernel-metadata.example.json"
    assert json.loads(example.read_text()) == make_metadata(competition, "your-name", gpu=False)
    with (ROOT / "submissions" / "ledger.example.csv").open(newline="") as file:
        assert csv.DictReader(file).fieldnames == COLUMNS
