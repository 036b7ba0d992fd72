"""What is special to a family; `tests/testing/test_families.py` has what all must do."""

import numpy as np
import pytest

from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.errors import InputError
from kaggle_kit.networks.backend import keras_tuner
from kaggle_kit.networks.families import get_family
from kaggle_kit.networks.families.dense import VIEWS
from kaggle_kit.networks.normalisation import POSTURES


def test_the_dense_space_decides_depth_and_widths():
    hp = keras_tuner.HyperParameters()
    hp.values = {"hidden_layers": 3, "units": 512, "taper": 0.5}
    model = get_family("dense").build(hp, DIGITS)
    widths = [layer.units for layer in model.layers if hasattr(layer, "units")]
    assert widths == [512, 256, 128, 10]


@pytest.mark.parametrize("posture", POSTURES)
def test_a_committee_looks_at_every_posture_its_first_as_it_was_chosen(posture):
    count = len(POSTURES)
    members = get_family("dense").committee({"posture": posture, "units": 512}, count + 2)
    postures = [member["posture"] for member in members]
    assert postures[0] == posture
    assert set(postures[:count]) == set(POSTURES)
    assert postures[count:] == postures[:2]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("posture", POSTURES)
def test_digits_are_seen_in_every_view_and_posture(view, posture):
    hp = keras_tuner.HyperParameters()
    hp.values = {"view": view, "posture": posture}
    model = get_family("dense").build(hp, DIGITS)
    digits = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    logits = np.asarray(model(digits))
    assert np.isfinite(logits).all()
    assert len(np.unique(logits, axis=0)) == 3


def test_an_unknown_family_is_refused_with_those_that_there_are():
    with pytest.raises(InputError, match="unknown family 'cnn2'"):
        get_family("cnn2")
