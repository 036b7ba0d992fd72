import numpy as np
import pandas as pd
import pytest

from kaggle_kit.api.classifier import ImageClassifier
from kaggle_kit.api.estimator import arrays
from kaggle_kit.errors import ArrayError

X = np.arange(6 * 16, dtype=np.uint8).reshape(6, 4, 4)
Y = np.array(["b", "a", "b", "a", "c", "c"])


def read(images, labels, **parameters):
    return arrays.read(ImageClassifier(**parameters), images, labels)


@pytest.mark.parametrize(
    "given",
    [X, X.tolist(), list(X), X[..., None], X.reshape(6, 16), pd.DataFrame(X.reshape(6, 16))],
    ids=["array", "lists", "list of arrays", "one channel", "rows", "frame"],
)
def test_the_same_images_in_any_form(given):
    images, classes, _ = read(given, Y)
    assert images.train.images.shape == (6, 4, 4)
    assert images.train.images.dtype == np.uint8
    assert (np.diff(images.train.images.astype(int).ravel()) > 0).all()
    assert classes.tolist() == list(images.train.class_names) == ["a", "b", "c"]
    assert images.train.known_labels.tolist() == [1, 0, 1, 0, 2, 2]
    assert len(images.test.images) == 0


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([3, 1, 3, 1, -2, -2], ("-2", "1", "3")),
        ([1.0, 0.0] * 3, ("0.0", "1.0")),
        ([True, False] * 3, ("False", "True")),
        (pd.Series(["x", "y"] * 3, dtype="category"), ("x", "y")),
        (np.array(["x", "y"] * 3, dtype=object), ("x", "y")),
    ],
)
def test_labels_of_any_type_keep_it(labels, names):
    images, classes, _ = read(X, labels)
    assert images.train.class_names == names
    assert classes[images.train.known_labels].tolist() == list(labels)


def test_colour_is_a_photograph_and_grey_is_writing_unless_said_otherwise():
    colour = np.repeat(X[..., None], 3, axis=3)
    assert read(colour, Y)[0].problem.kind == "photo"
    assert read(X, Y)[0].problem.kind == "glyph"
    assert read(X, Y, kind="photo")[0].problem.kind == "photo"
    assert read(X, Y, metric="log_loss")[0].problem.metric == "log_loss"


NAN = X.astype(float)
NAN[0, 0, 0] = np.nan


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (NAN, Y, "Input X contains NaN."),
        (NAN.reshape(6, 16), Y, "Input X contains NaN."),
        (X, Y[:5], "Found input variables with inconsistent numbers of samples: [6, 5]"),
        (X, ["a"] * 6, "y has 1 class, 'a': a classifier needs 2 or more"),
        (X, np.linspace(0, 1, 6), "Unknown label type: continuous"),
        (X, None, "requires y to be passed"),
        (X[0], Y, "inconsistent numbers of samples: [4, 6]"),
        (X[:0], Y[:0], "0 sample(s)"),
        ([X[0], X[1][:3]], ["a", "b"], "different shapes, such as (3, 4) and (4, 4)"),
        ("images.zip", Y, "got scalar array instead. Reshape your data"),
        (X[0, 0], Y, "got 1D array instead. Reshape your data"),
        ([["a"], ["b"]], ["a", "b"], "not compatible with arrays of bytes/strings"),
        (X, np.array([1, "a", 1, "a", 1, "a"], dtype=object), "the labels are of several types"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(images, labels, message):
    with pytest.raises(ArrayError) as caught:
        read(images, labels)
    assert isinstance(caught.value, ValueError)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "drawing"}, "kind is 'drawing', expected one of glyph, photo"),
        ({"metric": "rmse"}, "metric is 'rmse', expected one of accuracy, macro_f1"),
    ],
)
def test_a_wrong_kind_or_metric_names_those_that_there_are(wrong, message):
    with pytest.raises(ArrayError, match=message):
        read(X, Y, **wrong)


def test_other_pixels_or_labels_are_other_data():
    hashes = {read(X, Y)[0].train.sha256, read(255 - X, Y)[0].train.sha256}
    hashes |= {read(X, Y[::-1])[0].train.sha256, read(X.transpose(0, 2, 1), Y)[0].train.sha256}
    assert len(hashes) == 4
    assert read(X.copy(), Y.copy())[0].train.sha256 in hashes
