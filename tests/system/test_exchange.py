"""A run that was made in another environment gives the same predictions here.

`make check-kaggle` makes a run with the locked versions. It then runs these tests with the
versions of Kaggle's image.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kaggle_kit.data.dataset import load_test
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.explainer.reader import load_reader
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays

MADE = os.environ.get("KAGGLE_KIT_RUN")


pytestmark = pytest.mark.skipif(not MADE, reason="make check-kaggle says what run to load")


def test_weights_and_best_json_made_elsewhere_predict_the_same(competition):
    run = Run(Path(MADE))
    images = load_test(Path(os.environ["KAGGLE_KIT_DATA"]) / competition.slug, competition).images
    logits = Ensemble.load(run).logits(images)
    there = read_arrays(run.test, "logits")["logits"]
    np.testing.assert_allclose(logits, there, rtol=1e-3, atol=1e-3)
    assert (logits.argmax(axis=1) == there.argmax(axis=1)).all()


def test_a_run_made_elsewhere_is_read_and_explained(competition):
    run = Run(Path(MADE))
    image = load_test(Path(os.environ["KAGGLE_KIT_DATA"]) / competition.slug, competition).images[0]
    reader = load_reader(run)
    reading = reader.read(Image.fromarray(image))
    assert reading.label == read_arrays(run.test, "logits")["logits"][0].argmax()
    assert reader.explain(reading.image).explanation.gap[0] < 0.01
