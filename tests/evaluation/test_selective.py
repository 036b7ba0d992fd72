import numpy as np
import pytest

from kaggle_kit.evaluation.selective import risk_coverage


@pytest.fixture
def curve():
    """Ten rows; the mistakes have the confidences 0.5 (one of two rows) and 0.8."""
    confidence = np.array([0.99, 0.5, 0.97, 0.8, 0.96, 0.95, 0.5, 0.94, 0.93, 0.92])
    correct = np.array([True, False, True, False, True, True, True, True, True, True])
    return risk_coverage(confidence, correct)


def test_rows_are_kept_from_the_surest_down(curve):
    assert curve.rows.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 10]
    assert curve.mistakes.tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 2]
    assert curve.confidence[-2:].tolist() == [0.8, 0.5]
    assert curve.aside[-2:] == pytest.approx([0.2, 0.0])


@pytest.mark.parametrize(
    ("share", "kept"), [(0.0, (10, 2, 0.5)), (0.1, (8, 1, 0.8)), (0.3, (7, 0, 0.92))]
)
def test_at_least_the_share_is_put_aside_and_equals_together(curve, share, kept):
    assert curve.without(share) == kept
    assert curve.without(share).accuracy == 1 - kept[1] / kept[0]


def test_of_an_accuracy_the_most_rows_are_kept(curve):
    assert curve.reaching(0.8).rows == 10
    assert curve.reaching(0.85).rows == 8
    assert curve.reaching(0.99).rows == 7


def test_what_cannot_be_had_is_none():
    hopeless = risk_coverage(np.array([0.5, 0.5]), np.array([True, False]))
    assert hopeless.without(0.1) is None
    assert hopeless.reaching(0.9) is None
