import re

import matplotlib.image
import numpy as np
import pandas as pd
import pytest

from kaggle_kit.evaluate import evaluate
from kaggle_kit.report import confusion_figure, curves, write_report
from kaggle_kit.trials import TrialResult, trials_table

HISTORY = pd.DataFrame(
    {
        "fold": [0, 0, 1, 1],
        "epoch": [1, 2, 1, 2],
        "accuracy": [0.5, 0.7, 0.4, 0.6],
        "val_accuracy": [0.6, 0.8, 0.5, 0.7],
        "loss": [2.0, 1.0, 2.1, 1.1],
        "val_loss": [1.9, 0.9, 2.0, 1.0],
    }
)


@pytest.fixture
def evaluation():
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(10), 10)
    logits = np.eye(10)[labels] * 3 + random.normal(size=(100, 10))
    return evaluate(logits.astype(np.float32), labels, np.tile([0, 1], 50))


@pytest.fixture
def tables():
    results = [TrialResult("0", "completed", {"units": 256}, [0.9, 0.8])]
    return HISTORY, trials_table(results, folds=2)


def test_the_curves_are_those_of_the_history():
    (axes,) = curves(HISTORY, "accuracy", "Accuracy").axes
    drawn = [line.get_ydata().tolist() for line in axes.lines]
    assert drawn == [[0.5, 0.7], [0.6, 0.8], [0.4, 0.6], [0.5, 0.7]]


def test_every_count_of_the_confusion_matrix_is_on_its_picture():
    confusion = np.array([[12, 3], [0, 45]])
    (axes,) = confusion_figure(confusion).axes
    assert [text.get_text() for text in axes.texts] == ["12", "3", "·", "45"]


def test_the_page_needs_no_other_file_and_no_network(tmp_path, evaluation, tables):
    page = write_report(tmp_path / "report", "a <b> run", evaluation, tables)
    text = page.read_text()
    assert re.findall(r'(?:src|href)="(?!data:)[^"]*"', text) == []
    assert "a &lt;b&gt; run" in text
    assert f"<strong>{evaluation.accuracy:.4f}</strong>" in text
    assert "units" in text


def test_every_picture_has_a_description_and_lies_beside_the_page(tmp_path, evaluation, tables):
    page = write_report(tmp_path / "report", "run", evaluation, tables)
    names = ["accuracy_plot", "loss_plot", "confusion_matrix"]
    assert re.findall(r'<img alt="[^"]+" src="data:[^"]*" id="([^"]+)"', page.read_text()) == names
    for name in names:
        assert matplotlib.image.imread(page.parent / f"{name}.png").std() > 0.01


def test_a_report_replaces_the_one_before_and_nothing_else(tmp_path, evaluation, tables):
    (tmp_path / "notes.txt").write_text("mine")
    for title in ("first", "second"):
        write_report(tmp_path, title, evaluation, tables)
    assert "second" in (tmp_path / "index.html").read_text()
    names = {"accuracy_plot.png", "loss_plot.png", "confusion_matrix.png", "index.html"}
    assert {path.name for path in tmp_path.iterdir()} == names | {"notes.txt"}
