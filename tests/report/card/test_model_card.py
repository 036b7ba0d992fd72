"""The model card: its text for any run, and the measurements that `report` makes for one run."""

import dataclasses
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt

from kaggle_kit.api.report import model_card
from kaggle_kit.cli.arguments import job_of
from kaggle_kit.cli.main import main
from kaggle_kit.cli.options import make_parser
from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.competition.registry import COMPETITIONS
from kaggle_kit.data.samples.digits import TRAIN_SHA256
from kaggle_kit.ensemble.views import AS_IT_IS, Views
from kaggle_kit.evaluation.robustness.measure import choose, measure, perturbed, wilson
from kaggle_kit.evaluation.robustness.perturbations import PERTURBATIONS
from kaggle_kit.evaluation.robustness.photographs import alterations
from kaggle_kit.report.card.model_card import Judged, make_card
from kaggle_kit.report.card.robustness import robustness_of
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.storage import read_arrays
from kaggle_kit.workspace.written import RECORD

BEST = Best(
    family="dense",
    hyperparameters={"posture": "as_is", "units": 512},
    members=[{"posture": "as_is"}, {"posture": "upright"}, {"posture": "as_is"}],
    epochs=16,
    folds=5,
    seed=0,
)
CONFIG = {"revision": "0123456789ab", "created": "a day", "versions": {"keras": "3.15"}}
OF_THE_SAMPLE = {"data": {"train.csv": TRAIN_SHA256}}
SECTIONS = [
    *["Model details", "Intended use", "Factors", "Metrics", "Training and evaluation data"],
    *["Quantitative analyses", "Ethical considerations", "Caveats and recommendations"],
]
NOT_MEASURED = "The accuracy on altered images is not measured yet"


def oof_of(rows, wrong):
    """The arrays of oof.npz; the first `wrong` rows are misread, all answers are equally clear."""
    labels = np.arange(rows) % 10
    read = np.where(np.arange(rows) < wrong, (labels + 1) % 10, labels)
    return {"logits": 5 * np.eye(10, dtype=np.float32)[read], "labels": labels, "fold": labels % 2}


def card(competition, oof, robustness=None, **config):
    judged = Judged.of(oof, robustness, DIGITS)
    return make_card(BEST, CONFIG | config, judged, competition=competition, run="mine")


def tokens(text):
    return MarkdownIt("commonmark").enable("table").parse(text)


@pytest.fixture(scope="module")
def robustness(digits):
    oof = oof_of(300, 6) | {"labels": digits.labels}
    return measure(lambda images, _: np.eye(10)[images[:, 0, 0] % 10], digits.images, oof)


class TestText:
    def test_has_the_sections_of_the_paper_and_cites_it(self, competition, robustness):
        text = card(competition, oof_of(42_000, 100), robustness)
        assert re.findall("^## (.+)$", text, re.MULTILINE) == SECTIONS
        assert "Mitchell et al. 2019" in text
        assert "$" not in text

    def test_tells_what_the_user_chose_for_the_data_if_it_is_not_the_default(self, competition):
        default = {"conflicts": "keep", "skip_unreadable": False, "any_rows": False}
        told = ["Equal images with different labels", "could not be read", "was not checked"]
        for choices, count in [
            (None, 0),
            (default, 0),
            (default | {"conflicts": "drop"}, 1),
            ({"conflicts": "drop", "skip_unreadable": True, "any_rows": True}, 3),
        ]:
            text = " ".join(card(competition, oof_of(100, 10), choices=choices).split())
            assert [sentence in text for sentence in told] == [True] * count + [False] * (3 - count)

    def test_is_markdown_with_its_tables_whole(self, competition, robustness):
        """Hugging Face and GitHub show the card as Markdown."""
        found = tokens(card(competition, oof_of(42_000, 100), robustness))
        assert sum(token.type == "table_open" for token in found) == 3
        rows = sum(token.type == "tr_open" for token in found)
        assert rows == 5 + 10 + 1 + len(PERTURBATIONS)
        assert not [t.content for t in found if t.type == "inline" and t.content.startswith("|")]

    def test_figures_are_those_of_the_run(self, competition):
        one, other = (card(competition, oof_of(42_000, wrong)) for wrong in (210, 420))
        assert "| 0.9950 (95%: 0.9943 to 0.9956) |" in one
        assert "About 5.0 digits in 1,000 are misread" in one
        assert "2.5% of all five-digit numbers" in one
        assert "of the 210 mistakes above" in one
        assert "| 0.9900 (95%: 0.9890 to 0.9909) |" in other
        assert "4.9% of all five-digit numbers" in other

    def test_the_digit_read_worst_is_named_with_its_own_interval(self, competition):
        oof = oof_of(42_000, 0)
        oof["logits"][oof["labels"] == 7] = np.eye(10)[[7] * 4158 + [1] * 42]
        low, high = wilson(4158, 4200)
        assert f"| 7: 0.9900 (95%: {low:.4f} to {high:.4f}) |" in card(competition, oof)

    def test_a_run_without_mistakes_has_a_card_too(self, competition):
        text = card(competition, oof_of(42_000, 0))
        assert "| most frequent mistakes | none |" in text
        assert "No image of the data was misread" in text
        assert "It is not enough to check" not in text

    def test_clear_mistakes_are_claimed_only_if_there_are_any(self, competition):
        oof = oof_of(42_000, 10)
        assert "of the 10 mistakes above, 10 are not among the 2%" in " ".join(
            card(competition, oof).split()
        )
        oof["logits"][:500] /= 5  # the mistakes are among the least clear answers
        assert "All 10 mistakes above are among the 2%" in " ".join(card(competition, oof).split())

    def test_images_are_called_distorted_only_if_they_were(self, competition):
        assert "trained on the images as they are" in card(competition, oof_of(300, 3))
        distorted = dataclasses.replace(BEST, hyperparameters={"distortion": 0.75, "posture": "x"})
        judged = Judged.of(oof_of(300, 3), None, DIGITS)
        text = make_card(distorted, CONFIG, judged, competition=competition, run="mine")
        assert "randomly distorted copies" in text

    def test_mistakes_with_a_clear_answer_are_counted_apart(self):
        oof = oof_of(1000, 30)
        oof["logits"][:20] /= 5  # 20 of the 30 mistakes are the least clear answers
        assert Judged.of(oof, None, DIGITS).sure_mistakes == 10

    def test_the_sample_is_not_taken_for_the_competitions_data(self, competition):
        oof = oof_of(1437, 10)
        sample, real = card(competition, oof, **OF_THE_SAMPLE), card(competition, oof)
        assert "Census Bureau" in real
        assert "Only Kaggle's public score" in real
        assert "rehearsal" in sample
        assert "13 people" in sample
        assert not re.search("Census|Kaggle's public score", sample)

    def test_the_networks_of_a_committee_are_told_by_what_sets_them_apart(self, competition):
        text = card(competition, oof_of(42_000, 10))
        assert "15 networks, 3 for each of 5 folds" in text
        assert "- posture: as_is, upright\n- units: 512\n" in text

    def test_what_is_not_measured_is_said_to_be_so(self, competition):
        text = card(competition, oof_of(42_000, 100))
        assert NOT_MEASURED in text
        assert "`kaggle-kit report`" in text
        assert "altered on purpose" not in text


def card_of_other(slug, names, robustness=None, views=AS_IT_IS):
    """The card of a run on another competition; five of 60 images are wrong."""
    other = COMPETITIONS[slug]
    problem = Problem.of(other, names)
    labels = np.arange(60) % len(names)
    said = np.where(np.arange(60) < 5, (labels + 1) % len(names), labels)
    logits = 5 * np.eye(len(names), dtype=np.float32)[said]
    oof = {"logits": logits, "labels": labels, "fold": np.arange(60) % 2}
    best = dataclasses.replace(BEST, problem=problem)
    judged = Judged.of(oof, robustness, problem, views)
    return make_card(best, CONFIG, judged, competition=other, run="mine")


class TestOtherCompetitions:
    @pytest.mark.parametrize(
        "slug",
        sorted(COMPETITIONS.keys() - {"digit-recognizer", "letters", "Kannada-MNIST"}),
    )
    def test_nothing_is_said_of_digits_or_of_who_wrote_them(self, slug):
        text = card_of_other(slug, ("one", "two", "three"))
        assert re.findall("^## (.+)$", text, re.MULTILINE) == SECTIONS
        assert not re.search(r"digit|MNIST|writer|handwriting|Census|\$", text)
        assert COMPETITIONS[slug].url in text
        assert "one, two, three." in text

    def test_its_metric_and_its_leak_are_told(self):
        text = card_of_other("dog-breed-identification", ("beagle", "pug"))
        assert re.search(r"^\| log loss \| \d\.\d{4} \|$", text, re.MULTILINE)
        assert "images are Stanford Dogs" in text
        assert '"beagle" classified as "pug" (3)' in text
        assert "chosen on the test labels" not in text
        assert "The leak" not in card_of_other("cassava-leaf-disease-classification", ("a", "b"))

    def test_it_is_told_whether_the_networks_see_the_mirror_image(self):
        views = Views(mirror=False, plain=-0.5, mirrored=-0.75)
        text = card_of_other("dog-breed-identification", ("beagle", "pug"), views=views)
        assert "with its mirror image, the out-of-fold log loss is 0.7500" in " ".join(text.split())
        assert "mirror" not in card_of_other("dog-breed-identification", ("beagle", "pug"))

    def test_classes_0_to_9_of_another_competition_are_not_taken_for_the_digits_of_mnist(self):
        text = card_of_other("Kannada-MNIST", tuple("0123456789"))
        assert "The answer is the class with" in text
        assert not re.search(r"\bdigit|Census", text)
        assert "was published with its labels" in " ".join(text.split())

    def test_the_letters_are_a_sample_that_the_kit_draws(self):
        text = card_of_other("letters", tuple("ABC"))
        assert "drew with the fonts of matplotlib" in " ".join(text.split())
        assert "`family`" in text
        assert not re.search(r"digit-recognizer|Census|handwritten", text)

    def test_no_line_of_text_is_too_long_for_a_terminal(self):
        text = card_of_other("dog-breed-identification", [f"a long breed {n}" for n in range(30)])
        assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 100
        assert "and 10 more" in " ".join(text.split())

    def test_altered_photographs_have_no_thirds_of_handwriting(self):
        ways = alterations(colour=True, mirror=True)
        table = perturbed(
            lambda images: np.arange(len(images)) % 3,
            np.zeros((6, 8, 8, 3), np.uint8),
            np.arange(6) % 3,
            ways,
        )
        text = card_of_other("dog-breed-identification", ("a", "b", "c"), table)
        assert "| mirrored | 6 | 1.000 |" in text
        assert "thirds" not in text


@pytest.fixture(scope="module")
def reported(explained_home, tmp_path_factory):
    """A home in which `report` was called once."""
    home = tmp_path_factory.mktemp("reported")
    shutil.copytree(explained_home / "data", home / "data")
    shutil.copytree(explained_home / "runs" / "default", home / "runs" / "default")
    job_in(home).run.robustness.unlink(missing_ok=True)
    assert main(["report", "--home", str(home)]) == 0
    return home


def job_in(home):
    return job_of(make_parser().parse_args(["report", "--home", str(home)]))


@pytest.fixture
def copy(reported, tmp_path):
    """The job in a copy of that home, as if `report` had not been called yet."""
    job = job_in(shutil.copytree(reported, tmp_path / "copy"))
    job.run.robustness.unlink()
    return job


class TestReport:
    def test_writes_the_measured_table_into_the_card(self, reported):
        run = job_in(reported).run
        text, table = run.card.read_text(), pd.read_csv(run.robustness)
        for row in table.itertuples():
            assert re.search(rf"^\| {re.escape(row.handwriting)} \|.* \|$", text, re.MULTILINE)
        assert table["accuracy"].nunique() > 10

    def test_writes_among_no_files_of_others_unless_told(self, copy, tmp_path, capsys):
        out = tmp_path / "out"
        out.mkdir()
        (out / "thesis.txt").write_text("mine")
        command = ["report", "--home", str(copy.home.folder), "--out", str(out)]
        assert main(command) == 2
        assert "holds files that are not a report" in capsys.readouterr().err
        assert [path.name for path in out.iterdir()] == ["thesis.txt"]
        assert main([*command, "--force"]) == 0
        assert main(command) == 0  # now it is a report
        assert (out / "thesis.txt").read_text() == "mine"

    def test_keeps_a_card_that_was_edited_and_replaces_no_edited_page(self, reported, copy, capsys):
        command = ["report", "--home", str(copy.home.folder)]
        ours = copy.run.card.read_bytes()
        copy.run.card.write_bytes(ours + b"\nOur own words.\n")
        assert main(command) == 0
        assert f"{copy.run.card} was edited, and is kept as it is" in capsys.readouterr().err
        assert copy.run.card.read_bytes() == ours + b"\nOur own words.\n"
        page = copy.run.report / "index.html"
        page.write_bytes(page.read_bytes().replace(b"<h1>", b"<h1>Our "))
        assert main(command) == 2
        said = capsys.readouterr().err
        assert f"{page} was edited since the report was written\nhint: name a new folder" in said
        assert main([*command, "--force"]) == 0
        moved = ours.replace(bytes(reported), bytes(copy.home.folder))  # in its commands
        assert copy.run.card.read_bytes() == moved
        assert b"<h1>Our " not in page.read_bytes()

    def test_keeps_a_card_of_an_older_kit_beside_its_own(self, copy, capsys):
        (copy.run.folder / RECORD).unlink()
        copy.run.card.write_text("Perhaps our own words.")
        assert main(["report", "--home", str(copy.home.folder)]) == 0
        assert "may have been edited: it is kept as model_card.edited.md" in capsys.readouterr().err
        kept = copy.run.folder / "model_card.edited.md"
        assert kept.read_text() == "Perhaps our own words."
        assert "# Model card" in copy.run.card.read_text()

    def test_measures_out_of_fold(self, reported):
        """The unaltered images get exactly the answers of the ensemble's evaluation."""
        run = job_in(reported).run
        oof = read_arrays(run.oof)
        right = oof["logits"].argmax(axis=1) == oof["labels"]
        first = pd.read_csv(run.robustness).iloc[0]
        assert first["handwriting"] == "as they are"
        assert first["right"] == right[choose(oof["labels"])].sum()

    def test_measures_once(self, reported, monkeypatch):
        def fail(*_):
            raise AssertionError

        monkeypatch.setattr("kaggle_kit.report.card.robustness.measure", fail)
        run = job_in(reported).run
        assert model_card(job_in(reported)) == run.card.read_text()

    def test_another_runs_networks_give_other_figures(self, reported, copy):
        """Each of the two folds gets the networks of the other fold, which were trained on it."""
        first, second = (copy.run.weights(fold).read_bytes() for fold in range(2))
        copy.run.weights(0).write_bytes(second)
        copy.run.weights(1).write_bytes(first)
        jobs = (copy, job_in(reported))
        other, before = (robustness_of(job.run, job.competition, job.data) for job in jobs)
        assert (other["right"] != before["right"]).sum() > 10

    def test_without_the_data_writes_a_card_that_says_how_to_get_the_rest(self, copy, capsys):
        shutil.rmtree(copy.data)
        assert main(["report", "--home", str(copy.home.folder)]) == 0
        assert NOT_MEASURED in copy.run.card.read_text()
        assert not copy.run.robustness.exists()
        assert "train.csv does not exist" in capsys.readouterr().err

    def test_other_data_than_the_runs_are_not_measured_on(self, copy, capsys):
        train = copy.data / "train.csv"
        train.write_text("".join(train.read_text().splitlines(keepends=True)[:-1]))
        assert main(["report", "--home", str(copy.home.folder)]) == 0
        assert NOT_MEASURED in copy.run.card.read_text()
        assert "not hold the data that the run was made from" in capsys.readouterr().err

    def test_where_the_table_cannot_be_kept_the_card_has_it_still(self, copy):
        copy.run.robustness.mkdir()
        assert "| dark ink on white |" in model_card(copy)
        assert list(copy.run.folder.glob(".*")) == []
