import json

import pytest

from kaggle_kit.competition.description import Kind, Metric
from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.competition.registry import COMPETITIONS


def test_a_problem_is_what_description_and_labels_tell():
    found = Problem.of(COMPETITIONS["whale-categorization-playground"], ["new_whale", "w_1"])

    assert found.class_names == ("new_whale", "w_1")
    assert (found.metric, found.kind, found.k) == (Metric.MAP_AT_K, Kind.PHOTO, 5)
    assert (found.classes, found.channels) == (2, 3)
    assert found.image_shape == (*found.size, 3)


@pytest.mark.parametrize("slug", COMPETITIONS)
def test_a_problem_comes_back_from_json(slug):
    problem = Problem.of(COMPETITIONS[slug], ["no", "yes"])
    assert Problem.from_dict(json.loads(json.dumps(problem.to_dict()))) == problem


def test_a_grey_image_has_no_axis_of_channels():
    assert DIGITS.image_shape == DIGITS.size == (28, 28)
    assert DIGITS.channels == 1
    assert str(DIGITS) == "28x28 pixels in 10 classes"


@pytest.mark.parametrize("wrong", [{"metric": "luck"}, {"image_shape": ["x"]}, {"kind": None}])
def test_a_wrong_value_is_an_error(wrong):
    with pytest.raises((ValueError, TypeError)):
        Problem.from_dict(DIGITS.to_dict() | wrong)
