import dataclasses
import re
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
from ledger_entry import ENTRY

from kaggle_kit._version import __version__
from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.ensemble.ensemble import Ensemble, load_committee
from kaggle_kit.errors import RunError
from kaggle_kit.report.collect import EXPLAINED, SAMPLES, collect
from kaggle_kit.report.contents import Missing
from kaggle_kit.workspace.files import sha256, write_json
from kaggle_kit.workspace.ledger import record
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays, read_json, write_arrays


@pytest.fixture(scope="module")
def whole(explained_home, competition):
    run = Run(explained_home / "runs" / "default")
    data = explained_home / "data" / competition.slug
    return collect(run, competition, data, robustness=pd.DataFrame())


@pytest.fixture
def copied(explained_home, tmp_path):
    """A copy of the run folder alone, as somebody may receive it."""
    folder = tmp_path / "runs" / "sent"
    shutil.copytree(explained_home / "runs" / "default", folder)
    return Run(folder)


def test_of_a_run_that_lacks_nothing_nothing_is_absent(whole, explained_home):
    parts = {field.name: getattr(whole, field.name) for field in dataclasses.fields(whole)}
    assert [name for name, part in parts.items() if isinstance(part, Missing)] == []
    oof = read_arrays(explained_home / "runs" / "default" / "oof.npz")
    np.testing.assert_array_equal(whole.oof.members, oof["members"])
    assert isinstance(whole.train, ImageSet)
    assert whole.title == "digit-recognizer: run default"
    assert re.match(rf"Report of 20\d\d-.* UTC, by kaggle-kit {__version__}\.", whole.made)
    assert (whole.scores.rows, whole.scores.of_sample) == (360, True)


def test_submissions_are_those_of_the_run_and_of_its_file(copied, competition, tmp_path):
    config = read_json(copied.config)
    write_json(copied.config, config | {"data": config["data"] | {"train.csv": "0"}})
    copied.submission.write_text("ImageId,Label\n1,0\n")
    ledger, own = tmp_path / "ledger.csv", sha256(copied.submission)
    record(
        ledger,
        dataclasses.replace(ENTRY, ref=1, run="another", file_sha256="0"),
        dataclasses.replace(ENTRY, ref=2, run="sent", file_sha256="0", public_score=0.5),
        dataclasses.replace(ENTRY, ref=3, run="renamed", file_sha256=own, public_score=0.75),
    )
    scores = collect(copied, competition, tmp_path, ledger=ledger).scores
    assert sorted(entry.ref for entry in scores.submissions) == [2, 3]
    assert scores.known == 0.75
    assert scores.rows == competition.public_rows
    ledger.write_text("not a ledger")
    assert "ledger.csv" in collect(copied, competition, tmp_path, ledger=ledger).scores.damage


def test_the_score_of_the_sample_is_that_of_its_held_out_labels(
    copied, competition, explained_home
):
    data = explained_home / "data" / competition.slug
    assert collect(copied, competition, data).scores.known is None
    shutil.copy(data / "solution.csv", copied.submission)
    assert collect(copied, competition, data).scores.known == 1.0


def test_a_mistake_is_explained_by_the_networks_that_held_it_out(whole, explained_home):
    """The Shapley values add up from the logits of black paper to the out-of-fold logits."""
    rows = whole.explained.rows
    assert 0 < len(rows) <= EXPLAINED
    black = np.zeros((1, 28, 28), dtype=np.uint8)
    for row, values in zip(rows, whole.explained.values, strict=True):
        run = Run(explained_home / "runs" / "default")
        committee = load_committee(run, int(whole.oof.folds[row]))
        base = Ensemble([committee]).logits(black)[0]
        asked = [whole.oof.labels[row], whole.oof.predicted[row]]
        reached = base[asked] + values.sum(axis=(1, 2))
        np.testing.assert_allclose(reached, whole.oof.logits[row, asked], atol=0.05)


def test_a_training_image_is_distorted_as_it_was_in_training(whole):
    images = whole.distorted.images
    assert whole.distorted.strength == whole.best.hyperparameters["distortion"] > 0
    np.testing.assert_array_equal(images[0], whole.train.images[0])
    assert images.shape == (1 + SAMPLES, 28, 28)
    assert all((image != images[0]).any() for image in images[1:])


def test_without_the_data_what_needs_them_says_how_to_get_them(copied, competition, tmp_path):
    found = collect(copied, competition, tmp_path / "nowhere")
    for part in (found.train, found.test, found.explained, found.distorted):
        assert isinstance(part, Missing)
        assert "`kaggle-kit download`" in part.why
    assert len(found.oof.labels) == len(found.oof.logits) > 0


def test_other_data_are_not_shown_as_those_of_the_run(copied, competition, explained_home):
    config = copied.config.read_text()
    copied.config.write_text(re.sub('"train.csv": "[0-9a-f]+"', '"train.csv": "0"', config))
    found = collect(copied, competition, explained_home / "data" / competition.slug)
    assert "not the one of this run" in found.train.why
    assert isinstance(found.test, ImageSet)


def test_a_run_of_an_older_kit_says_how_to_get_what_it_lacks(copied, competition, tmp_path):
    oof = read_arrays(copied.oof)
    write_arrays(copied.oof, **{name: oof[name] for name in ("logits", "labels", "fold")})
    copied.trials.unlink()
    history = pd.read_csv(copied.history)
    history.drop(columns=["member", "learning_rate", "seconds"]).to_csv(copied.history, index=False)
    alone = collect(copied, competition, tmp_path)
    assert "`kaggle-kit tune --run NAME`" in alone.trials.why
    assert "learning_rate" not in alone.history
    np.testing.assert_array_equal(alone.oof.members, oof["logits"][None])
    best = read_json(copied.best)
    write_json(copied.best, best | {"members": [{}, {}]})
    assert "`kaggle-kit fit`" in collect(copied, competition, tmp_path).oof.members.why


def test_weights_that_are_gone_cost_the_explanation_alone(copied, competition, explained_home):
    for path in copied.models.glob("*.h5"):
        path.unlink()
    found = collect(copied, competition, explained_home / "data" / competition.slug)
    assert "weights.h5 is missing; run `kaggle-kit fit` first" in found.explained.why
    assert isinstance(found.train, ImageSet)


def test_without_shap_the_way_to_it_is_said(copied, competition, explained_home, monkeypatch):
    monkeypatch.setitem(sys.modules, "shap", None)
    found = collect(copied, competition, explained_home / "data" / competition.slug)
    assert 'pip install "shap>=0.50"' in found.explained.why


def test_a_run_that_was_trained_on_images_as_they_are_shows_no_distortion(
    copied, competition, explained_home, monkeypatch
):
    monkeypatch.setitem(sys.modules, "shap", None)
    best = read_json(copied.best)
    values = best["hyperparameters"] | {"distortion": 0.0}
    write_json(copied.best, best | {"hyperparameters": values})
    found = collect(copied, competition, explained_home / "data" / competition.slug)
    assert "without any distortion" in found.distorted.why


def test_a_run_that_is_not_fitted_says_what_to_do(copied, competition, tmp_path):
    copied.oof.unlink()
    with pytest.raises(RunError, match=r"oof.npz is missing") as caught:
        collect(copied, competition, tmp_path)
    assert "kaggle-kit fit" in caught.value.hint
