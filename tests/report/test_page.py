import dataclasses
import html
import re

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from ledger_entry import ENTRY
from sklearn import metrics

from kaggle_kit.competition.description import Metric
from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data.dataset import Findings, ImageSet
from kaggle_kit.evaluation.images.adversarial import Shift
from kaggle_kit.evaluation.intervals import expected_score
from kaggle_kit.evaluation.robustness.measure import COLUMNS
from kaggle_kit.evaluation.selective import risk_coverage
from kaggle_kit.report.contents import (
    Comparison,
    Distorted,
    Explained,
    Missing,
    OutOfFold,
    ReportData,
    Scores,
)
from kaggle_kit.report.page import make_page, write_report
from kaggle_kit.report.search_figures import (
    Scale,
    coordinates_figure,
    trials_figure,
    varied_hyperparameters,
)
from kaggle_kit.report.sections.calibration import calibration_section, reliability_figure
from kaggle_kit.report.sections.confusions import EACH, confusions_section, mistakes_table
from kaggle_kit.report.sections.data import data_section
from kaggle_kit.report.sections.ensemble import ensemble_section, gain_figure
from kaggle_kit.report.sections.mistakes import mistakes_section
from kaggle_kit.report.sections.origin import origin_section
from kaggle_kit.report.sections.predictions import (
    ByClass,
    confusion_figure,
    predictions_section,
    scores_figure,
)
from kaggle_kit.report.sections.robustness import robustness_figure, robustness_section
from kaggle_kit.report.sections.score import score_section
from kaggle_kit.report.sections.search import in_order, search_section
from kaggle_kit.report.sections.selective import selective_figure, selective_section
from kaggle_kit.report.sections.training import curves, training_section
from kaggle_kit.report.words import Measured, Words
from kaggle_kit.search.trial_results import TrialResult, trials_table
from kaggle_kit.workspace.best import Best

ROWS = 100
PICTURES = {
    "accuracy_plot",
    "average_digits",
    "calibration_plot",
    "class_balance",
    "confusion_matrix",
    "distorted_digits",
    "ensemble_gain",
    "ensemble_size",
    "hardest_digits",
    "hyperparameters",
    "learning_rate_plot",
    "loss_plot",
    "robustness_plot",
    "scores",
    "selective_plot",
    "trials_plot",
    "shap_maps",
}
HISTORY = pd.DataFrame(
    {
        "fold": [0, 0, 1, 1],
        "member": 0,
        "epoch": [1, 2, 1, 2],
        "accuracy": [0.5, 0.7, 0.4, 0.6],
        "val_accuracy": [0.6, 0.8, 0.5, 0.7],
        "loss": [2.0, 1.0, 2.1, 1.1],
        "val_loss": [1.9, 0.9, 2.0, 1.0],
        "learning_rate": [0.003, 0.001, 0.003, 0.001],
        "seconds": [1.0, 2.0, 1.5, 3.0],
    }
)
TRIALS = [
    TrialResult("0", "completed", {"units": 256, "optimizer": "adam"}, [0.9, 0.8], [3, 3], 40.0),
    TrialResult("1", "completed", {"units": 512, "optimizer": "adamw"}, [0.92, 0.9], [3, 3], 60.0),
    TrialResult("2", "raced", {"units": 4096, "optimizer": "adamw"}, [0.7], [2], 10.0),
    TrialResult("3", "failed", {"units": 64, "optimizer": "adam"}, error="the loss became nan"),
]
BEST = Best.from_dict(
    {
        "family": "dense",
        "hyperparameters": {"units": 512, "learning_rate": 0.003, "distortion": 0.75},
        "members": [{}, {"posture": "upright"}],
        "epochs": 2,
        "folds": 2,
        "seed": 0,
        "trial": "1",
    }
)
CONFIG = {
    "folds": 2,
    "time_budget": 90.0,
    "seed": 0,
    "command": "kaggle-kit tune --folds 2",
    "revision": "0123456789ab",
    "data": {"train.csv": "5" * 64},
    "machine": {"cores": 2, "model": "A processor", "memory_gib": 7.8},
    "versions": {"keras": "3.15.1"},
}


ROBUSTNESS = pd.DataFrame(
    [
        ("altered", "as they are", 100, 98, 0.98, 0.93, 0.99),
        ("altered", "noisy", 100, 60, 0.6, 0.5, 0.69),
        ("written", "slant, lowest third", 50, 49, 0.98, 0.9, 0.99),
        ("written", "slant, highest third", 50, 45, 0.9, 0.79, 0.96),
    ],
    columns=COLUMNS,
)


WORDS, ACCURACY = Words.of(DIGITS, COMPETITIONS["digit-recognizer"]), Measured(Metric.ACCURACY)
SCALE = Scale(ROWS, ACCURACY)


def make_oof(random):
    labels = np.repeat(np.arange(10), ROWS // 10)
    members = np.eye(10)[labels] * 2.5 + random.normal(size=(2, ROWS, 10))
    members = members.astype(np.float32)
    return OutOfFold(members.mean(axis=0), labels, np.tile([0, 1], ROWS // 2), members)


@pytest.fixture(scope="module")
def data():
    random = np.random.default_rng(0)
    images = random.integers(0, 256, size=(ROWS, 8, 8), dtype=np.uint8)
    oof = make_oof(random)
    digits = ImageSet(
        images, oof.labels.astype(np.uint8), Findings(3, 2, 1, dropped=True), "5" * 64
    )
    rows = oof.worst(2)
    return ReportData(
        title="a <b> run",
        competition=COMPETITIONS["digit-recognizer"],
        run="longer",
        made="Report of today, by kaggle-kit 9.9.9.",
        scores=Scores(7_000),
        robustness=ROBUSTNESS,
        oof=oof,
        history=HISTORY,
        trials=trials_table(TRIALS, folds=2),
        best=BEST,
        config=CONFIG,
        train=digits,
        test=dataclasses.replace(digits, labels=None, findings=Findings()),
        explained=Explained(
            rows, images[rows], random.normal(size=(2, 2, 8, 8)).astype(np.float32)
        ),
        distorted=Distorted(images[:5], 0.75),
        comparison=Comparison(Shift(0.5, 0.49, 0.51, ROWS, ROWS), [np.array([0, 50])]),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory, data):
    """A folder with a report, in which there were an older report and another file before."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "notes.txt").write_text("mine")
    (folder / "index.html").write_text("the one before")
    assert write_report(folder, data) == folder / "index.html"
    return folder


@pytest.fixture(scope="module")
def text(folder):
    return (folder / "index.html").read_text()


def shown(section):
    """The text of a section, without its markup."""
    content, _ = section.render()
    return html.unescape(re.sub(r"<[^>]+>", " ", content))


class TestPage:
    def test_needs_no_other_file_and_no_network(self, text):
        assert text.startswith("<!doctype html>")
        assert re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', text) == []
        assert "url(" not in text
        assert "a &lt;b&gt; run" in text

    def test_leads_with_the_accuracy_and_to_every_section(self, text, data):
        accuracy = metrics.accuracy_score(data.oof.labels, data.oof.predicted)
        assert f"<strong>{100 * accuracy:.2f}%</strong>" in text
        anchors = re.findall(r'<li><a href="#([^"]+)"', text)
        assert anchors == re.findall(r'<section id="([^"]+)"', text)
        assert len(anchors) == 12

    def test_has_no_name_twice(self, text):
        names = re.findall(r' id="([^"]+)"', text)
        assert len(names) == len(set(names)) > 20

    def test_says_of_every_picture_what_it_shows(self, text):
        assert len(re.findall("<img ", text)) == len(re.findall('alt="[^"]{7,}"', text)) > 30

    def test_lies_beside_its_pictures_and_replaces_nothing_but_the_one_before(self, folder):
        names = {f"{name}.png" for name in PICTURES}
        names |= {"index.html", "notes.txt", "mistakes.csv", "written.json"}
        assert {path.name for path in folder.iterdir()} == names
        for name in PICTURES:
            assert matplotlib.image.imread(folder / f"{name}.png").std() > 0.01

    def test_is_made_of_a_run_that_was_copied_without_its_data(self, data):
        """The run is also one of an older kit, and has no search."""
        lacking = dataclasses.replace(
            data,
            oof=dataclasses.replace(data.oof, members=Missing("No members: do this.")),
            trials=Missing("No trials: do this."),
            train=Missing("No images: do this."),
            test=Missing("No images: do this."),
            explained=Missing("No images: do this."),
            distorted=Missing("No images: do this."),
            comparison=Missing("No images: do this."),
            config={"data": {}},
        )
        text, pictures = make_page(lacking)
        for what in ("members", "trials", "images"):
            assert f'<p class="missing">No {what}: do this.</p>' in text
        assert {"confusion_matrix.png", "accuracy_plot.png", "class_balance.png"} < set(pictures)
        assert "hardest_digits.png" not in pictures
        assert "#read-" not in text
        assert "mistakes.csv" in pictures

    def test_says_when_and_by_which_version_it_was_made(self, text):
        assert '<p class="note">Report of today, by kaggle-kit 9.9.9.</p>' in text


class TestPredictions:
    def test_every_count_and_rate_is_on_the_picture(self):
        (axes,) = confusion_figure(np.array([[12, 3], [0, 45]]), WORDS).axes
        texts = [text.get_text() for text in axes.texts]
        assert texts == ["12\n80.0%", "3\n20.00%", "·", "45\n100.0%"]
        assert axes.get_title().startswith("3 of 60 images")

    def test_the_report_is_that_of_scikit_learn(self, data):
        said = shown(predictions_section(data))
        oof = data.oof
        scores = metrics.precision_recall_fscore_support(oof.labels, oof.predicted)
        for label, (precision, recall, f1, _) in enumerate(zip(*scores, strict=True)):
            row = rf"\b{label}\s+{100 * precision:.2f}%\s+{100 * recall:.2f}%\s+[\d.]+ to [\d.]+%"
            assert re.search(rf"{row}\s+{100 * f1:.2f}%\s+10\b", said)

    def test_a_class_without_rows_has_no_score_to_draw(self):
        by_class = (np.array([3, 0]), np.array([4, 0]))
        left, right = scores_figure(
            ByClass(by_class, ["0", "1"]), (np.array([3]), np.array([4])), [0], "digit"
        ).axes
        assert len(left.containers[0].lines[0].get_xdata()) == 1
        assert left.get_title() == "lowest: digit 0"
        assert right.get_title() == "lowest: fold 0"


class TestScore:
    def test_the_interval_and_its_parts_are_said(self, data):
        expected = expected_score(*data.oof.fold_counts, 7_000)
        said = shown(score_section(data))
        assert f"a score between {expected.low:.5f} and {expected.high:.5f} is expected" in said
        assert f"{expected.binomial:.5f} for the choice of these images" in said
        assert f"{expected.fold:.5f} for the mean over 2 folds" in said
        assert "was not sent yet" in said

    @pytest.mark.parametrize(
        ("score", "place"),
        [(0.1, "below the interval"), (0.99, "above the interval"), (None, "inside the interval")],
    )
    def test_the_known_score_is_compared_with_the_interval(self, data, score, place):
        score = score or data.oof.correct.mean()
        entry = dataclasses.replace(ENTRY, file_sha256="f", public_score=score, cv_mean=0.5)
        earlier = dataclasses.replace(ENTRY, file_sha256="e", public_score=None)
        scores = Scores(7_000, submissions=[earlier, entry], sha256="f")
        known = dataclasses.replace(data, scores=scores)
        said = shown(score_section(known))
        assert f"The score of submission.csv is {score:.5f}: it is {place}." in said
        assert f"{score - 0.5:+.5f}" in said
        assert "another one of this run" in said
        page, _ = make_page(known)
        assert f"<dt>public score</dt><dd><strong>{score:.5f}</strong>" in page

    def test_a_score_that_is_not_known_is_said_to_be_so(self, data):
        pending = dataclasses.replace(ENTRY, file_sha256="f", public_score=None)
        for scores, said in (
            (Scores(7_000, submissions=[pending], sha256="f"), "`kaggle-kit submit --sync`"),
            (Scores(7_000, damage="it is damaged; fix it"), "it is damaged; fix it"),
            (Scores(360, of_sample=True, sha256="f"), "which also scores the sample"),
            (Scores(360, of_sample=True, sha256="f", of_sample_score=0.5), "is 0.50000"),
        ):
            section = score_section(dataclasses.replace(data, scores=scores))
            assert said.replace("`", "") in " ".join(shown(section).split()).replace(" ,", ",")


def test_the_commands_on_the_page_are_about_its_run(data):
    page, _ = make_page(data)
    commands = re.findall("<code>(kaggle-kit (?:fit|report|submit)[^<]*)", page)
    assert "kaggle-kit submit --run longer" in commands
    assert all(command.count("--run") == 1 for command in commands)


def test_the_commands_name_another_competition_and_home(data):
    common = {"--competition": "a-b", "--home": "my home"}
    away = Missing("Run `kaggle-kit download`, then `kaggle-kit report`.")
    page, _ = make_page(dataclasses.replace(data, common=common, robustness=away))
    said = html.unescape(re.sub("<[^>]+>", " ", page))
    where = "--competition a-b --home 'my home'"
    assert f"kaggle-kit submit {where} --run longer" in said
    assert f"kaggle-kit download {where} , then" in said  # which is for all runs
    assert f"--run NAME {where} && kaggle-kit fit --run NAME {where}" in said
    fitted = dataclasses.replace(data, common=common, trials=away)
    best = "fit --best 'my home/runs/longer/best.json' --run NAME"
    assert f"kaggle-kit {best} {where}" in shown(origin_section(fitted))


class TestConfusions:
    @pytest.fixture
    def crowded(self, data):
        """All ten images of 3 are read as 5, and one of 4 as 9."""
        logits = 5 * np.eye(10, dtype=np.float32)[data.oof.labels]
        logits[30:40] = 5 * np.eye(10)[5]
        logits[44] = 5 * np.eye(10)[9]
        return dataclasses.replace(data, oof=dataclasses.replace(data.oof, logits=logits))

    def test_a_cell_leads_to_its_images_of_which_some_are_shown(self, crowded):
        content, files = confusions_section(crowded).render()
        links = re.findall(r'href="#(read[^"]+)"[^>]*>(\d+)</a>', content)
        assert links == [("read-3-5", "10"), ("read-4-9", "1")]
        assert set(re.findall(r'<h4 id="([^"]+)"', content)) == {name for name, _ in links}
        assert content.count("<img ") == EACH + 1
        assert f"3 read as 5: 10 images, {EACH} of them shown" in content
        assert list(files) == ["mistakes.csv"]

    def test_every_mistake_is_in_the_csv(self, crowded, tmp_path):
        path = tmp_path / "mistakes.csv"
        path.write_bytes(confusions_section(crowded).render()[1]["mistakes.csv"])
        table = pd.read_csv(path)
        assert sorted(table["row"]) == [*range(30, 40), 44]
        assert (table["read_as"] == crowded.oof.predicted[table["row"]]).all()
        assert (table["label"] == crowded.oof.labels[table["row"]]).all()
        np.testing.assert_allclose(
            table["confidence"], crowded.oof.probabilities[table["row"]].max(axis=1), atol=1e-3
        )
        assert "line" not in table  # rows of train.csv were dropped
        train = dataclasses.replace(crowded.train, findings=Findings())
        whole = dataclasses.replace(crowded, train=train)
        assert (mistakes_table(whole)["line"] == table["row"] + 2).all()


class TestSelective:
    def test_the_accuracy_of_the_rest_is_drawn(self, data):
        curve = risk_coverage(data.oof.confidence, data.oof.correct)
        (axes,) = selective_figure(curve).axes
        drawn = dict(zip(*axes.lines[0].get_data(), strict=True))
        assert drawn[0.0] == pytest.approx(100 * data.oof.correct.mean())
        kept = curve.without(0.01)
        assert f"{100 * kept.accuracy:.2f}% without the least sure 1%" in axes.get_title()

    def test_without_any_mistake_or_any_difference_in_confidence_it_is_made_too(self, data):
        for scale in (5, 0):
            logits = scale * np.eye(10, dtype=np.float32)[data.oof.labels]
            oof = dataclasses.replace(data.oof, logits=logits)
            said = shown(selective_section(dataclasses.replace(data, oof=oof)))
            assert f"{100 * oof.correct.mean():.2f}%" in said


def test_the_robustness_is_that_of_the_table(data):
    written = ROBUSTNESS[ROBUSTNESS["kind"] == "written"]
    altered = ROBUSTNESS[ROBUSTNESS["kind"] == "altered"]
    above, below = robustness_figure(written, altered).axes
    assert above.get_title(loc="right") == "lowest: slant, highest third, 90.00%"
    assert below.containers[0].lines[0].get_xdata().tolist() == [98, 60]
    said = shown(robustness_section(data))
    assert re.search(r"noisy\s+100\s+40\s+60.00%\s+50.00 to 69.00%", said)
    absent = dataclasses.replace(data, robustness=Missing("Measure it."))
    assert "Measure it." in shown(robustness_section(absent))


class TestMistakes:
    def test_the_worst_come_first_each_with_what_it_is_read_as(self, data):
        oof = data.oof
        worst = oof.worst(ROWS)
        assert set(worst) == set(np.flatnonzero(oof.predicted != oof.labels))
        likelihoods = oof.probabilities[worst, oof.labels[worst]]
        assert (np.diff(likelihoods) >= 0).all()
        content, _ = mistakes_section(data).render()
        first = worst[0]
        told = f"An image labelled {oof.labels[first]}, read as {oof.predicted[first]} ("
        assert re.findall('alt="([^"]+)"', content)[0].startswith(told)

    def test_a_label_in_doubt_has_a_frame_and_a_place_in_the_table(self, data):
        probable = np.full((ROWS, 10), -5, dtype=np.float32)
        probable[np.arange(ROWS), data.oof.labels] = 5
        probable[7] = np.roll(probable[7], 4)
        oof = dataclasses.replace(data.oof, logits=probable)
        section = mistakes_section(
            dataclasses.replace(data, oof=oof, explained=Missing("Not today."))
        )
        content, _ = section.render()
        assert content.count('class="marked"') == 1
        assert "0 ? → 4" in content
        said = shown(section)
        assert "1 of 100 labels, or 1.00%, are likely errors" in said
        assert re.search(r"0\s+4\s+1\s+7\s", said)

    def test_without_the_images_they_are_listed(self, data):
        lacking = dataclasses.replace(
            data, train=Missing("No images."), explained=Missing("No images.")
        )
        section = mistakes_section(lacking)
        assert section.render()[1] == {}
        first = data.oof.worst(1)[0]
        assert re.search(rf"\b{first}\s+{data.oof.labels[first]}\s", shown(section))

    def test_none_at_all_is_said(self, data):
        logits = np.eye(10, dtype=np.float32)[data.oof.labels]
        oof = dataclasses.replace(data.oof, logits=logits)
        lacking = dataclasses.replace(data, oof=oof, explained=Missing("No mistake."))
        assert "No image is read wrongly." in shown(mistakes_section(lacking))
        assert "There are no mistakes." in shown(predictions_section(lacking))


def test_the_reliability_of_every_bin_with_rows_is_drawn(data):
    found = data.oof.calibration
    above, _ = reliability_figure(found).axes
    before, after = above.containers
    assert len(before.lines[0].get_xdata()) == (found.before.rows > 0).sum()
    used = found.after.rows > 0
    shares = found.after.hits[used] / found.after.rows[used]
    np.testing.assert_allclose(after.lines[0].get_ydata(), shares)


TWO = Problem((8, 8), ("0", "1"))


def separated(confidences, shares):
    """Out-of-fold predictions of two classes: 400 rows each with that confidence and accuracy."""
    logits = np.concatenate([np.full(400, np.log(sure / (1 - sure))) for sure in confidences])
    right = np.concatenate([np.arange(400) < 400 * share for share in shares])
    rows = np.arange(len(right))
    table = np.stack([logits, np.zeros(len(rows))], axis=1).astype(np.float32)
    return OutOfFold(table, np.where(right, 0, 1), rows % 2, table[None], TWO)


@pytest.mark.parametrize(
    ("confidences", "shares", "said"),
    [
        ([0.9] * 60, [0.995] * 60, "brings confidence nearer to accuracy"),
        ([0.9] * 59 + [0.8], [0.995] * 59 + [0.8], "but not for the 2% with the least confidence"),
        ([0.9] * 60, [0.9] * 60, "does not bring confidence nearer to accuracy"),
    ],
)
def test_the_title_of_the_calibration_says_what_the_figures_say(confidences, shares, said):
    figure = reliability_figure(separated(confidences, shares).calibration)
    assert figure.axes[0].get_title().endswith(said)
    assert not figure.axes[0].get_legend()


def test_whether_the_networks_are_too_sure_follows_from_confidence_and_accuracy(data):
    for confidence, share, said in (
        (0.9, 0.99, "less sure than"),
        (0.99, 0.9, "surer than"),
        (0.9, 0.9, "as sure as"),
    ):
        oof = separated([confidence], [share])
        text = shown(calibration_section(dataclasses.replace(data, oof=oof)))
        assert f"the networks are on average {said} they should be" in text


class TestTraining:
    def test_the_curves_are_those_of_the_history(self):
        (axes,) = curves(HISTORY, "accuracy").axes
        drawn = [line.get_ydata().tolist() for line in axes.lines]
        assert drawn == [[0.5, 0.7], [0.6, 0.8], [0.4, 0.6], [0.5, 0.7]]
        assert axes.get_title().startswith("Accuracy by epoch: 75.00% on held-out rows at the end")

    def test_a_perfect_score_has_a_place(self):
        """It is drawn at half the smallest error in the history."""
        (axes,) = curves(HISTORY.assign(val_accuracy=[0.6, 1, 0.5, 1]), "accuracy").axes
        drawn = [line.get_ydata().tolist() for line in axes.lines]
        np.testing.assert_allclose(drawn, [[0.5, 0.7], [0.6, 0.85], [0.4, 0.6], [0.5, 0.85]])
        low, high = axes.get_ylim()
        assert low < 0.4
        assert 0.85 < high < 0.95
        assert axes.get_yticklabels()[-1].get_text() == "1"

    def test_a_single_epoch_is_drawn_as_points(self):
        (axes,) = curves(HISTORY[HISTORY["epoch"] == 1], "loss").axes
        assert {line.get_marker() for line in axes.lines} == {"o"}

    def test_images_are_called_distorted_only_if_they_were(self, data):
        assert "measured on distorted training images" in shown(training_section(data))
        best = dataclasses.replace(BEST, hyperparameters={"distortion": 0.0})
        plain = training_section(dataclasses.replace(data, best=best))
        assert "distorted" not in plain.render()[0]

    def test_a_history_without_any_error_can_be_drawn(self):
        perfect = HISTORY.assign(val_accuracy=1.0, accuracy=1.0)
        (axes,) = curves(perfect, "accuracy").axes
        assert axes.get_ylim()[0] < axes.lines[0].get_ydata()[0] < axes.get_ylim()[1]

    def test_a_history_of_an_older_kit_has_no_learning_rate_to_draw(self, data):
        old = HISTORY.drop(columns=["member", "learning_rate", "seconds"])
        _, pictures = training_section(dataclasses.replace(data, history=old)).render()
        assert set(pictures) == {"accuracy_plot.png", "loss_plot.png"}


class TestEnsemble:
    def test_networks_and_committees_are_drawn_by_fold(self):
        alone = np.array([[0.9, 0.8], [0.7, 0.9]])
        (axes,) = gain_figure(alone, np.array([0.95, 0.8]), [0, 1], ACCURACY).axes
        drawn = [line.get_ydata().tolist() for line in axes.lines]
        np.testing.assert_allclose(drawn, [[90, 80], [70, 90], [95, 80]])
        assert axes.get_title().startswith("In 1 of 2 folds")

    def test_the_gain_over_one_network_is_said(self, data):
        oof = data.oof
        alone = np.mean(oof.members.argmax(axis=2) == oof.labels)
        together = np.mean(oof.predicted == oof.labels)
        said = shown(ensemble_section(data))
        assert f"{100 * alone:.2f}% of the images" in said
        fewer = (together - alone) / (1 - alone)
        assert f"{100 * fewer:.0f}% fewer mistakes" in said

    def test_one_network_a_fold_is_no_committee_and_that_is_said(self, data):
        oof = dataclasses.replace(data.oof, members=data.oof.logits[None])
        lone = dataclasses.replace(data, oof=oof, best=dataclasses.replace(BEST, members=[{}]))
        section = ensemble_section(lone)
        assert "This run has one network per fold" in shown(section)
        assert section.render()[1] == {}


class TestSearch:
    def test_trials_are_drawn_when_they_ended(self):
        trials = trials_table(TRIALS, folds=2).sort_values("trial")
        axes = trials_figure(trials, (trials["trial"] == "1").to_numpy(), SCALE).axes[0]
        completed, raced = axes.containers
        np.testing.assert_allclose(completed.lines[0].get_xdata(), [40 / 60, 100 / 60])
        np.testing.assert_allclose(completed.lines[0].get_ydata(), [15, 9])
        np.testing.assert_allclose(raced.lines[0].get_xdata(), [110 / 60])

    def test_a_trial_is_a_line_over_what_varied(self):
        trials = trials_table(TRIALS, folds=2)
        assert varied_hyperparameters(trials) == ["units", "optimizer"]
        chosen = (trials["trial"] == "1").to_numpy()
        (axes,) = coordinates_figure(trials, ["units", "optimizer"], chosen, SCALE).axes
        drawn = {line.get_label(): line.get_xdata() for line in axes.lines}
        # 512 is midway between 64 and 4096 (log scale), adamw follows adam,
        # and no other trial has fewer mistakes.
        np.testing.assert_allclose(drawn["chosen"], [0.5, 1, 0])
        names = [label.get_text() for label in axes.get_yticklabels()]
        assert names == ["units", "optimizer", "mistakes (%)"]

    def test_trials_are_in_the_order_in_which_they_were_begun(self):
        names = ["10", "2", "0", "1"]
        assert in_order(pd.DataFrame({"trial": names}))["number"].tolist() == ["0", "1", "2", "10"]

    def test_the_chosen_trial_is_tested_against_the_next(self, data):
        said = shown(search_section(data))
        assert "On the 2 folds that both were trained on" in said
        assert "6.000 percentage points better than trial 0 (completed)" in said
        assert "mean difference +6.000 points" in said
        assert "finds no significant difference" in said
        assert "little power" in said
        for status in ("2 trained on every fold", "1 raced", "1 failed"):
            assert status in said

    def test_a_trial_is_told_by_what_it_does_otherwise_than_the_chosen(self, data):
        said = shown(search_section(data))
        assert "differences from the chosen trial" in said
        assert re.search(r"\b0\s+2\s+completed\s.*units 256, optimizer adam\s", said)
        assert re.search(r"\b2\s+raced\s.*units 4096\s", said)

    def test_a_csv_that_lost_the_zeros_of_names_is_understood(self, data):
        named = data.trials.assign(trial=[1, 0, 2, 3])
        padded = dataclasses.replace(
            data, trials=named, best=dataclasses.replace(BEST, trial="0001")
        )
        assert "better than trial 0 (completed)" in shown(search_section(padded))

    def test_a_chosen_trial_that_is_worse_is_said_to_be_worse(self, data):
        other = dataclasses.replace(data, best=dataclasses.replace(BEST, trial="0"))
        assert "6.000 percentage points worse than trial 1" in shown(search_section(other))

    @pytest.mark.parametrize("trials", [TRIALS[1:2], TRIALS[1:2] + TRIALS[3:]])
    def test_a_lone_trial_is_compared_with_none_and_not_drawn(self, data, trials):
        alone = dataclasses.replace(data, trials=trials_table(trials, folds=2))
        section = search_section(alone)
        said = shown(section)
        assert "Only one trial has a score" in said
        assert "in 60 s" in said
        assert section.render()[1] == {}
        assert "no choice among trials" in shown(predictions_section(alone))

    def test_of_a_chosen_trial_that_is_not_listed_nothing_is_claimed(self, data):
        other = dataclasses.replace(data, best=dataclasses.replace(BEST, trial="9"))
        said = shown(search_section(other))
        assert "from a trial that is not among them" in said
        assert "it cannot be compared" in said
        assert "differences from the chosen trial" not in said
        assert re.search(r"\b1\s+1\s+completed\s.*units 512, optimizer adamw\s", said)

    def test_trials_are_listed_best_first_whatever_the_order_in_the_file(self, data):
        backwards = dataclasses.replace(data, trials=data.trials[::-1])
        listed = re.findall(r'<th scope="row">(\d)</th>', search_section(backwards).render()[0])
        assert listed == ["1", "0", "2", "3"]

    def test_where_the_clock_let_no_trial_end_another_rule_chose(self, data):
        cut = [dataclasses.replace(trial, status="cut") for trial in TRIALS[:2]]
        said = shown(search_section(dataclasses.replace(data, trials=trials_table(cut, folds=2))))
        assert "the trial that got furthest is chosen" in said
        assert "the effect of luck" not in said

    def test_trials_that_all_failed_are_no_search_to_show(self, data):
        failed = dataclasses.replace(data, trials=trials_table(TRIALS[3:], folds=2))
        assert "No trial of this run was scored." in shown(search_section(failed))


def test_what_cleaning_found_is_said(data):
    said = shown(data_section(data))
    assert (
        "train.csv, 103 rows: 3 missing pixels were read as 0; 2 repeated rows were dropped" in said
    )
    assert "test.csv, 100 rows: nothing to repair." in said


def test_where_the_run_came_from_is_said(data):
    said = shown(origin_section(data))
    for what in (
        "kaggle-kit tune --folds 2",
        "kaggle-kit tune --folds 2 --time-budget 90 --seed 0 --run NAME && kaggle-kit fit",
        "0123456789ab",
        "5" * 64,
        "2 cores of A processor, 7.8 GiB of memory",
        "keras 3.15.1",
        "5, sum over 2 networks",
        "posture upright",
    ):
        assert what in said


def test_a_backend_that_is_not_the_default_is_part_of_the_command(data):
    arithmetic = {"backend": "tensorflow", "products": "float32"}
    config = data.config | {"arithmetic": arithmetic}
    said = shown(origin_section(dataclasses.replace(data, config=config)))
    assert "KERAS_BACKEND=tensorflow kaggle-kit tune" in said
    assert "&& KERAS_BACKEND=tensorflow kaggle-kit fit" in said
    assert "tensorflow, with float32 products in training" in said
