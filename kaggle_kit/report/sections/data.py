"""The section on the data: how many of each digit, what cleaning found, what training sees."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from kaggle_kit.data.dataset import Digits
from kaggle_kit.report.components import (
    WIDTH,
    Gallery,
    Picture,
    Section,
    Tile,
    heading,
    missing,
    percent,
    text,
)
from kaggle_kit.report.contents import Absent, Material
from kaggle_kit.report.figures import BLUE, GREY, make_axes


def data_part(material: Material) -> Section:
    counts = np.bincount(material.oof.labels, minlength=material.oof.logits.shape[1])
    return Section(
        "data",
        "The data",
        [
            _findings(material),
            Picture(
                "class_balance",
                balance_figure(counts),
                f"Training images of each digit: between {counts.min():,} of {counts.argmin()} and "
                f"{counts.max():,} of {counts.argmax()}.",
            ),
            *_averages(material, counts),
            *_distorted(material),
        ],
    )


def balance_figure(counts: NDArray[np.int64]) -> Figure:
    """How many images each class has, and the share that equal classes would have as a line."""
    figure, axes = make_axes((WIDTH, 2.4))
    bars = axes.bar(range(len(counts)), counts, color=BLUE)
    axes.bar_label(
        bars, [f"{count:,}" for count in counts], label_type="center", color="white", fontsize=7
    )
    axes.axhline(counts.mean(), color=GREY, linestyle="--", linewidth=1)
    axes.set(xlabel="digit", ylabel="images", xticks=range(len(counts)))
    title = f"Between {counts.min():,} and {counts.max():,} images of a digit; dashed: the mean"
    axes.set_title(title, fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _findings(material: Material) -> str:
    sentences = [f"{len(material.oof.labels):,} labelled images are in the folds."]
    for name, digits in (("train.csv", material.train), ("test.csv", material.test)):
        if isinstance(digits, Digits):
            found = "; ".join(digits.findings.describe()) or "nothing to repair"
            sentences.append(f"{name}, {digits.rows:,} rows: {found}.")
    return text(*sentences)


def _averages(material: Material, counts: NDArray[np.int64]) -> Iterator[str | Gallery]:
    yield heading("The average of each digit")
    if isinstance(material.train, Absent):
        yield missing(material.train.why)
        return
    images, total = material.train.images, counts.sum()
    tiles = [
        Tile(
            images[material.oof.labels == label].mean(axis=0).round().astype(np.uint8),
            f"The mean of the {count:,} images labelled {label}",
            f"{label}: {percent(count / total, 1)}",
        )
        for label, count in enumerate(counts)
        if count
    ]
    yield Gallery("average_digits", tiles)


def _distorted(material: Material) -> Iterator[str | Gallery]:
    yield heading("What training sees")
    distorted = material.distorted
    if isinstance(distorted, Absent):
        yield missing(distorted.why)
        return
    yield text(
        "The first image as it is, then as training saw it: turned, scaled, sheared, shifted and"
        f" bent anew in each epoch, at {distorted.strength:g} times the full strength, as the"
        " chosen hyperparameters say.",
    )
    tiles = [
        Tile(image, f"The same digit, distorted at random, {number}" if number else "A digit")
        for number, image in enumerate(distorted.images)
    ]
    yield Gallery("distorted_digits", tiles)
