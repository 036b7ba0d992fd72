"""The public API as a user calls it: three lines, arrays, scikit-learn, a network of one's own."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

import kaggle_kit as kk
from kaggle_kit.networks.backend import keras

SHORT = {"trials": 1, "folds": 2, "epochs": 1, "fit_epochs": 1, "members": 1, "workers": 1}
SHORT |= {"time_budget": "2h"}  # the length of the training must not depend on the machine
NAMES = np.array(["ring", "bar", "dot"])


def images(count=60, seed=0):
    """Small grey images of three classes that anything can tell apart."""
    random = np.random.default_rng(seed)
    X = random.integers(0, 40, (count, 6, 6), dtype=np.uint8)
    y = np.arange(count) % 3
    for image, label in zip(X, y, strict=True):
        image[2 * label : 2 * label + 2] = 200
    return X, NAMES[y]


def build(hp):
    model = keras.Sequential(
        [keras.layers.Flatten(), keras.layers.Dense(hp.Choice("units", [8, 16]), "relu")]
    )
    model.add(keras.layers.Dense(3, "softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture(scope="module")
def fitted():
    return kk.ImageClassifier(**SHORT | {"epochs": 8, "fit_epochs": 30}).fit(*images())


def test_it_learns_predicts_and_scores_out_of_fold(fitted):
    X, y = images(seed=1)
    assert fitted.score_ > 0.9
    assert fitted.score(X, y) > 0.9
    assert fitted.classes_.tolist() == sorted(NAMES)
    assert set(fitted.predict(X)) <= set(NAMES)
    probabilities = fitted.predict_proba(X)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert (fitted.classes_[probabilities.argmax(axis=1)] == fitted.predict(X)).all()
    out_of_fold = fitted.classes_[fitted.oof_proba_.argmax(axis=1)]
    assert np.mean(out_of_fold == images()[1]) == pytest.approx(fitted.score_)
    assert len(fitted.trials_) == 1


def test_one_image_or_none_can_be_predicted(fitted):
    X, y = images()
    assert fitted.predict(X[:1]).tolist() == [y[0]]
    assert fitted.predict(X.reshape(-1, 36)[:1]).tolist() == [y[0]]


def test_predictions_are_those_before_pickling_and_saving(fitted, tmp_path):
    X, _ = images(seed=2)
    expected = fitted.predict_proba(X)
    copy = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(copy.predict_proba(X), expected)
    assert copy.run_ != fitted.run_
    assert (copy.run_ / "best.json").exists()
    saved = fitted.save(tmp_path / "model")
    loaded = kk.load_model(saved)
    assert np.array_equal(loaded.predict_proba(X), expected)
    assert loaded.predict(X).tolist() == fitted.predict(X).tolist()
    assert (loaded.score_, loaded.best_params_) == (fitted.score_, fitted.best_params_)
    with pytest.raises(kk.InputError, match="is not empty"):
        fitted.save(tmp_path)


def test_the_run_of_a_model_goes_with_it():
    model = kk.ImageClassifier(**SHORT).fit(*images(12))
    folder = model.run_
    assert (folder / "best.json").exists()
    del model
    assert not folder.exists()


def test_an_explanation_adds_up_and_is_shown(fitted):
    X, y = images(3)
    found = fitted.explain(X[:2])
    assert found.values.shape == (2, 3, 6, 6)
    assert np.allclose(found.base + found.values.sum(axis=(2, 3)), found.logits, atol=0.1)
    assert f"read as {y[0]}" in found._repr_html_()


def test_a_report_and_a_page_in_jupyter(fitted, tmp_path):
    report = fitted.report(tmp_path / "report")
    page = report.page.read_text()
    assert "missing or cannot be read" not in page
    assert report.card.exists()
    assert f"{fitted.score_:.4f}" in fitted._repr_mimebundle_()["text/html"]
    assert "ImageClassifier" in kk.ImageClassifier()._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros((2, 5, 6), np.uint8), "the images are (5, 6), those of the training (6, 6)"),
        (np.zeros((2, 6, 6, 3), np.uint8), "the images are (6, 6, 3)"),
        (np.zeros((2, 35)), "X has 35 features"),
        (np.full((2, 6, 6), np.nan), "Input X contains NaN"),
        (np.full((2, 6, 6), 65535), "values from 65535 to 65535, those of the training"),
    ],
)
def test_other_images_than_those_of_the_training_are_told(fitted, given, message):
    with pytest.raises(kk.ArrayError) as caught:
        fitted.predict(given)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"metric": "accurazy"}, "metric is 'accurazy', expected one of accuracy, macro_f1"),
        ({"kind": "foto"}, "kind is 'foto', expected one of glyph, photo"),
        ({"run": __file__}, "a file"),
        ({"preset": "quik"}, "expected one of quick, standard, best"),
        ({"starting_points": [{"unitz": 3}]}, "a starting point has unitz, which dense does not"),
        ({"starting_points": [{"units": 3}]}, "a starting point has units 3, expected one of 256"),
    ],
)
def test_a_wrong_argument_is_told_in_one_line(given, message):
    with pytest.raises(kk.InputError) as caught:
        kk.ImageClassifier(**SHORT | given).fit(*images(12))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(kk.RunError, match="has no model") as caught:
        kk.load_model(tmp_path)
    assert caught.value.__notes__ == [f"hint: {caught.value.hint}"]  # a traceback shows them


def test_before_fit_it_says_so():
    with pytest.raises(NotFittedError):
        kk.ImageClassifier().predict(images()[0])


def test_the_same_seed_and_the_same_plan_give_the_same_model(tmp_path):
    X, y = images()
    first = kk.ImageClassifier(**SHORT, random_state=3, run=tmp_path / "first").fit(X, y)
    other = kk.ImageClassifier(**SHORT, random_state=4).fit(X, y)
    repeated = kk.ImageClassifier(plan=tmp_path / "first" / "plan.json", workers=1).fit(X, y)
    expected = first.oof_proba_
    assert np.array_equal(repeated.oof_proba_, expected)
    assert not np.array_equal(other.oof_proba_, expected)
    assert repeated.plan_["done"] == first.plan_["done"]


def test_a_network_of_ones_own_is_searched_and_saved_with_its_source(tmp_path):
    X, y = images()
    short = SHORT | {"trials": 3, "epochs": 3, "fit_epochs": 20}
    model = kk.ImageClassifier(build=build, starting_points=[{"units": 16}], **short)
    model.fit(X / 255, y)
    assert model.best_params_.keys() == {"units"}
    assert model.trials_["param_units"].tolist()[0] in {8, 16}
    assert len(model.trials_) == 2  # there are no more points
    assert model.score_ > 0.8
    loaded = kk.load_model(model.save(tmp_path / "own"))
    assert np.array_equal(loaded.predict(X / 255), model.predict(X / 255))


def test_it_is_cloned_cross_validated_and_part_of_a_pipeline():
    X, y = images(24)
    model = kk.ImageClassifier(**SHORT)
    assert clone(model).get_params() == model.get_params()
    steps = make_pipeline(FunctionTransformer(lambda X: 255 - X), model)
    scores = cross_val_score(steps, X, y, cv=2)
    assert scores.shape == (2,)
    assert np.isfinite(scores).all()


def test_ctrl_c_leaves_what_was_fitted_and_the_next_fit_goes_on(fitted, monkeypatch):
    X, y = images(30, seed=5)
    model = pickle.loads(pickle.dumps(fitted)).set_params(fit_epochs=400, epochs=1)
    before = model.predict_proba(X)
    real, begun = kk.api.classifier.fit_run, []

    def interrupted(job, **options):
        begun.append(job.run.folder)
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        return real(job, **options)

    monkeypatch.setattr("kaggle_kit.api.classifier.fit_run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert np.array_equal(model.predict_proba(X), before)
    assert (begun[0] / "best.json").exists()
    monkeypatch.setattr("kaggle_kit.api.classifier.fit_run", lambda job, **_: begun.append(job))
    with pytest.raises(kk.KitError):  # nothing was fitted here
        model.fit(X, y)
    assert begun[1].run.folder == begun[0]


SOME = {
    "check_no_attributes_set_in_init",
    "check_estimators_dtypes",
    "check_estimators_nan_inf",
    "check_estimators_pickle",
    "check_classifiers_one_label",
    "check_fit2d_1feature",
    "check_fit2d_predict1d",
    "check_dict_unchanged",
    "check_methods_subset_invariance",
    "check_n_features_in_after_fitting",
}
# Checks of scikit-learn that make no sense for images, and why.
SKIPPED = {}


def estimator():
    return kk.ImageClassifier(trials=1, folds=2, epochs=1, workers=1)


@pytest.mark.parametrize(
    "check",
    # One of each: the others give the same data in another form of memory.
    list(
        {
            check.func.__name__: check
            for _, check in estimator_checks_generator(estimator())
            if check.func.__name__ in SOME
        }.values()
    ),
    ids=lambda check: check.func.__name__,
)
def test_it_passes_checks_of_scikit_learn(check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator())


@pytest.mark.long
def test_it_passes_all_checks_of_scikit_learn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_estimator(estimator(), expected_failed_checks=SKIPPED)


def test_the_package_imports_nothing_before_a_name_is_used():
    code = """
import sys, time
before = set(sys.modules)
started = time.perf_counter()
import kaggle_kit
took = time.perf_counter() - started
assert kaggle_kit.__version__
new = {name.split(".")[0] for name in set(sys.modules) - before}
print(sorted(new), took)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("['kaggle_kit']")
    assert float(done.stdout.split()[-1]) < 0.1


def test_every_public_name_is_there_and_typed():
    from pathlib import Path

    stub = Path(kk.__file__).with_suffix(".pyi").read_text()
    rooms = {path.name for path in Path(kk.__file__).parent.iterdir()}
    for name in kk.__all__:
        assert getattr(kk, name) is not None
        assert f"import {name} as {name}" in stub
        assert name not in rooms
    with pytest.raises(AttributeError, match="no attribute 'Classifier'"):
        _ = kk.Classifier
