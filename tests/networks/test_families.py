import numpy as np
import pytest
from families import check_known_good

from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.errors import InputError
from kaggle_kit.networks.backend import keras_tuner
from kaggle_kit.networks.families import FAMILIES, get_family
from kaggle_kit.networks.families.dense import VIEWS
from kaggle_kit.networks.model import build_model
from kaggle_kit.networks.normalisation import POSTURES


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", range(3))
def test_every_point_of_a_space_is_a_network_from_pixels_to_logits(family, seed):
    hp = keras_tuner.HyperParameters()
    get_family(family).build(hp, DIGITS)
    hp.values = {p.name: p.random_sample(seed) for p in hp.space}
    model = get_family(family).build(hp, DIGITS)
    logits = model(np.full((2, 28, 28), 255, dtype=np.uint8))
    assert logits.shape == (2, 10)
    assert np.isfinite(np.asarray(logits)).all()


def test_the_dense_space_decides_depth_and_widths():
    hp = keras_tuner.HyperParameters()
    hp.values = {"hidden_layers": 3, "units": 512, "taper": 0.5}
    model = get_family("dense").build(hp, DIGITS)
    widths = [layer.units for layer in model.layers if hasattr(layer, "units")]
    assert widths == [512, 256, 128, 10]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ((32, 32, 3), Kind.GLYPH),
        ((96, 80, 3), Kind.PHOTO),
        ((48, 48), Kind.PHOTO),
        ((9, 11), Kind.GLYPH),
        ((4, 5), Kind.GLYPH),
        ((1, 30), Kind.PHOTO),
    ],
)
def test_a_family_takes_images_of_any_shape_and_kind(family, shape, kind):
    problem = Problem(shape, ("a", "b", "c"), kind=kind)
    model = build_model(family, {}, problem)
    assert model.output_shape == (None, 3)
    check_known_good(family, problem)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_known_good_networks_are_different_points_of_the_space(family):
    check_known_good(family, DIGITS)


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
