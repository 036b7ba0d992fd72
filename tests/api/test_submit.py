"""Submissions that the user edited or made elsewhere, and those of other metrics.

`test_tune` has the whole way to a submission.
"""

import dataclasses
import shutil

import numpy as np
import pytest
from fake_runs import fitted
from forms import CAT_CHANCES, CAT_SOLUTION, CATS, cats_zip, describe

from kaggle_kit.api.submit import answers
from kaggle_kit.cli.main import main
from kaggle_kit.competition.description import Answer, Metric
from kaggle_kit.competition.problem import Problem
from kaggle_kit.data.dataset import load_test, load_train
from kaggle_kit.data.submissions.form import Form
from kaggle_kit.ensemble.views import Views
from kaggle_kit.evaluation.decisions import Decision
from kaggle_kit.evaluation.scores import score
from kaggle_kit.evaluation.verdict import Verdict
from kaggle_kit.workspace import ledger
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.fit_status import fingerprint
from kaggle_kit.workspace.paths import Home
from kaggle_kit.workspace.storage import write_arrays
from kaggle_kit.workspace.written import RECORD

ROWS = 360


@pytest.fixture(scope="module")
def template(sample_home, competition, tmp_path_factory):
    """A home with a run whose ensemble is there, made from the sample; no network is trained."""
    home = Home(tmp_path_factory.mktemp("home with a blank") / "my home")
    shutil.copytree(sample_home / "data", home.folder / "data")
    data = home.data(competition.slug)
    # The data are those of a competition, so that they are sent and not scored here.
    manifest = data / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"source": "sample"', '"source": "kaggle"'))
    images = (load_train(data, competition), load_test(data, competition))
    shas = dict(zip(("train.csv", "test.csv"), (part.sha256 for part in images), strict=True))
    plan = {"oracle": "random", "epochs": 1, "patience": 1}
    config = plan | {"data": shas, "competition": competition.slug}
    run = fitted(home.folder, "default", config=config, competition=competition.slug)
    write_json(run.made_from, fingerprint(run, shas["train.csv"]))
    write_arrays(run.test, logits=np.eye(10, dtype=np.float32)[np.arange(ROWS) % 10])
    write_arrays(run.familiar, nothing=np.arange(1))
    return home


@pytest.fixture
def home(template, tmp_path):
    shutil.copytree(template.folder, tmp_path / "my home")
    return Home(tmp_path / "my home")


@pytest.fixture
def path(home):
    return home.run("default").submission


@pytest.fixture
def submit(home, capsys):
    def call(*options):
        status = main(["submit", *options, "--home", str(home.folder)])
        said = capsys.readouterr()
        return status, said.out + said.err

    return call


def edited(text):
    return text.replace("\n1,0\n2,1\n", "\n1,9\n2,9\n")


def test_an_unedited_file_is_written_again_without_a_word(submit, path):
    assert submit("--dry-run")[0] == 0
    before = path.read_text()
    path.unlink()
    status, said = submit("--dry-run")
    assert (status, path.read_text()) == (0, before)
    assert f"written: {path} (360 rows, valid)" in said


def test_edited_labels_are_kept_and_sent_and_the_ledger_knows_it(server, submit, home, path):
    submit("--dry-run")
    path.write_text(edited(path.read_text()))
    mine = path.read_bytes()
    status, said = submit("--no-wait")
    assert status == 0
    assert "(360 rows, valid), with 2 labels edited; --rewrite restores the ensemble's" in said
    (sent,) = server.kaggle.submissions
    assert sent.content == path.read_bytes() == mine
    (copy,) = home.submissions("digit-recognizer").glob("*.csv")
    assert copy.read_bytes() == mine
    (row,) = ledger.entries(home.ledger, "digit-recognizer")
    assert (row.cv_mean, row.message) == (None, "kaggle-kit default: CV 1.00000, 2 labels edited")
    status, said = submit("--no-wait")
    assert "not sent: the same file was sent before" in said
    assert path.read_bytes() == mine
    assert submit("--no-wait", "--again")[0] == 0
    assert [entry.content for entry in server.kaggle.submissions] == [mine, mine]


def test_rewrite_brings_the_ensembles_labels_back(submit, path):
    submit("--dry-run")
    ours = path.read_text()
    path.write_text(edited(ours))
    status, said = submit("--dry-run", "--rewrite")
    assert (status, path.read_text()) == (0, ours)
    assert f"written: {path}" in said
    path.write_text(edited(ours))
    assert "with 2 labels edited" in submit("--dry-run")[1]


def test_the_same_labels_saved_in_another_form_are_no_edit(server, submit, path):
    submit("--no-wait")
    ours = path.read_bytes()
    path.write_bytes(ours.replace(b"\n", b"\r\n"))
    status, said = submit("--no-wait")
    assert (status, path.read_bytes()) == (0, ours)
    assert f"{path}: it is written again, with commas" in said
    assert "not sent: the same file was sent before" in said
    assert len(server.kaggle.submissions) == 1


def test_an_invalid_edit_is_told_and_kept_and_nothing_is_sent(server, submit, path):
    submit("--dry-run")
    path.write_text(path.read_text().replace("\n2,1\n", "\n2,ten\n"))
    mine = path.read_bytes()
    status, said = submit()
    assert status == 1
    assert "line 3: Label is 'ten'" in said
    assert "hint: nothing was sent; correct it, or add --rewrite" in said
    assert path.read_bytes() == mine
    assert server.kaggle.submissions == []


def test_a_folder_in_its_place_is_told(submit, path):
    path.mkdir()
    for options in ([], ["--rewrite"]):
        status, said = submit("--dry-run", *options)
        assert status == 1
        assert f"{path} is a folder, expected a file\nhint: move it away" in said


def test_an_older_kits_file_is_compared_with_the_predictions(submit, path):
    submit("--dry-run")
    ours = path.read_text()
    (path.parent / RECORD).unlink()
    assert "written:" in submit("--dry-run")[1]
    (path.parent / RECORD).unlink()
    path.write_text(edited(ours))
    for _ in range(2):
        assert "with 2 labels edited" in submit("--dry-run")[1]
        assert path.read_text() == edited(ours)


def test_the_file_of_earlier_predictions_is_no_edit(submit, path, home):
    submit("--dry-run")
    logits = np.eye(10, dtype=np.float32)[np.arange(ROWS) % 7]
    write_arrays(home.run("default").test, logits=logits)
    status, said = submit("--dry-run")
    assert status == 0
    assert "written:" in said
    assert path.read_text().splitlines()[8] == "8,0"


def test_what_is_sent_is_what_was_read_even_if_the_file_changes(
    server, submit, path, home, monkeypatch
):
    from kaggle_kit.kaggle.submissions import KaggleSubmissions

    def edit_meanwhile(self):
        path.write_text("mine")
        return dataclasses.replace(found, left=5) if (found := asked(self)) else None

    asked = KaggleSubmissions.limits
    monkeypatch.setattr(KaggleSubmissions, "limits", edit_meanwhile)
    assert submit("--no-wait")[0] == 0
    (sent,) = server.kaggle.submissions
    assert sent.content.startswith(b"ImageId,Label\n1,0\n")
    (copy,) = home.submissions("digit-recognizer").glob("*.csv")
    assert copy.read_bytes() == sent.content


def test_edited_labels_of_earlier_networks_are_set_aside(submit, path, home, monkeypatch):
    """Nothing is trained: that other networks are needed is enough."""

    def stop(*_):
        raise KeyboardInterrupt

    submit("--dry-run")
    path.write_text(edited(path.read_text()))
    mine = path.read_bytes()
    best = home.run("default").best
    best.write_text(best.read_text().replace('"epochs": 16', '"epochs": 17'))
    monkeypatch.setattr("kaggle_kit.api.fit._train", stop)
    assert f"{path} was edited, and is kept as submission.edited.csv" in submit("--dry-run")[1]
    assert path.with_name("submission.edited.csv").read_bytes() == mine
    assert not path.exists()


class TestOwnFile:
    @pytest.fixture
    def mine(self, tmp_path):
        """A file in another order than the test rows."""
        path = tmp_path / "my blend.csv"
        rows = [f"{number},{number % 10}\n" for number in range(ROWS, 0, -1)]
        path.write_text("ImageId,Label\n" + "".join(rows))
        return path

    def test_is_sent_as_it_is_and_noted_without_a_cv(self, server, submit, home, mine):
        status, said = submit(str(mine), "--no-wait")
        assert status == 0
        assert f"checked: {mine} (360 rows, valid)" in said
        (sent,) = server.kaggle.submissions
        assert sent.content == mine.read_bytes()
        assert sent.message == "my blend.csv"
        (row,) = ledger.entries(home.ledger, "digit-recognizer")
        assert (row.run, row.cv_mean, row.cv_std) == ("my-blend.csv", None, None)
        assert sent.file_name == f"my-blend.csv-{row.file_sha256[:12]}.csv"
        assert not home.run("default").submission.exists()

    def test_goes_once_and_counts_as_the_same_in_another_form(self, server, submit, mine):
        submit(str(mine), "--no-wait")
        mine.write_bytes(mine.read_text().replace(",", ";").encode("utf-16"))
        status, said = submit(str(mine), "--no-wait", "--message", "again")
        assert status == 0
        assert "sent with commas, in UTF-8" in said
        assert "not sent: the same file was sent before, as number 1001" in said
        assert len(server.kaggle.submissions) == 1

    def test_obeys_the_limit_of_the_day(self, server, submit, mine):
        submit(str(mine), "--no-wait")
        server.kaggle.daily_limit = 1
        status, said = submit(str(mine), "--no-wait", "--again")
        assert status == 1
        assert "takes no more submissions to digit-recognizer today" in said

    def test_is_only_checked_in_a_dry_run(self, server, submit, mine):
        status, said = submit(str(mine), "--dry-run")
        assert (status, server.requests) == (0, [])
        assert f"would send {mine} to https://www.kaggle.com/competitions/digit-recog" in said

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("359,9", "359,ten", "line 3: Label is 'ten', expected 0, 1, 2"),
            ("359,9", "360,9", "line 3: ImageId '360' is there twice"),
            ("359,9\n", "", "has 359 rows, expected 360: ImageId '359' is missing"),
            ("ImageId", "id", "has header 'id,Label', expected 'ImageId,Label'"),
        ],
    )
    def test_of_another_form_is_refused(self, server, submit, mine, old, new, message):
        mine.write_text(mine.read_text().replace(old, new, 1))
        status, said = submit(str(mine))
        assert status == 1
        assert message in said
        assert "hint: nothing was sent; correct the file" in said
        assert server.kaggle.submissions == []

    def test_without_the_data_is_checked_by_the_description(self, submit, home, tmp_path):
        shutil.rmtree(home.folder / "data")
        path = tmp_path / "mine.csv"
        path.write_text("ImageId,Label\n" + "".join(f"{row},7\n" for row in range(1, 28_001)))
        status, said = submit(str(path), "--dry-run")
        assert status == 0
        assert "ids and classes are not checked" in said
        path.write_text("ImageId,Label\n1,7\n")
        assert "has 1 row, expected 28,000" in submit(str(path), "--dry-run")[1]

    def test_on_the_sample_is_scored_here(self, server, sample_home, mine, capsys):
        assert main(["submit", str(mine), "--home", str(sample_home)]) == 0
        assert "accuracy on the sample's held-out labels 0." in capsys.readouterr().out
        assert server.requests == []

    @pytest.mark.parametrize("option", ["--sync", "--rewrite"])
    def test_does_not_go_with_what_is_about_a_run(self, submit, mine, option):
        status, said = submit(str(mine), option)
        assert status == 2
        assert f"{option} does not go with {mine}" in said

    def test_that_is_missing_is_told(self, submit, tmp_path):
        status, said = submit(str(tmp_path / "none.csv"))
        assert status == 2
        assert "none.csv does not exist\nhint: give the CSV of a submission" in said


class TestLogLoss:
    @pytest.fixture
    def home(self, tmp_path):
        """A home with a run on two classes; its out-of-fold log loss is known."""
        home = Home(tmp_path / "cats home")
        describe(home.folder, CATS)
        archive = tmp_path / "cats.zip"
        archive.write_bytes(cats_zip())
        options = ["--competition", "cats", "--home", str(home.folder)]
        assert main(["download", "--from", str(archive), *options]) == 0
        data = home.data("cats")
        shas = {
            "train.csv": load_train(data, CATS).sha256,
            "test.csv": load_test(data, CATS).sha256,
        }
        problem = Problem.of(CATS, ("cat", "dog")).to_dict()
        plan = {"oracle": "random", "epochs": 1, "patience": 1}
        run = fitted(
            home.folder,
            "default",
            config=plan | {"data": shas, "competition": "cats"},
            competition="cats",
            problem=problem,
        )
        labels = np.arange(8) % 2
        logits = np.log(np.array([[0.8, 0.2], [0.4, 0.6]], np.float32))[labels]
        write_arrays(run.folds, fold=np.arange(8, dtype=np.int8) // 4)
        write_arrays(run.oof, logits=logits, labels=labels, fold=np.arange(8) // 4)
        write_json(run.made_from, fingerprint(run, shas["train.csv"]))
        chances = np.array([[0.1, 0.9], [0.7, 0.3], [0.75, 0.25], [0.2, 0.8]])
        write_arrays(run.test, logits=np.log(chances).astype(np.float32))
        write_arrays(run.familiar, nothing=np.arange(1))
        Views().write(run)
        return home

    @pytest.fixture
    def submit(self, home, capsys):
        def call(*options):
            status = main(["submit", *options, "--competition", "cats", "--home", str(home.folder)])
            said = capsys.readouterr()
            return status, said.out + said.err

        return call

    @pytest.fixture
    def cats(self, server):
        server.kaggle.slug, server.kaggle.metric = "cats", "Log Loss"
        server.kaggle.solution = dict(
            line.split(",") for line in CAT_SOLUTION.decode().split("\n")[1:-1]
        )
        server.kaggle.pending_looks = 0
        return server.kaggle

    def test_is_told_and_noted_as_kaggle_shows_it(self, cats, submit, home):
        status, said = submit()
        assert status == 0
        (sent,) = cats.submissions
        assert sent.content == b"ImageId,Label\n1,0.9\n2,0.3\n3,0.25\n4,0.8\n"
        assert sent.message == "kaggle-kit default: CV 0.36698"
        assert "out-of-fold log loss 0.3670 (0.3670 ± 0.0000, mean ± std over 2 folds)" in said
        assert "public score 0.24322   out-of-fold log loss 0.3670" in said
        assert "accuracy" not in said
        (row,) = ledger.entries(home.ledger, "cats")
        assert (row.cv_mean, row.public_score) == (pytest.approx(0.36698, abs=1e-5), 0.24322)
        assert row.difference == pytest.approx(-0.12376, abs=1e-5)

    def test_a_file_of_ones_own_gets_its_score(self, cats, submit, tmp_path):
        path = tmp_path / "half.csv"
        path.write_text(CAT_CHANCES)
        status, said = submit(str(path))
        assert status == 0
        assert "public score 0.69315\n" in said
        assert [sent.content for sent in cats.submissions] == [CAT_CHANCES.encode()]

    def test_numbers_in_another_spelling_are_no_edit(self, submit, home):
        submit("--dry-run")
        path = home.run("default").submission
        ours = path.read_text()
        path.write_text(ours.replace("0.9\n", "0.90\n"))
        assert "written:" in submit("--dry-run")[1]
        assert path.read_text() == ours
        path.write_text(ours.replace("0.9\n", "0.91\n"))
        assert "with 1 row edited; --rewrite" in submit("--dry-run")[1]
        assert path.read_text() == ours.replace("0.9\n", "0.91\n")

    def test_is_shown_in_the_list_and_the_comparison_of_runs(self, home, capsys):
        shutil.copytree(home.run("default").folder, home.run("worse").folder)
        other = home.run("worse")
        logits = np.zeros((8, 2), np.float32)
        logits[0] = (0.1, 0)
        write_arrays(other.oof, logits=logits, labels=np.arange(8) % 2, fold=np.arange(8) // 4)
        fitted(home.folder, "digits")
        options = ["--competition", "cats", "--home", str(home.folder)]
        assert main(["runs", *options]) == 0
        header, *lines = capsys.readouterr().out.splitlines()
        assert header.endswith("metric")
        cells = [(line.split()[0], line.split()[4]) for line in lines]
        assert cells == [("digits", "1.0000"), ("default", "0.3670"), ("worse", "0.6871")]
        assert lines[1].endswith("log loss")
        assert main(["runs", "default", "worse", *options]) == 0
        said = capsys.readouterr()
        assert "log loss of default minus that of worse, mean over 8 rows, out of" in said.out
        assert "fold: -0.32007" in said.out
        assert "default has the better log loss, p = 0.0" in said.out
        assert "(paired t-test, two-sided)" in said.out
        assert "CV: mean log loss over folds" in said.err


class TestNotebooksOnly:
    def refused(self, said):
        assert "takes submissions from notebooks alone; nothing was trained or sent" in said
        assert "kernel push --home" in said
        return True

    @pytest.fixture
    def only(self, home, competition):
        describe(home.folder, dataclasses.replace(competition, notebooks_only=True))

    @pytest.mark.usefixtures("only")
    def test_is_told_before_anything_is_trained_or_sent(self, server, submit, home, tmp_path):
        shutil.rmtree(home.runs)
        status, said = submit()
        assert (status, server.requests) == (1, [])
        assert self.refused(said)
        path = tmp_path / "mine.csv"
        path.write_text("ImageId,Label\n1,1\n")
        assert self.refused(submit(str(path))[1])

    @pytest.mark.usefixtures("only")
    def test_a_dry_run_still_writes_and_checks(self, submit, path):
        status, said = submit("--dry-run")
        assert status == 0
        assert f"written: {path} (360 rows, valid)" in said
        assert "notebooks alone" in said
        assert "would send" not in said

    def test_is_told_by_kaggles_own_record_too(self, server, submit, path):
        server.kaggle.notebooks_only = True
        status, said = submit()
        assert status == 1
        assert self.refused(said)
        assert not path.exists()

    def test_kaggles_own_words_are_kept_where_its_record_says_nothing(self, server, submit):
        server.kaggle.notebooks_only = True
        server.fail("GetCompetition", 500)
        status, said = submit()
        assert status == 1
        assert "This competition only accepts Submissions from Notebooks." in said
        assert "hint: `" in said
        assert "kernel push" in said
        assert server.count("CreateSubmission") == 0

    def test_a_record_that_does_not_come_keeps_nothing_back(self, server, submit):
        server.fail("GetCompetition", 403)
        assert submit("--no-wait")[0] == 0
        assert len(server.kaggle.submissions) == 1


AS_IT_IS = Verdict(None, Decision())


class TestAnswers:
    def test_the_best_classes_are_in_the_order_of_their_logits(self):
        random = np.random.default_rng(0)
        logits = random.normal(size=(500, 40)).round(1).astype(np.float32)  # with ties
        form = Form(("id", "label"), (), Answer.TOP_K, (), k=5)
        found = answers(logits, form, AS_IT_IS)
        assert found.shape == (500, 5)
        expected = np.take_along_axis(logits, np.argsort(-logits, axis=1)[:, :5], axis=1)
        assert (np.take_along_axis(logits, found, axis=1) == expected).all()
        assert all(len(set(row)) == 5 for row in found.tolist())
        labels = found[:, 0]
        assert score(Metric.MAP_AT_K, logits, labels, k=5) > 0.95

    def test_there_are_never_more_than_there_are_classes(self):
        form = Form(("id", "label"), (), Answer.TOP_K, (), k=5)
        assert answers(np.array([[0.1, 0.3, 0.2]], np.float32), form, AS_IT_IS).tolist() == [
            [1, 2, 0]
        ]

    def test_probabilities_add_up_to_one(self):
        form = Form(("id", "a", "b"), (), Answer.PROBABILITIES, ("a", "b"))
        assert answers(np.array([[700.0, -700.0]], np.float32), form, AS_IT_IS).tolist() == [
            [1.0, 0.0]
        ]
