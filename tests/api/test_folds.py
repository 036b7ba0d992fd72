import dataclasses

import numpy as np
import pytest

from kaggle_kit.api.folds import folds_for
from kaggle_kit.training.folds import make_folds


class Notes:
    def __init__(self):
        self.said = []

    def note(self, text):
        self.said.append(text)


@pytest.fixture
def doubled(digits):
    """The images, and the first five once more with a slightly darker pixel."""
    again = digits.images[:5] - (digits.images[:5] > 200).astype(np.uint8)
    images = np.concatenate([digits.images, again])
    labels = np.concatenate([digits.labels, digits.labels[:5]])
    return dataclasses.replace(digits, images=images, labels=labels)


def test_without_near_duplicates_the_folds_are_those_of_the_labels(digits):
    notes = Notes()
    folds = folds_for(digits, 4, 7, notes)

    assert notes.said == []
    np.testing.assert_array_equal(folds, make_folds(digits.labels, 4, 7))


def test_images_that_are_nearly_the_same_are_told_and_stay_in_one_fold(doubled):
    notes = Notes()
    folds = folds_for(doubled, 4, 7, notes)

    np.testing.assert_array_equal(folds[:5], folds[-5:])
    (said,) = notes.said
    assert said.startswith("10 training images are nearly the same as others, in 5 groups;")


def test_groups_and_near_duplicates_are_kept_together(doubled):
    """The copies are of other groups than their originals, so both groups are in one fold."""
    groups = np.arange(len(doubled.images)) // 10
    folds = folds_for(dataclasses.replace(doubled, groups=groups), 4, 7, Notes())

    for group in np.unique(groups):
        assert len(set(folds[groups == group])) == 1
    np.testing.assert_array_equal(folds[:5], folds[-5:])
    assert set(folds) == {0, 1, 2, 3}
