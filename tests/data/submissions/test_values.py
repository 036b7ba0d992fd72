import dataclasses

import pytest
from forms import ANIMALS, AUC, BEST_TWO, LABEL, PROBABILITIES

from kaggle_kit.data.submissions.form import declared_form
from kaggle_kit.data.submissions.values import Values

NUMBERS = ("0", "3", "10")


def read(described, field, classes=ANIMALS):
    form = dataclasses.replace(declared_form(described), classes=classes)
    return Values(form).read(["said"], [field])[0]


@pytest.mark.parametrize(
    ("described", "field", "classes", "wanted"),
    [
        (LABEL, "cat", ANIMALS, "cat"),
        (LABEL, " cat ", ANIMALS, "cat"),
        (LABEL, "3.0", NUMBERS, "3"),
        (LABEL, "anything", (), "anything"),
        (LABEL, "a, b", ("a, b", "c"), "a, b"),
        (BEST_TWO, "dog  cat", ANIMALS, "dog cat"),
        (BEST_TWO, "10.0", NUMBERS, "10"),
        (PROBABILITIES, "0,5", ANIMALS, "0.5"),
        (PROBABILITIES, "1e-9", ANIMALS, "1e-9"),
        (PROBABILITIES, " .5", ANIMALS, ".5"),
        (AUC, "-3.5", ANIMALS, "-3.5"),
    ],
)
def test_a_field_gets_one_spelling(described, field, classes, wanted):
    assert read(described, field, classes) == wanted


@pytest.mark.parametrize(
    ("described", "field", "message"),
    [
        (LABEL, "Cat", "said is 'Cat', expected cat, dog or eel"),
        (LABEL, "", "said is empty, expected cat, dog or eel"),
        (BEST_TWO, "cat dog eel", "expected 1 to 2 labels, separated by spaces"),
        (BEST_TWO, " ", "said is empty, expected 1 to 2 labels"),
        (BEST_TWO, "cat cat", "expected different labels"),
        (BEST_TWO, "cat,dog", "said is 'cat,dog', expected 1 to 2 labels, separated by spaces: c"),
        (PROBABILITIES, "nan", "said is 'nan', expected a probability, 0 to 1"),
        (PROBABILITIES, "inf", "expected a probability"),
        (PROBABILITIES, "1.01", "expected a probability"),
        (PROBABILITIES, "-0.1", "expected a probability"),
        (PROBABILITIES, "0_1", "expected a probability"),
        (PROBABILITIES, "", "said is empty, expected a probability"),
        (AUC, "nan", "said is 'nan', expected a number"),
    ],
)
def test_a_field_that_kaggle_would_refuse_is_told_with_its_column(described, field, message):
    with pytest.raises(ValueError, match=message):
        read(described, field)


def test_without_classes_a_label_must_still_be_there():
    with pytest.raises(ValueError, match="said is empty, expected a label"):
        read(LABEL, " ", ())
