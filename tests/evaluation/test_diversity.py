import numpy as np
import pytest

from kaggle_kit.evaluation.diversity import (
    SUBSETS,
    disagreements,
    learning_curve,
    network_scores,
)

LABELS = np.array([0, 1, 0, 1])
FOLDS = np.array([0, 0, 1, 1])


def voting(*given, strength=1.0):
    """Logits (members, n, 2) of members that give these labels, all with the same confidence."""
    return np.float32(strength) * np.eye(2, dtype=np.float32)[np.array(given)]


@pytest.fixture
def members():
    return voting([0, 1, 0, 0], [0, 0, 0, 1], [1, 1, 0, 1])


def test_each_network_is_judged_on_its_own_fold(members):
    found = network_scores(members, LABELS, FOLDS)
    assert found.tolist() == [[1, 0.5], [0.5, 1], [0.5, 1]]


def test_members_disagree_on_the_rows_that_they_label_differently(members):
    assert disagreements(members).tolist() == [[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]


def test_the_curve_has_every_choice_of_members_and_ends_with_them_all(members):
    one, two, three = learning_curve(members, LABELS)
    assert one.tolist() == [0.75, 0.75, 0.75]
    assert len(two) == 3
    assert three.tolist() == [1]  # each member is outvoted where it is wrong


def test_many_members_are_not_chosen_in_every_way_there_is():
    many = voting(*[LABELS] * 9)
    assert max(map(len, learning_curve(many, LABELS))) == SUBSETS
