"""All steps in Python: functions take arguments, report to a Reporter, and return objects."""

import io
import shutil
from contextlib import contextmanager

import numpy as np
import pytest

from kaggle_kit.api.executors import Workers
from kaggle_kit.api.fit import adopt, fit
from kaggle_kit.api.job import Job
from kaggle_kit.api.runs import compare_runs, list_runs
from kaggle_kit.api.submit import default_message, write_submission
from kaggle_kit.api.tune import tune
from kaggle_kit.errors import InputError, RunError
from kaggle_kit.training.folds import load_folds
from kaggle_kit.workspace.best import Best, TrialStatus
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.paths import Home
from kaggle_kit.workspace.written import write_file

SMALL = {"trials": 1, "folds": 2, "epochs": 1, "fit_epochs": 1, "members": 1}
ALONE = Workers(1)


class Told:
    """A Reporter that records all reports."""

    def __init__(self):
        self.notes, self.epochs = [], []

    def note(self, text):
        self.notes.append(text)

    @contextmanager
    def showing(self):
        yield self.epochs.append

    @contextmanager
    def waiting(self, _what):
        yield self.notes.append

    @contextmanager
    def counting(self, _what):
        yield lambda _done, _total: None


@pytest.fixture(scope="module")
def job(sample_home, competition, tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("python"))
    shutil.copytree(sample_home / "data", home.folder / "data")
    return Job(competition, home, home.run("first"))


@pytest.fixture(scope="module")
def tuned(job):
    return tune(job, "standard", SMALL, workers=ALONE)


@pytest.fixture(scope="module")
def evaluation(job, tuned):
    assert tuned.best.epochs == 1
    return fit(job, workers=ALONE)


def test_a_search_returns_the_chosen_network_and_what_it_took(tuned, capsys):
    assert tuned.best.status == TrialStatus.COMPLETED
    assert len(tuned.best.cv.scores) == 2
    assert tuned.search.trials == 1
    assert tuned.search.seconds > 0
    assert capsys.readouterr().out == ""


def test_a_search_that_is_done_says_so_and_searches_nothing(job, tuned):
    told = Told()
    again = tune(job, reporter=told)
    assert again.best == tuned.best
    assert again.search is None
    assert f"the search is already done: {job.run.best}" in told.notes
    assert told.epochs == []


def test_a_fit_returns_the_evaluation_and_tells_of_each_epoch(job, evaluation):
    other, told = Job(job.competition, job.home, job.home.run("second")), Told()
    adopt(other, job.run.best)
    same = fit(other, workers=ALONE, reporter=told)
    assert same.accuracy == evaluation.accuracy
    assert [(p.stage, p.fold, p.epoch) for p in told.epochs] == [("fit", 1, 1), ("fit", 2, 1)]
    assert told.notes[-1].startswith("memory at most")


@pytest.mark.usefixtures("tuned")
def test_a_run_adopts_one_best_json_alone(job, tmp_path):
    path = tmp_path / "best.json"
    adopt(job, job.run.best)
    path.write_text(job.run.best.read_text().replace('"seed": 0', '"seed": 1'))
    with pytest.raises(RunError, match="has another best"):
        adopt(job, path)


def test_a_submission_is_written_checked_and_scored_where_the_labels_are_known(job, evaluation):
    made = write_submission(job)
    assert made.evaluation.accuracy == evaluation.accuracy
    assert made.rows == len(job.run.submission.read_text().splitlines()) - 1 == 360
    assert 0 <= made.sample_accuracy <= 1
    assert default_message(job, made) == f"kaggle-kit first: CV {evaluation.mean:.5f}"


@pytest.mark.usefixtures("evaluation")
def test_runs_are_listed_and_compared_as_objects(job):
    other = Job(job.competition, job.home, job.home.run("third"))
    adopt(other, job.run.best)
    slug = job.competition.slug
    states = {run.name: run.state for run in list_runs(job.home, slug)}
    assert states["first"] == "fitted"
    assert states["third"] == "searched"
    compared = compare_runs(job.home, ("first", "third"), slug)
    assert compared.unfitted == ["third"]
    assert compared.mistakes is None
    assert compared.have_same_folds
    assert any(difference.where == "config.preset" for difference in compared.differences)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"folds": 1}, "the number of folds is 1, expected 2 to 100"),
        ({"members": []}, "members is [], expected a list"),
        ({"epochs": 0}, "epochs is 0, expected 1 or more"),
        ({"family": "unknown"}, "unknown family 'unknown'"),
        ({"members": [{"posture": "upside_down"}]}, "posture is 'upside_down', expected one of"),
        ({"hyperparameters": {"units": -5}}, "units is -5"),
        ({"seed": "x"}, "seed is 'x', expected int"),
    ],
)
def test_a_best_json_that_cannot_be_fitted_is_told_and_burns_no_name(
    job, tuned, tmp_path, change, message
):
    path = tmp_path / "given.json"
    write_json(path, tuned.best.to_dict() | change)
    other = Job(job.competition, job.home, job.home.run("burnt"))
    with pytest.raises(InputError) as caught:
        adopt(other, path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "delete" not in caught.value.hint
    assert not other.run.folder.exists()


def test_a_folder_given_as_best_json_is_nothing_to_delete(job, tmp_path):
    with pytest.raises(InputError, match="damaged") as caught:
        adopt(job, tmp_path)
    assert caught.value.hint.startswith("--best takes a best.json")


def test_lost_folds_and_trials_are_made_again_without_training(job, evaluation):
    folds, trials = job.run.folds.read_bytes(), job.run.trials.read_text()
    job.run.folds.unlink()
    told = Told()
    assert fit(job, workers=ALONE, reporter=told).accuracy == evaluation.accuracy
    assert told.epochs == []
    job.run.folds.unlink()
    for damage in (job.run.trials.unlink, lambda: job.run.trials.write_bytes(b"\xff\x00")):
        damage()
        tune(job, workers=ALONE, reporter=told)
        assert told.epochs == []
        assert job.run.trials.read_text() == trials
    assert load_folds(job.run.folds, 1437, 2).tolist() == arrays(folds)


def arrays(content):
    with np.load(io.BytesIO(content)) as stored:
        return stored["fold"].tolist()


def test_a_restart_keeps_what_the_run_was_asked_for_and_what_was_edited(job, tuned):
    other = Job(job.competition, job.home, job.home.run("restarted"))
    changes = SMALL | {"seed": 3}
    first = tune(other, "standard", changes, workers=ALONE)
    write_file(other.run.card, b"ours")
    other.run.card.write_bytes(b"mine")
    again = tune(other, restart=True, workers=ALONE)
    assert not other.run.card.exists()
    assert (other.run.folder / "model_card.edited.md").read_bytes() == b"mine"
    assert again.search is not None
    assert again.best.plan == first.best.plan != tuned.best.plan


def test_a_run_is_not_continued_under_another_backend(job, tuned, kit):
    moved = job.home.run("moved")
    moved.folder.mkdir()
    for path in (job.run.config, job.run.folds, job.run.best):
        shutil.copy(path, moved.folder)
    assert Best.read(moved.best) == tuned.best
    options = ["--home", job.home.folder, "--run", "moved", "--workers", "1"]
    refused = kit("fit", *options, KERAS_BACKEND="tensorflow")
    assert refused.returncode == 1
    assert "run 'moved' was begun by jax" in refused.stderr
    assert "set KERAS_BACKEND=jax" in refused.stderr
    assert not list(moved.models.glob("*.h5"))
