import numpy as np
import pytest

from kaggle_kit.backend import keras_tuner
from kaggle_kit.errors import InputError
from kaggle_kit.models import FAMILIES, get_family


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", range(3))
def test_every_point_of_a_space_is_a_network_from_pixels_to_logits(family, seed, competition):
    hp = keras_tuner.HyperParameters()
    get_family(family)(hp, competition)
    hp.values = {p.name: p.random_sample(seed) for p in hp.space}
    model = get_family(family)(hp, competition)
    logits = model(np.full((2, 28, 28), 255, dtype=np.uint8))
    assert logits.shape == (2, 10)
    assert np.isfinite(np.asarray(logits)).all()


def test_the_dense_space_decides_depth_and_widths(competition):
    hp = keras_tuner.HyperParameters()
    hp.values = {"hidden_layers": 3, "units": 512, "taper": 0.5}
    model = get_family("dense")(hp, competition)
    widths = [layer.units for layer in model.layers if hasattr(layer, "units")]
    assert widths == [512, 256, 128, 10]


def test_an_unknown_family_is_refused_with_those_that_there_are():
    with pytest.raises(InputError, match="unknown family 'cnn2'"):
        get_family("cnn2")
