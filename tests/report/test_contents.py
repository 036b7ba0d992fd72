"""The page of a competition of photographs of many classes, which is scored by a loss."""

import dataclasses
import html
import re

import numpy as np
import pandas as pd
import pytest

from kaggle_kit.competition.description import Kind, Metric
from kaggle_kit.competition.problem import Problem
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data.dataset import Findings, ImageSet
from kaggle_kit.ensemble.views import Views
from kaggle_kit.evaluation.images.adversarial import Shift
from kaggle_kit.evaluation.robustness.measure import COLUMNS
from kaggle_kit.evaluation.scores import score
from kaggle_kit.report.contents import (
    Comparison,
    Distorted,
    Explained,
    OutOfFold,
    ReportData,
    Scores,
)
from kaggle_kit.report.page import make_page
from kaggle_kit.report.places import LONGEST, place
from kaggle_kit.report.search_figures import Scale, trials_figure
from kaggle_kit.report.sections.data import balance_figure, shown_classes
from kaggle_kit.report.sections.predictions import SHOWN, lowest_classes
from kaggle_kit.report.sections.score import score_section
from kaggle_kit.report.words import Measured, Words
from kaggle_kit.search.trial_results import TrialResult, trials_table
from kaggle_kit.workspace.best import Best

CLASSES, ROWS = 30, 120
NAMES = tuple(f"<breed> {number} of dogs" for number in range(CLASSES))
DOGS = Problem((64, 100, 3), NAMES, Metric.LOG_LOSS, Kind.PHOTO)
TRIALS = [
    TrialResult("0", "completed", {"units": 256}, [-0.9, -0.8], [3, 3], 40.0),
    TrialResult("1", "completed", {"units": 512}, [-0.7, -0.6], [3, 3], 60.0),
]
HISTORY = pd.DataFrame(
    {
        "fold": [0, 1],
        "member": 0,
        "epoch": 1,
        "accuracy": 0.5,
        "val_accuracy": 0.6,
        "loss": 2.0,
        "val_loss": 1.9,
    }
)
BEST = Best("dense", {"units": 512}, [{}, {}], epochs=1, folds=2, seed=0, problem=DOGS, trial="1")
ALTERED = pd.DataFrame([("altered", "as they are", 100, 98, 0.98, 0.93, 0.99)] * 2, columns=COLUMNS)


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    labels = np.arange(ROWS) % CLASSES
    members = np.eye(CLASSES)[labels] * 3.5 + random.normal(size=(2, ROWS, CLASSES))
    members = members.astype(np.float32)
    images = random.integers(0, 256, (ROWS, 64, 100, 3), dtype=np.uint8)
    ids = tuple(f"{row:04x}" for row in range(ROWS))
    train = ImageSet(images, labels, Findings(), "5" * 64, NAMES, ids)
    oof = OutOfFold(members.mean(axis=0), labels, labels * 0 + np.arange(ROWS) // 60, members, DOGS)
    rows = oof.worst(1)
    values = random.normal(size=(1, 2, 64, 100)).astype(np.float32)
    return ReportData(
        title="dogs",
        competition=COMPETITIONS["dog-breed-identification"],
        run="default",
        made="Today.",
        scores=Scores(None),
        robustness=ALTERED,
        oof=oof,
        history=HISTORY,
        trials=trials_table(TRIALS, folds=2),
        best=BEST,
        config={"data": {}},
        train=train,
        test=dataclasses.replace(train, labels=None),
        explained=Explained(rows, images[rows], values),
        distorted=Distorted(images[:3], 0.5, mirror=True, jitter=0.5),
        comparison=Comparison(Shift(0.9, 0.85, 0.95, ROWS, ROWS), [np.array([0, 1])]),
        views=Views(mirror=True, plain=-0.75, mirrored=-0.5),
        is_ink=False,
    )


@pytest.fixture(scope="module")
def page(data):
    return make_page(data)


def shown(page):
    text = re.sub(r"(?s)<(style|script)>.*?</\1>|<[^>]+>", " ", page)
    return " ".join(html.unescape(text).split())


def test_nothing_is_said_of_digits_or_ink(page):
    said = shown(page[0]).replace("in their last digits", "")
    assert not re.search(r"\b(digit|ink|MNIST|handwriting|read as)", said)


def test_a_name_is_no_markup(page):
    assert "<breed>" not in page[0]
    assert "<breed> 7 of dogs" in html.unescape(page[0])


def test_there_is_no_matrix_of_many_classes_but_their_confusions_with_images(page, data):
    text, files = page
    assert "confusion_matrix.png" not in files
    wrong = int((~data.oof.correct).sum())
    links = re.findall(r'href="#(read-\d+-\d+)"', text)
    assert 0 < len(links) <= wrong
    assert set(links) == set(re.findall(r'<h4 id="([^"]+)"', text))


def test_photographs_keep_their_colours_in_dark_mode_and_are_small_jpegs(page):
    tiles = re.findall(r'<figure class="([^"]+)"><img [^>]*src="data:image/(\w+)', page[0])
    assert len(tiles) > 40
    assert all({"photo", "fine"} <= set(kinds.split()) for kinds, _ in tiles)
    assert {kind for _, kind in tiles} == {"jpeg"}


def test_mistakes_are_explained_by_patches_of_the_photograph(page, data):
    text, files = page
    said = shown(text)
    assert "Which parts caused the mistake" in said
    assert "Shapley values with the same image, blurred, as the baseline" in said
    assert "random orders of its patches of 9 × 9 pixels" in said
    assert "shap_maps.png" in files
    row = data.explained.rows[0]
    name = data.train.ids[row]
    for label in (data.oof.labels[row], data.oof.predicted[row]):
        assert f"Heat map of {name}: which parts are for {NAMES[label]} and" in html.unescape(text)


def test_what_the_networks_see_is_told(page):
    assert (
        "The networks see each image and its mirror image: the out-of-fold log loss is 0.5000 then,"
        " and 0.7500 with the image alone. This choice was made on the same predictions."
    ) in shown(page[0])


def test_mistakes_are_listed_by_name_and_id(page, data, tmp_path):
    (tmp_path / "mistakes.csv").write_bytes(page[1]["mistakes.csv"])
    table = pd.read_csv(tmp_path / "mistakes.csv", dtype={"id": str})
    assert set(table["label"]) <= set(NAMES)
    assert list(table["id"]) == [data.train.ids[row] for row in table["row"]]
    assert "the calibrated confidence, and its id." in shown(page[0])


def test_of_a_long_id_the_end_is_shown(data):
    ids = tuple(f"{'cats/' * 8}{row:04}.jpg" for row in range(ROWS))
    named = dataclasses.replace(data, train=dataclasses.replace(data.train, ids=ids))
    assert place(named, 7) == "…cats/cats/cats/0007.jpg"
    assert len(place(named, 7)) <= LONGEST
    unnamed = dataclasses.replace(data, train=dataclasses.replace(data.train, ids=()))
    assert place(unnamed, 7) == "row 7"


def test_the_score_is_shown_as_a_loss_without_an_interval(page, data):
    promised = -data.oof.evaluation.score
    plain = -score("log_loss", data.oof.logits, data.oof.labels)
    said = shown(page[0])
    assert promised <= plain
    assert f"out-of-fold log loss {promised:.4f} ±" in said
    assert f"it is {promised:.5f}, and this score is expected" in said
    assert f"Without it, it is {plain:.5f}" in said
    assert "is expected (95%)" not in said
    assert "Stanford Dogs" in said


def test_a_known_score_is_compared_with_the_promise(data, ledger_entry):
    promised = -data.oof.evaluation.score
    scores = Scores(None, submissions=[ledger_entry(promised + 1.5)], sha256="f")
    said = shown(score_section(dataclasses.replace(data, scores=scores)).render()[0])
    assert "a difference of +1.50000" in said
    assert "standard error" not in said.split("Submissions of this run")[1]


@pytest.fixture
def ledger_entry():
    from ledger_entry import ENTRY

    return lambda public: dataclasses.replace(ENTRY, file_sha256="f", public_score=public)


def test_a_difference_between_the_sets_and_near_duplicates_are_told(page):
    said = shown(page[0])
    assert "AUC of 0.90" in said
    assert "the sets differ, so the score on the test set may be far" in said
    assert "2 training images are nearly the same as others, in 1 group" in said
    assert "Groups with different labels: 1." in said


def test_distorted_photographs_are_mirrored_and_not_bent(page):
    said = shown(page[0])
    assert "rotated, scaled, sheared, shifted, mirrored and changed in colour at random" in said


def test_trials_are_compared_by_the_loss(page, data):
    said = shown(page[0])
    assert "better than trial 0 (completed) by 0.2000 of log loss: mean difference -0.2000" in said
    assert "lowest mean log loss plus one standard error" in said
    trials = data.trials.sort_values("trial")
    scale = Scale(ROWS, Measured(Metric.LOG_LOSS))
    axes = trials_figure(trials, (trials["trial"] == "1").to_numpy(), scale).axes[0]
    np.testing.assert_allclose(axes.containers[0].lines[0].get_ydata(), [0.85, 0.65])
    assert axes.get_ylabel() == "log loss"


def test_of_many_classes_those_with_the_lowest_recall_are_shown():
    hits, rows = np.arange(100), np.full(100, 100)
    rows[5] = hits[5] = 0  # without images, a class has no recall
    chosen = lowest_classes((hits, rows)).tolist()
    assert chosen == [number for number in range(SHOWN + 1) if number != 5]


def test_of_many_classes_the_largest_and_the_smallest_are_drawn():
    counts = np.arange(1, 101)
    chosen = shown_classes(counts)
    assert sorted(counts[chosen]) == [*range(1, 11), *range(91, 101)]
    words = Words.of(
        Problem((8, 8), tuple(f"class {n}" for n in range(100))),
        COMPETITIONS["dog-breed-identification"],
    )
    (axes,) = balance_figure(counts, words).axes
    assert "the 10 largest and the 10 smallest of 100 classes" in axes.get_title()


def test_a_rule_that_is_not_the_most_probable_class_is_told():
    """All expected grades are one too high, which thresholds repair."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 100)
    logits = -((labels[:, None] + 0.8 - np.arange(4)) ** 2) * 3
    logits = (logits + random.normal(size=logits.shape) * 0.3).astype(np.float32)
    problem = Problem((8, 8, 3), tuple("0123"), Metric.QUADRATIC_KAPPA, Kind.PHOTO)
    folds = np.arange(400) % 2
    oof = OutOfFold(logits, labels, folds, logits[None], problem)
    assert (oof.predicted == labels).mean() > (logits.argmax(axis=1) == labels).mean()
    assert oof.evaluation.score > oof.decision.plain
