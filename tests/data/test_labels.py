import numpy as np
import pytest

from kaggle_kit.data.labels import encode, find_classes, from_one_hot
from kaggle_kit.errors import DataError


def place(row):
    return f"train.csv, line {row + 2}"


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["10", "9", "0"], ("0", "9", "10")),
        (["3.0", " 3", "007", "7"], ("3", "007", "7")),
        (["rose", "Aster", "rose"], ("Aster", "rose")),
        (["b", "2", "10", "a"], ("2", "10", "a", "b")),
        (["-1", "0.5", "-2"], ("-2", "-1", "0.5")),
    ],
)
def test_classes_are_in_the_order_of_numbers_and_of_the_alphabet(labels, classes):
    assert find_classes(labels, (), place) == classes


@pytest.mark.parametrize(
    ("label", "shown"),
    [("10", "'10'"), ("3.5", "'3.5'"), ("x" * 50, repr("x" * 40))],
)
def test_an_unexpected_label_is_shown_with_its_place(label, shown):
    with pytest.raises(DataError) as raised:
        find_classes(["1", label], tuple("0123456789"), place)

    expected = "0, 1, 2, 3, 4, 5, 6, 7, 8 or 9"
    assert str(raised.value) == f"train.csv, line 3: expected the label {expected}, found {shown}"


@pytest.mark.parametrize("label", ["", " ", "NaN", "null"])
def test_a_missing_label_is_an_error_with_its_place(label):
    with pytest.raises(DataError, match=r"^train\.csv, line 3: expected a label, found nothing$"):
        find_classes(["cat", label], (), place)


def test_a_declared_class_may_be_called_none():
    assert find_classes(["none", "rust"], ("none", "rust", "scab"), place)[0] == "none"


def test_there_is_nothing_to_learn_from_one_class():
    with pytest.raises(DataError, match="all images have the label 'cat'"):
        find_classes(["cat", "cat"], (), place)


def test_labels_become_indices_of_their_classes():
    assert encode(["7.0", "3"], ("3", "7")).tolist() == [1, 0]
    assert encode(["0"], tuple(map(str, range(256)))).dtype == np.uint8
    assert encode(["4250"], tuple(map(str, range(4251)))).tolist() == [4250]


def test_a_one_hot_row_is_the_class_of_its_one():
    table = {"rust": ["1", "0", "0.0"], "scab": ["0", "1", "1.0"]}
    assert from_one_hot(("rust", "scab"), table, place) == ["rust", "scab", "scab"]


@pytest.mark.parametrize(("rust", "scab"), [("0", "0"), ("1", "1"), ("2", "0"), ("1", "")])
def test_a_row_without_exactly_one_one_is_an_error(rust, scab):
    with pytest.raises(DataError, match="line 2: expected a 1 in one of rust or scab and 0 in the"):
        from_one_hot(("rust", "scab"), {"rust": [rust], "scab": [scab]}, place)
