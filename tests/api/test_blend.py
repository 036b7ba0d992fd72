"""A blend of runs: a run of all their networks, whose out-of-fold score stays honest."""

import dataclasses
import json
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from fake_runs import BEST, FOLDS, ROWS, fitted

import kaggle_kit as kk
from kaggle_kit.api.blend import blend
from kaggle_kit.api.export import plain
from kaggle_kit.api.fit import adopt, fit
from kaggle_kit.api.job import Images, Job, check_fitted
from kaggle_kit.api.report import make_report
from kaggle_kit.api.tune import tune
from kaggle_kit.cli.main import main
from kaggle_kit.ensemble.blending import find_weights
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.fit import Fit
from kaggle_kit.ensemble.predictor import Predictor
from kaggle_kit.ensemble.shares import Share
from kaggle_kit.errors import InputError, RunError
from kaggle_kit.explainer.bundle import write_bundle
from kaggle_kit.explainer.subject.subject import load_subject
from kaggle_kit.networks.model import predict_logits
from kaggle_kit.training.executors.base import InlineExecutor
from kaggle_kit.training.folds import make_folds, save_folds
from kaggle_kit.training.search_space import search_space
from kaggle_kit.training.task_data import TaskData
from kaggle_kit.workspace.best import Best, NetworkId
from kaggle_kit.workspace.config import OF_BLENDS, begin_run
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.paths import Home, Run
from kaggle_kit.workspace.storage import read_arrays, read_json, write_arrays

SEED = 3
DENSE = {"hidden_layers": 1, "units": 256, "batch_size": 64}
# Both learn enough in a few steps that both have a weight in the blend.
CNN = {"filters": 16, "batch_size": 64, "batch_norm": True, "posture": "upright_enlarged"}
OF = {
    "dense": {"hyperparameters": DENSE, "members": [{}, {"posture": "upright"}], "epochs": 3},
    "cnn": {"hyperparameters": CNN | {"view": "edges"}, "members": [{}], "epochs": 2},
}


@pytest.fixture(scope="module")
def images(digits, competition):
    test = dataclasses.replace(digits, images=digits.images[:40], labels=None)
    return Images(digits, test, competition)


@pytest.fixture(scope="module")
def sources(tmp_path_factory, images, competition):
    """A home with two real runs of two families; tests must not write to it."""
    home = Home(tmp_path_factory.mktemp("sources"))
    folds = make_folds(images.train.known_labels, 2, SEED)
    for name, best in OF.items():
        run = home.run(name)
        plan = {"family": name, "oracle": "random", "folds": 2, "seed": SEED}
        plan |= {"epochs": 1, "patience": None}
        asked = {"competition": competition.slug, "preset": "quick", "data": images.sha256s}
        begin_run(run, plan | asked)
        save_folds(run.folds, folds)
        about = {"competition": competition.slug, "family": name, "folds": 2, "seed": SEED}
        values = search_space(name, images.problem).values | best["hyperparameters"]
        write_json(run.best, about | {"plan": plan} | best | {"hyperparameters": values})
        data = TaskData(images.train, folds, competition)
        Fit(run, data, InlineExecutor(), lambda _: None).run(images.test)
    return home


@pytest.fixture(scope="module")
def job(tmp_path_factory, sources, images, competition):
    """The job of a blend of both; the runs it was made of are removed, and nothing else is."""
    home = Home(tmp_path_factory.mktemp("blended"))
    shutil.copytree(sources.folder, home.folder, dirs_exist_ok=True)
    job = Job(competition, home, home.run("both"), images=images)
    blend(job, ["dense", "cnn"])
    for name in OF:
        assert main(["runs", "remove", name, "--yes", "--home", str(home.folder)]) == 0
    return job


@pytest.fixture(scope="module")
def ensemble(job):
    return Ensemble.load(job.run)


def of(sources, name, file):
    return read_arrays(getattr(sources.run(name), file))


def test_the_rows_of_a_fold_have_weights_that_were_found_without_them(job, sources):
    oofs = [of(sources, name, "oof") for name in OF]
    labels, folds = oofs[0]["labels"], oofs[0]["fold"]
    found = read_arrays(job.run.oof)
    for fold in (0, 1):
        rows, others = folds == fold, folds != fold
        weights = find_weights([oof["logits"][others] for oof in oofs], labels[others])
        expected = sum(w * oof["logits"][rows] for w, oof in zip(weights, oofs, strict=True))
        np.testing.assert_allclose(found["logits"][rows], expected, atol=1e-4)
    weights = find_weights([oof["logits"] for oof in oofs], labels)
    tests = [of(sources, name, "test")["logits"] for name in OF]
    expected = sum(w * test for w, test in zip(weights, tests, strict=True))
    np.testing.assert_allclose(read_arrays(job.run.test)["logits"], expected, atol=1e-4)
    assert len({round(w, 3) for part in Best.read(job.run.best).blend for w in part.held_out}) > 2


def test_its_networks_say_what_it_has_stored(job, ensemble, images):
    """Many images or few, all networks or those of a fold, in the kit or in plain Keras."""
    train, folds = images.train.images, read_arrays(job.run.oof)["fold"]
    stored, test = (read_arrays(path)["logits"] for path in (job.run.oof, job.run.test))
    assert [len(committee) for committee in ensemble.committees] == [3, 3]
    np.testing.assert_allclose(ensemble.out_of_fold_logits(train, folds), stored, atol=1e-3)
    np.testing.assert_allclose(ensemble.logits(images.test.images), test, atol=1e-3)
    few = Predictor.of(ensemble, (28, 28))
    np.testing.assert_allclose(few.logits(images.test.images), test, atol=1e-3)
    np.testing.assert_allclose(few.out_of_fold_logits(train, folds), stored, atol=1e-3)
    every = [network(images.test.images) for network in few.networks]
    np.testing.assert_allclose(np.mean(every, axis=0), test, atol=1e-3)
    copy = plain(ensemble, (28, 28))
    np.testing.assert_allclose(predict_logits(copy, images.test.images), test, atol=1e-3)


def test_the_images_may_be_mirrored_in_one_run_and_not_in_the_other(ensemble, images):
    one = Ensemble([ensemble.committees[0][1:]], [Share(0.5, mirror=True), Share(1.5)])
    dense, cnn = ensemble.committees[0][1:]
    shown = images.test.images
    expected = (
        0.5 * predict_logits(dense, shown, mirror=True) + 1.5 * predict_logits(cnn, shown)
    ) / 2
    np.testing.assert_allclose(one.logits(shown), expected, atol=1e-4)
    few, copy = Predictor.of(one, (28, 28)), plain(one, (28, 28))
    np.testing.assert_allclose(few.logits(shown), expected, atol=1e-3)
    np.testing.assert_allclose(predict_logits(copy, shown), expected, atol=1e-3)


def test_a_network_without_weight_is_not_in_a_file(ensemble, images):
    one = Ensemble([ensemble.committees[0]], [Share(0.0), Share(3.0), Share(0.0)])
    copy = plain(one, (28, 28))
    alone = plain(Ensemble([ensemble.committees[0][1:2]]), (28, 28))
    assert copy.count_params() == alone.count_params()
    np.testing.assert_allclose(
        predict_logits(copy, images.test.images), one.logits(images.test.images), atol=1e-3
    )


def test_it_is_loaded_and_predicted_with_like_any_run(job, images):
    model = kk.load_model(job.run.folder)
    assert set(model.best_params_) == {"dense", "cnn"}
    assert len(model.oof_proba_) == len(images.train.images)
    stored = read_arrays(job.run.test)["logits"].argmax(axis=1)
    np.testing.assert_array_equal(model.predict(images.test.images), stored)


def test_one_of_its_networks_can_be_had_alone(job, ensemble, images):
    shown = images.test.images[:5]
    alone = Ensemble.load_one(job.run, NetworkId(1, 2)).logits(shown)
    np.testing.assert_allclose(alone, predict_logits(ensemble.committees[1][2], shown), atol=1e-4)


def test_a_bundle_of_it_has_the_same_networks_and_weights(job, ensemble, tmp_path):
    page = tmp_path / "page"
    write_bundle(job.run, load_subject(job.run, job.competition), "", page, lambda _: [])
    there = Ensemble.load(Run(page / "run"))
    assert there.shares == ensemble.shares
    for ours, others in zip(there.committees[1], ensemble.committees[1], strict=True):
        for one, other in zip(ours.get_weights(), others.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)


def test_its_report_has_the_weight_and_the_score_of_each_run(job, tmp_path):
    made = make_report(dataclasses.replace(job, images=None), tmp_path / "page")
    page, card = (" ".join(path.read_text().split()) for path in (made.page, made.card))
    parts = Best.read(job.run.best).blend
    for part in parts:
        assert f"{part.weight:.3f}" in page
        assert f"- run {part.run}, weight {part.weight:.3f}: family {part.run}" in card
    assert "a blend of 2 runs" in page
    assert "a blend of 2 runs" in card
    assert "The reports of its runs, dense and cnn, show theirs" in page
    assert "kaggle-kit fit --best" in page
    pictures = {path.stem for path in (tmp_path / "page").glob("*.png")}
    assert {"blend_gain", "accuracy_plot"} <= pictures


def test_what_it_predicts_can_be_had_again_and_nothing_is_trained(job, tmp_path):
    copy = dataclasses.replace(job, run=Run(shutil.copytree(job.run.folder, tmp_path / "copy")))
    before = read_arrays(copy.run.oof)
    copy.run.oof.unlink()
    copy.run.test.unlink()
    fit(copy)
    after = read_arrays(copy.run.oof)
    for name in ("logits", "members"):
        np.testing.assert_allclose(after[name], before[name], atol=1e-3)


def test_its_best_json_is_all_that_is_needed_to_train_it_again(job, sources, tmp_path):
    """Each network as in its run, with the same seed, and then with the same weights."""
    home = Home(tmp_path)
    again = dataclasses.replace(job, home=home, run=home.run("again"))
    adopt(again, job.run.best)
    assert Best.read(again.run.best) == Best.read(job.run.best)
    assert read_json(again.run.config)["format"] == OF_BLENDS
    runs = [again.run, *(sources.run(name) for name in OF)]
    data = TaskData(job.images.train, read_arrays(again.run.folds)["fold"], job.competition)
    blended, dense, cnn = (Fit(run, data, InlineExecutor(), lambda _: None) for run in runs)
    for number, (one, member) in enumerate([(dense, 0), (dense, 1), (cnn, 0)]):
        task, own = one._task(NetworkId(1, member)), blended._task(NetworkId(1, number))
        assert dataclasses.replace(own, member=task.member, name=task.name) == task


def test_its_families_are_those_of_its_runs(job):
    best = Best.read(job.run.best)
    assert best.families == ["dense", "cnn"]
    assert best.blend[1].best.families == ["cnn"]


def test_it_cannot_be_searched(job):
    with pytest.raises(RunError, match="run 'both' is a blend"):
        tune(job)


# From here on, the networks are empty files: no test asks them.


@pytest.fixture
def fakes(tmp_path, competition):
    """A home with two runs; the second makes other mistakes than the first."""
    home = Home(tmp_path)
    fitted(home.folder, "a", mistakes=range(8))
    fitted(home.folder, "b", mistakes=range(6, 20))
    return Job(competition, home, home.run("new"))


def visible(job):
    return {path.name for path in job.home.runs.iterdir() if not path.name.startswith(".")}


def refused(job, names, message, hint, error=RunError):
    before = visible(job)
    with pytest.raises(error, match=message) as caught:
        blend(job, names)
    assert hint in caught.value.hint
    assert visible(job) == before


def test_what_was_found_is_told_and_whether_it_is_better(fakes, capsys):
    home = str(fakes.home.folder)
    assert main(["blend", "a", "b", "--run", "new", "--home", home]) == 0
    said = capsys.readouterr().out
    assert "out of fold, 0 are classified wrongly by only new" in said
    assert said.splitlines()[-2] == "as good as a alone: accuracy 0.80000 against 0.80000, p = 1"
    assert said.splitlines()[-1] == f"written: {fakes.run.folder}"
    assert main(["runs", "--home", home]) == 0
    listed = capsys.readouterr().out
    assert [line.split()[:4] for line in listed.splitlines() if line.startswith("new")] == [
        ["new", "-", "blend", "fitted"]
    ]
    assert main(["runs", "new", "a", "--home", home]) == 0


@pytest.mark.parametrize(
    ("mistakes", "said"),
    [
        (range(14, 20), "better than either run: accuracy"),
        (range(8), "as good as a alone: accuracy 0.80000 against 0.80000, p = 1"),
    ],
)
def test_the_verdict_is_honest(fakes, mistakes, said):
    shutil.rmtree(fakes.home.run("b").folder)
    run = fitted(fakes.home.folder, "b", mistakes=mistakes)
    oof = read_arrays(run.oof)
    right = oof["logits"].argmax(axis=1) == oof["labels"]
    oof["logits"][right] *= 2  # it is surer where it is right
    write_arrays(run.oof, **oof)
    if said.startswith("better"):
        other = read_arrays(fakes.home.run("a").oof)
        other["logits"][other["logits"].argmax(axis=1) == other["labels"]] *= 2
        write_arrays(fakes.home.run("a").oof, **other)
    assert blend(fakes, ["a", "b"]).verdict().startswith(said)


def test_programs_get_it_as_one_object(fakes, capsys):
    words = ["blend", "a", "b", "--run", "new", "--home", str(fakes.home.folder)]
    assert main([*words, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["runs"]] == ["a", "b"]
    assert sum(one["weight"] for one in found["runs"]) == pytest.approx(1)
    assert found["gain"] == pytest.approx(
        found["out_of_fold"]["score"] - max(one["out_of_fold"]["score"] for one in found["runs"])
    )
    assert found["is_better"] is (found["gain"] > 0)


def test_three_runs_can_be_blended(fakes):
    fitted(fakes.home.folder, "c", mistakes=range(20, 30))
    made = blend(fakes, ["c", "a", "b"])
    assert [one.part.run for one in made.runs] == ["c", "a", "b"]
    assert len(Best.read(fakes.run.best).networks) == 3 * FOLDS
    check_fitted(fakes)


@pytest.mark.parametrize(
    ("names", "message", "hint"),
    [
        (["a"], "one run is no blend", "two runs or more"),
        (["a", "b", "a"], "run 'a' is named twice", "once"),
    ],
)
def test_names_that_make_no_blend_are_refused(fakes, names, message, hint):
    refused(fakes, names, message, hint, InputError)


def test_a_run_that_is_there_is_kept(fakes):
    before = fakes.home.run("a").best.read_bytes()
    refused(dataclasses.replace(fakes, run=fakes.home.run("a")), ["a", "b"], "is kept", "--run")
    assert fakes.home.run("a").best.read_bytes() == before


def test_a_run_that_is_missing_or_not_fitted_is_named(fakes):
    refused(fakes, ["a", "c"], "there is no run 'c'", "kaggle-kit runs")
    fakes.home.run("b").weights(1).unlink()
    refused(fakes, ["a", "b"], "run 'b' has no complete ensemble", "kaggle-kit fit --run b")
    fakes.home.run("b").best.unlink()
    refused(fakes, ["a", "b"], "run 'b' has no ensemble yet", "kaggle-kit tune --run b")


def test_a_blend_is_not_blended_again(fakes):
    blend(fakes, ["a", "b"])
    other = dataclasses.replace(fakes, run=fakes.home.run("more"))
    refused(other, ["a", "new"], "run 'new' is a blend itself", "a b")


def replaced(job, **changes):
    shutil.rmtree(job.home.run("b").folder)
    return fitted(job.home.folder, "b", **changes)


def test_runs_of_other_data_are_refused(fakes):
    replaced(fakes, config={"data": {"train.csv": "a" * 64, "test.csv": "c" * 64}})
    refused(fakes, ["a", "b"], r"different data, test\.csv differs", "same files")


def test_runs_of_other_rows_are_refused(fakes):
    run = replaced(fakes)
    oof = read_arrays(run.oof)
    write_arrays(run.oof, **{name: part[:-1] for name, part in oof.items()})
    refused(fakes, ["a", "b"], f"training rows differ, {ROWS} and {ROWS - 1} rows", "read alike")


def test_runs_of_other_folds_are_refused_with_the_command_that_makes_the_same(fakes):
    run = replaced(fakes, seed=7)
    oof = read_arrays(run.oof)
    write_arrays(run.oof, **oof | {"fold": oof["fold"][::-1].copy()})
    told = "2 folds of seed 0 and 2 folds of seed 7"
    refused(fakes, ["a", "b"], told, "kaggle-kit tune --folds 2 --seed 0 --run NAME")


def test_runs_of_another_competition_or_metric_are_refused(fakes):
    problem = read_best(fakes, "a")["problem"] | {"metric": "log_loss"}
    replaced(fakes, problem=problem)
    refused(fakes, ["a", "b"], "metric accuracy and log_loss", "same metric")
    replaced(fakes, competition="letters")
    refused(fakes, ["a", "b"], "run 'b' is of letters, not of", "--competition letters")


def read_best(job, name):
    return Best.read(job.home.run(name).best).to_dict()


def test_a_run_of_an_older_kit_says_how_to_make_up_for_it(fakes):
    run = replaced(fakes, members=[{}, {}])
    for fold in range(FOLDS):
        run.weights(fold, 1).touch()
    refused(fakes, ["a", "b"], "run 'b' is of an older kaggle-kit", "kaggle-kit fit --run b")


def test_a_run_of_a_newer_kit_is_refused(fakes):
    run = fakes.home.run("b")
    write_json(run.config, read_json(run.config) | {"format": OF_BLENDS + 1})
    refused(fakes, ["a", "b"], "made by a newer kaggle-kit", "")


@pytest.mark.parametrize(
    "damage",
    [
        {"weight": "much"},
        {"weight": -1},
        {"held_out": [1.0]},
        {"best": {"family": "dense"}},
        {"run": None},
    ],
)
def test_a_damaged_list_of_runs_is_told(fakes, damage):
    blend(fakes, ["a", "b"])
    content = read_json(fakes.run.best)
    content["blend"][0] |= damage
    write_json(fakes.run.best, content)
    with pytest.raises(RunError, match="is damaged"):
        Best.read(fakes.run.best)


def test_a_plain_best_json_is_as_older_kits_wrote_it():
    assert "blend" not in Best.from_dict(BEST).to_dict()


DYING = """
import os, pathlib, signal, sys
from kaggle_kit.cli import main
import kaggle_kit.ensemble.blended_run

def die_at(count):
    done = iter(range(count))
    def dying(of):
        def call(path, target):
            if next(done, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return of(path, target)
        return call
    pathlib.Path.replace, pathlib.Path.rename = map(
        dying, (pathlib.Path.replace, pathlib.Path.rename)
    )

home = pathlib.Path(sys.argv[1])
for count in range(1000):
    child = os.fork()
    if child == 0:
        die_at(count)
        os._exit(main.main(["blend", "a", "b", "--run", "new", "--home", str(home)]))
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status):
        sys.exit(os.waitstatus_to_exitcode(status) or count)
    assert not (home / "runs" / "new").exists()
"""


def test_a_blend_that_is_killed_leaves_nothing_and_can_be_made_again(fakes):
    script = [sys.executable, "-W", "ignore", "-c", DYING, str(fakes.home.folder)]
    done = subprocess.run(script, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode > 5, done.stderr  # the number of files after which it was killed
    assert done.returncode != -signal.SIGKILL
    check_fitted(fakes)
    hidden = {path.name for path in fakes.home.runs.iterdir()} - visible(fakes)
    assert all(name.endswith((".lock", ".holder")) for name in hidden)


def test_a_full_disk_leaves_nothing(fakes, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kaggle_kit.ensemble.blended_run.write_arrays", full)
    with pytest.raises(OSError, match="No space"):
        blend(fakes, ["a", "b"])
    assert visible(fakes) == {"a", "b"}


def test_a_run_that_is_being_written_is_waited_for(fakes, kit):
    from kaggle_kit.workspace.lock import writing

    with writing(fakes.home.run("b").folder, lambda _: None):
        done = kit("blend", "a", "b", "--run", "new", "--home", fakes.home.folder)
    assert done.returncode == 1
    assert "run 'b' is being written by" in done.stderr
    assert visible(fakes) == {"a", "b"}
