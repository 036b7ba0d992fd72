"""A run that another environment made predicts here what it predicted there.

`make check-kaggle` makes one with the locked versions and runs this with those of Kaggle's image.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from kaggle_kit.data import load_test
from kaggle_kit.ensemble import Ensemble
from kaggle_kit.runs import Run, read_arrays

MADE = os.environ.get("KAGGLE_KIT_RUN")


@pytest.mark.skipif(not MADE, reason="make check-kaggle says what run to load")
def test_weights_and_best_json_made_elsewhere_predict_the_same(competition):
    run = Run(Path(MADE))
    images = load_test(Path(os.environ["KAGGLE_KIT_DATA"]) / competition.slug, competition).images
    logits = Ensemble.load(run, competition).logits(images)
    there = read_arrays(run.test, "logits")["logits"]
    np.testing.assert_allclose(logits, there, rtol=1e-3, atol=1e-3)
    assert (logits.argmax(axis=1) == there.argmax(axis=1)).all()
