import dataclasses

import numpy as np
import pytest

from kaggle_kit.api.export import plain
from kaggle_kit.competition.description import Images, Kind, Layout, Metric
from kaggle_kit.competition.problem import Problem
from kaggle_kit.data.dataset import Findings, ImageSet
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.fit import Fit
from kaggle_kit.ensemble.predictor import Predictor
from kaggle_kit.ensemble.views import Views
from kaggle_kit.errors import RunError
from kaggle_kit.explainer.reader import load_reader
from kaggle_kit.networks.model import predict_logits
from kaggle_kit.training.executors.base import InlineExecutor
from kaggle_kit.training.folds import make_folds, save_folds
from kaggle_kit.training.task_data import TaskData
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.fit_status import check_current
from kaggle_kit.workspace.storage import read_arrays

ROWS, FOLDS, SIDE = 240, 4, 12
PROBLEM = Problem((SIDE, SIDE, 3), ("one", "other"), metric=Metric.AUC, kind=Kind.PHOTO)
SEEN_AS_IT_IS = {"view": "pixels", "hidden_layers": 1, "units": 256, "distortion": 0.0}
TRAINED = SEEN_AS_IT_IS | {"mirror": False, "jitter": 0.0, "batch_size": 64}
BEST = Best("dense", TRAINED, [{}], epochs=6, folds=FOLDS, seed=3, problem=PROBLEM)


def photographs(is_above, seed=0):
    """Noise with a faint spot: class 1 has it above, or else to the left, and class 0 opposite."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(ROWS) % 2)
    images = random.normal(128, 50, (ROWS, SIDE, SIDE, 3))
    place = np.arange(SIDE) < SIDE // 2
    for image, label in zip(images, labels, strict=True):
        half = place == bool(label)
        image[half if is_above else np.s_[:, half]] += 14
    images = images.clip(0, 255).astype(np.uint8)
    return ImageSet(images, labels, Findings(), "", PROBLEM.class_names)


@pytest.fixture
def fit(run, competition):
    described = dataclasses.replace(
        competition,
        kind=Kind.PHOTO,
        metric=Metric.AUC,
        images=Images(Layout.NPZ, (SIDE, SIDE), channels=3),
    )

    def fit(data):
        folds = make_folds(data.labels, FOLDS, seed=0)
        save_folds(run.folds, folds)
        BEST.write(run.best)
        Fit(run, TaskData(data, folds, described), InlineExecutor(), lambda _: None).run(data)
        return folds

    return fit


def test_the_mirror_image_joins_where_left_and_right_mean_nothing(run, fit):
    """Then every answer of the run is about both views."""
    data = photographs(is_above=True)
    folds = fit(data)
    views, ensemble = Views.read(run), Ensemble.load(run)
    assert views.mirror
    assert [share.mirror for share in ensemble.shares] == [True]
    assert views.mirrored > views.plain
    stored = read_arrays(run.oof)["logits"]
    np.testing.assert_allclose(ensemble.out_of_fold_logits(data.images, folds), stored, atol=1e-5)
    expected = read_arrays(run.test)["logits"]
    few = Predictor.of(ensemble, PROBLEM.image_shape)
    np.testing.assert_allclose(few.logits(data.images), expected, atol=1e-5)
    np.testing.assert_allclose(few.out_of_fold_logits(data.images, folds), stored, atol=1e-5)
    answer = load_reader(run).answer(data.images[0])
    np.testing.assert_allclose(answer.fold_logits.mean(axis=0), expected[0], atol=1e-5)
    copy = plain(ensemble, PROBLEM.image_shape)
    np.testing.assert_allclose(predict_logits(copy, data.images), expected, atol=1e-5)
    both = [Ensemble(ensemble.committees).logits(x) for x in (data.images, data.images[:, :, ::-1])]
    np.testing.assert_allclose(expected, np.mean(both, axis=0), atol=1e-5)


def test_the_mirror_image_is_left_out_where_the_side_is_the_answer(run, fit):
    data = photographs(is_above=False)
    folds = fit(data)
    views = Views.read(run)
    assert not views.mirror
    assert views.plain > 0.8
    assert views.mirrored < 0.6
    ensemble = Ensemble.load(run)
    found = ensemble.out_of_fold_logits(data.images, folds)
    np.testing.assert_allclose(found, read_arrays(run.oof)["logits"], atol=1e-5)
    alone = Ensemble(ensemble.committees).logits(data.images)
    np.testing.assert_array_equal(read_arrays(run.test)["logits"], alone)
    check_current(run, data.sha256)
    run.views.unlink()  # then nobody knows what the predictions are of
    with pytest.raises(RunError, match="is incomplete") as error:
        check_current(run, data.sha256)
    assert error.value.hint == "run `kaggle-kit fit` first"


def noisy(seed, weight=1.0):
    """Logits of 600 rows that tell the class, with noise of their own."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(600, 3)).astype(np.float32)
    logits[np.arange(600), LABELS] += weight
    return logits


LABELS, SIX = np.arange(600) % 3, np.arange(600) // 3 % 6
PLAIN = noisy(0)
BOTH = {
    "a view with noise of its own": ((PLAIN + noisy(1)) / 2, True),
    "the same view again": (PLAIN, False),
    "a view that says nothing": ((PLAIN + noisy(2, weight=0)) / 2, False),
}


@pytest.mark.parametrize("metric", Metric)
@pytest.mark.parametrize("second", BOTH)
def test_the_choice_is_by_the_metric(metric, second):
    both, mirror = BOTH[second]
    problem = Problem((8, 8, 3), ("a", "b", "c"), metric=metric, kind=Kind.PHOTO, k=2)
    views = Views.choose(problem, PLAIN, both, LABELS, SIX)
    assert views.mirror is mirror
    assert (views.mirrored > views.plain) >= mirror


def test_a_gain_that_may_be_chance_is_none():
    both = PLAIN.copy()
    wrong = np.flatnonzero((both.argmax(axis=1) != LABELS) & (SIX == 0))[:2]
    both[wrong, LABELS[wrong]] = 9  # better in one fold alone
    problem = dataclasses.replace(PROBLEM, class_names=("a", "b", "c"), metric=Metric.ACCURACY)
    views = Views.choose(problem, PLAIN, both, LABELS, SIX)
    assert views.mirrored > views.plain
    assert not views.mirror


@pytest.mark.parametrize(
    "views",
    [
        Views(),
        Views(mirror=True, plain=-0.5, mirrored=-0.4),
        Views(mirror=False, plain=0.9, mirrored=0.8),
    ],
)
def test_a_choice_is_read_as_it_was_written(run, views):
    run.models.mkdir(parents=True)
    views.write(run)
    assert Views.read(run) == views


def test_a_run_that_an_older_kit_fitted_sees_images_as_they_are(run):
    assert Views.read(run) == Views(mirror=False)
    assert Views.read(run).describe(PROBLEM) == ""


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"mirror": 1}', '{"mirror": true, "plain": "x"}']
)
def test_a_damaged_choice_is_an_error(run, content):
    run.models.mkdir(parents=True)
    run.views.write_text(content)
    with pytest.raises(RunError, match=r"views\.json is damaged: ") as error:
        Views.read(run)
    assert "oof.npz: `kaggle-kit fit` then predicts again" in error.value.hint


def test_a_choice_is_told_in_the_direction_of_the_metric():
    problem = dataclasses.replace(PROBLEM, metric=Metric.LOG_LOSS)
    assert "log loss is 0.4000 then, and 0.5000" in Views(
        mirror=True, plain=-0.5, mirrored=-0.4
    ).describe(problem)
    said = Views(mirror=False, plain=0.9, mirrored=0.8).describe(PROBLEM)
    assert "AUC is 0.8000, which is not clearly better than 0.9000" in said
