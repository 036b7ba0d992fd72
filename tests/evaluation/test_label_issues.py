import numpy as np

from kaggle_kit.evaluation.label_issues import likely_labels

# The mean probability of their own class is 0.8 for the rows labelled 0, and 0.7 for those of 1.
PROBABILITIES = np.array(
    [[0.95, 0.05], [0.95, 0.05], [0.5, 0.5], [0.05, 0.95], [0.1, 0.9], [0.75, 0.25]]
)


def test_a_row_that_is_as_surely_of_another_class_as_its_own_rows_is_in_doubt():
    labels = np.array([0, 0, 0, 1, 1, 1])
    assert likely_labels(PROBABILITIES, labels).tolist() == [0, 0, 0, 1, 1, 1]
    surer = PROBABILITIES.copy()
    surer[5] = [0.99, 0.01]
    assert likely_labels(surer, labels).tolist() == [0, 0, 0, 1, 1, 0]


def test_the_more_probable_of_two_such_classes_is_taken_and_of_none_the_label():
    probabilities = np.array(
        [[0.48, 0.52, 0], [0.4, 0.6, 0], [0.1, 0.4, 0.5], [0.1, 0.5, 0.4], [0.52, 0.48, 0]]
    )
    # A row qualifies for class 0 from a probability of 0.44, and for class 1 from 0.46.
    assert likely_labels(probabilities, np.array([0, 0, 1, 1, 1])).tolist() == [1, 1, 1, 1, 0]


def test_a_class_without_rows_is_never_likely():
    probabilities = np.array([[0.1, 0.9], [0.2, 0.8]])
    assert likely_labels(probabilities, np.array([0, 0])).tolist() == [0, 0]
