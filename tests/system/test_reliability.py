"""The tables of docs/reliability.md name only existing tests, and all of test_deaths.py."""

import ast
import re

from repository import ROOT, TESTS

DOCUMENT = (ROOT / "docs" / "reliability.md").read_text()
ROWS = [
    row for row in re.findall(r"^\| (.*) \|$", DOCUMENT, re.MULTILINE) if "Proved by" not in row
]


def named_in(*paths):
    trees = [ast.parse(path.read_text()) for path in paths]
    functions = [node for tree in trees for node in ast.walk(tree)]
    names = {node.name for node in functions if isinstance(node, ast.FunctionDef)}
    return {name for name in names if name.startswith("test_")}


def proofs(row):
    return re.findall(r"`(test_\w+)`", row.split(" | ")[2])


def test_each_fault_has_a_promise_and_a_test_that_there_is():
    there_are = named_in(*TESTS.rglob("test_*.py"))
    assert len(ROWS) > 20
    for row in ROWS:
        fault, promise, _ = row.split(" | ")
        assert fault
        assert promise
        assert proofs(row), row
        assert set(proofs(row)) <= there_are, row


def test_each_test_of_a_death_is_in_the_tables():
    named = {proof for row in ROWS for proof in proofs(row)}
    assert named_in(TESTS / "system" / "test_deaths.py") <= named
