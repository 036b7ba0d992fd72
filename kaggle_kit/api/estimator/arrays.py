"""A user's X and y become checked images and labels, and labels become the user's again."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_X_y, validate_data

from kaggle_kit.api.estimator.pixels import SHAPES, Range, shape_of, without_alpha
from kaggle_kit.api.job import Images
from kaggle_kit.competition.description import Competition, Kind, Layout, Metric
from kaggle_kit.competition.description import Images as ImageFiles
from kaggle_kit.data.cleaning import Findings
from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.errors import ArrayError, InputError, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

ARRAYS = "arrays"  # the slug of what is no competition at Kaggle
NO_FINDINGS = Findings()


def checked(
    estimator: Any, X: Any, y: Any = None, *, reset: bool
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """X and y as arrays that scikit-learn has checked.

    Parameters
    ----------
    X : array_like of shape (n, pixels), (n, height, width) or (n, height, width, channels)
    y : array_like of shape (n,), optional
    reset : bool
        Whether the features of `estimator` are set (fit), or compared (predict).

    Raises
    ------
    ArrayError
        A value is missing, infinite or no number, or the lengths differ.
    """
    X = _as_array(X)
    options = {"allow_nd": True, "dtype": "numeric", "ensure_min_samples": 2 if reset else 1}
    with _in_one_line():
        if _axes(X) <= 2:
            if reset:
                return validate_data(estimator, X, y, **options)  # type: ignore[no-any-return]
            return validate_data(estimator, X, reset=False, **options), None
        if reset:
            return check_X_y(X, y, estimator=estimator, **options)  # type: ignore[no-any-return]
        return check_array(X, estimator=estimator, input_name="X", **options), None


def _axes(X: Any) -> int:
    """The number of axes of X; of what only NumPy's own functions refuse, too."""
    shape = getattr(X, "shape", None)
    return len(shape) if shape is not None else np.asarray(X).ndim


def _as_array(X: Any) -> Any:
    """Lists of images as one array; what scikit-learn reads stays as it is."""
    if not isinstance(X, list | tuple) or not len(X):
        return X
    try:
        return np.asarray(X)
    except ValueError:
        shapes = sorted({str(np.shape(one)) for one in X if hasattr(one, "__array__")})
        some = f", such as {shapes[0]} and {shapes[1]}" if len(shapes) > 1 else ""
        raise ArrayError(
            f"the images have different shapes{some}", "resize them to one shape first"
        ) from None


@contextmanager
def _in_one_line() -> Iterator[None]:
    """Raise the errors of scikit-learn and NumPy as ArrayErrors of one line."""
    try:
        yield
    except InputError:
        raise
    except ValueError as error:
        first = str(error).strip().splitlines()[0].removesuffix(":")
        if "Expected 2D" in first:
            raise ArrayError(f"{first}. Reshape your data", SHAPES) from error
        raise ArrayError(first) from error


def class_texts(y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.integer], tuple[str, ...]]:
    """The classes of y in their order, the index of each label, and the classes as texts.

    Raises
    ------
    ArrayError
        y is continuous, has a single class, or labels that cannot be told apart as texts.
    """
    try:
        classes, indices = np.unique(y, return_inverse=True)
    except TypeError as error:
        raise ArrayError(
            f"the labels are of several types: {in_words(error)}",
            "make all of them texts: y.astype(str)",
        ) from None
    with _in_one_line():
        check_classification_targets(y)
    if len(classes) < 2:
        raise ArrayError(
            f"y has 1 class, {str(classes[0])!r}: a classifier needs 2 or more",
            "add images of another class",
        )
    names = tuple(str(one) for one in classes.tolist())
    if len(set(names)) < len(names):
        raise ArrayError("two classes of y are the same as texts", "give each class its own name")
    return classes, indices.astype(np.uint8 if len(classes) <= 256 else np.uint16), names


def to_images(
    X: NDArray[Any], image_shape: tuple[int, ...] | None, limits: Range
) -> NDArray[np.uint8]:
    """Checked values as images (n, height, width) or (n, height, width, 3), read-only, 0..255."""
    shape = shape_of(X.shape, image_shape)
    images = without_alpha(limits.to_bytes(X).reshape(len(X), *shape))
    if images.flags.writeable:
        images = images.view()
        images.flags.writeable = False
    return images


def _one_of(values: type[Kind | Metric], value: Any, name: str) -> str:
    if value not in list(values):
        raise ArrayError(f"{name} is {value!r}, expected one of {', '.join(values)}")
    return str(value)


def competition_of(
    image_shape: tuple[int, ...], limits: Range, kind: str | None, metric: str
) -> Competition:
    """The description that stands for arrays.

    Raises
    ------
    InputError
        There is no such kind or metric.
    """
    colour = len(image_shape) == 3
    usual = Kind.PHOTO if colour else Kind.GLYPH
    chosen = usual if kind is None else Kind(_one_of(Kind, kind, "kind"))
    by = Metric(_one_of(Metric, metric, "metric"))
    files = ImageFiles(
        Layout.NPZ,
        (image_shape[0], image_shape[1]),
        channels=3 if colour else 1,
        range=(limits.low, limits.high),
    )
    return Competition(ARRAYS, "Arrays", chosen, by, files)


def read(estimator: Any, X: Any, y: Any) -> tuple[Images, NDArray[Any], Range]:
    """X and y of a `fit` as images, the labels of the classes, and the range of the values.

    Raises
    ------
    ArrayError
        X or y cannot be used.
    """
    values, labels = checked(estimator, X, y, reset=True)
    assert labels is not None  # noqa: S101  scikit-learn has checked it
    classes, indices, names = class_texts(labels)
    limits = Range.of(values)
    images = to_images(values, estimator.image_shape, limits)
    competition = competition_of(
        images.shape[1:], limits, estimator.kind, estimator.metric or Metric.ACCURACY
    )
    return images_of(competition, images, indices, names), classes, limits


def changed(competition: Competition, kind: str | None, metric: str | None) -> Competition:
    """A competition with another kind or metric; raises ArrayError if there is no such."""
    asked = competition_of(
        (1, 1), Range(0, 255), kind or competition.kind, metric or competition.metric
    )
    return replace(competition, kind=asked.kind, metric=asked.metric)


def images_of(
    competition: Competition,
    images: NDArray[np.uint8],
    labels: NDArray[np.integer],
    names: tuple[str, ...],
) -> Images:
    """Arrays as the images of a job; there are no test images."""
    sha256 = hashlib.sha256(repr((images.shape, names)).encode())
    for part in (images, labels):
        sha256.update(np.ascontiguousarray(part).data)
    labels.flags.writeable = False
    train = ImageSet(images, labels, NO_FINDINGS, sha256.hexdigest(), names)
    nothing = images[:0]
    return Images(train, ImageSet(nothing, None, NO_FINDINGS, "none"), competition)
