"""Accuracy on altered images, and by handwriting as it varies within the data.

table = measure(predictor.out_of_fold_logits, digits.images, read_arrays(run.oof))

Each image is classified only by networks that did not train on it. For an altered image, they also
did not train on its original. Labels are decided on as in a submission, by what was found on the
other folds. The alterations, and their severity in steps, follow Hendrycks and
Dietterich, "Benchmarking neural network robustness to common corruptions and perturbations" (2019).
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kaggle_kit.evaluation.decisions import choose_decision
from kaggle_kit.evaluation.intervals import wilson
from kaggle_kit.evaluation.metrics import Labels, Logits
from kaggle_kit.evaluation.robustness import handwriting
from kaggle_kit.evaluation.robustness.perturbations import PERTURBATIONS, Alterations, Images
from kaggle_kit.evaluation.scores import METRICS

Judge = Callable[[Images, NDArray[np.int8]], Logits]
COLUMNS = ["kind", "handwriting", "rows", "right", "accuracy", "low", "high"]
ALTERED, WRITTEN = "altered", "written"
ROWS = 1000  # number of rows that are altered
SEED = 0
THIRDS = ("lowest third", "middle third", "highest third")
MEASURES = {
    "slant": (handwriting.slant, "{:.0f}°"),
    "stroke width": (handwriting.stroke_width, "{:.1f} pixels"),
    "breadth": (handwriting.breadth, "{:.2f} of the height"),
}


def measure(
    judge: Judge,
    images: Images,
    oof: Mapping[str, NDArray[Any]],
    alterations: Alterations = PERTURBATIONS,
    *,
    metric: str = "accuracy",
) -> pd.DataFrame:
    """Measure accuracy on ROWS rows altered in each way, and on all rows by thirds of handwriting.

    Parameters
    ----------
    judge : callable
        Maps uint8 images (n, height, width), and the fold that held out each image, to float32
        logits (n, classes).
    images : uint8 array of shape (rows, height, width) or (rows, height, width, 3), 0..255
    oof : mapping
        The arrays of oof.npz: the logits, labels and fold of each image.
    alterations : mapping
        By default those of handwriting. With others, there are no thirds, because the images are
        not light ink on black.
    metric : str
        Where it judges labels, they are those that it rewards; elsewhere, and for accuracy, the
        classes with the largest logits.

    Returns
    -------
    DataFrame with COLUMNS
        One row for each kind of handwriting; the first row is the unaltered images. `low` and
        `high` bound the 95% interval of Wilson, "Probable inference, the law of succession, and
        statistical inference" (1927).
    """
    chosen = choose(oof["labels"])
    folds, labels = oof["fold"][chosen], oof["labels"][chosen]
    of_labels = metric if METRICS[metric].of_labels else "accuracy"
    decision = choose_decision(of_labels, oof["logits"], oof["labels"], oof["fold"])

    def read(some: Images) -> NDArray[np.int64]:
        return decision.decide(judge(some, folds), folds)

    altered = perturbed(read, images[chosen], labels, alterations)
    if alterations is not PERTURBATIONS:
        return altered
    written = by_thirds(images, oof["labels"], decision.labels == oof["labels"])
    return pd.concat([altered, written], ignore_index=True)


def is_current(table: pd.DataFrame, alterations: Alterations = PERTURBATIONS) -> bool:
    """Whether a table has the columns and the alterations of the current `measure`."""
    if list(table.columns) != COLUMNS:
        return False
    return list(table[table["kind"] == ALTERED]["handwriting"]) == list(alterations)


def choose(labels: Labels, count: int = ROWS) -> NDArray[np.intp]:
    """Choose at most `count` row numbers, ascending; always the same ones.

    They are stratified by class, unless there are too many classes or too few rows of one.
    """
    from sklearn.model_selection import train_test_split  # slow to import

    rows = np.arange(len(labels))
    if len(rows) <= count:
        return rows
    sizes = np.unique(labels, return_counts=True)[1]
    possible = sizes.min() > 1 and len(sizes) <= min(count, len(rows) - count)
    stratify = labels if possible else None
    chosen, _ = train_test_split(rows, train_size=count, stratify=stratify, random_state=SEED)
    return np.sort(chosen)


def perturbed(
    read: Callable[[Images], NDArray[np.int64]],
    images: Images,
    labels: Labels,
    alterations: Alterations = PERTURBATIONS,
) -> pd.DataFrame:
    """Count the images (n, height, width[, 3]) whose labels `read` finds after each alteration."""
    right = {name: read(alter(images)) == labels for name, alter in alterations.items()}
    return _table(ALTERED, right)


def by_thirds(images: Images, labels: Labels, right: NDArray[np.bool_]) -> pd.DataFrame:
    """The share of `right` (n,) in each third of each measure of handwriting.

    The thirds are formed within each class, so that all thirds contain the same digits. The name of
    a third includes its median.
    """
    groups = {}
    for measured, (of, form) in MEASURES.items():
        values = of(images)
        third = thirds(values, labels)
        for number, name in enumerate(THIRDS):
            middle = form.format(np.median(values[third == number])).replace("-", "−")
            groups[f"{measured}, {name} ({middle})"] = right[third == number]
    return _table(WRITTEN, groups)


def thirds(values: NDArray[np.floating], labels: Labels) -> NDArray[np.int8]:
    """0, 1 or 2: whether a value is in the lowest, middle or highest third of its class."""
    third = np.empty(len(values), dtype=np.int8)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        order = rows[np.argsort(values[rows], kind="stable")]
        third[order] = 3 * np.arange(len(rows)) // len(rows)
    return third


def _table(kind: str, groups: Mapping[str, NDArray[np.bool_]]) -> pd.DataFrame:
    rows = [(kind, name, *_counted(right)) for name, right in groups.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def _counted(right: NDArray[np.bool_]) -> tuple[float, ...]:
    low, high = wilson(right.sum(), len(right))
    shares = (round(float(share), 4) for share in (right.mean(), low, high))
    return len(right), int(right.sum()), *shares
