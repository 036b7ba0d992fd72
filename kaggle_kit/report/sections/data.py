"""The section on the data: the class balance, the findings of cleaning, distorted images."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from kaggle_kit.data.dataset import ImageSet
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
from kaggle_kit.report.contents import Missing, ReportData
from kaggle_kit.report.figures import BLUE, GREY, make_axes


def data_section(data: ReportData) -> Section:
    counts = np.bincount(data.oof.labels, minlength=data.oof.logits.shape[1])
    return Section(
        "data",
        "The data",
        [
            _findings(data),
            Picture(
                "class_balance",
                balance_figure(counts),
                f"Training images of each digit: from {counts.min():,} of {counts.argmin()} to "
                f"{counts.max():,} of {counts.argmax()}.",
            ),
            *_averages(data, counts),
            *_distorted(data),
        ],
    )


def balance_figure(counts: NDArray[np.int64]) -> Figure:
    """The number of images of each class; a line shows the mean number."""
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


def _findings(data: ReportData) -> str:
    sentences = [f"{len(data.oof.labels):,} labelled images are in the folds."]
    for name, part in (("train.csv", data.train), ("test.csv", data.test)):
        if isinstance(part, ImageSet):
            found = "; ".join(part.findings.describe()) or "nothing to repair"
            sentences.append(f"{name}, {part.csv_rows:,} rows: {found}.")
    return text(*sentences)


def _averages(data: ReportData, counts: NDArray[np.int64]) -> Iterator[str | Gallery]:
    yield heading("The average of each digit")
    if isinstance(data.train, Missing):
        yield missing(data.train.why)
        return
    images, total = data.train.images, counts.sum()
    tiles = [
        Tile(
            images[data.oof.labels == label].mean(axis=0).round().astype(np.uint8),
            f"The mean of the {count:,} images labelled {label}",
            f"{label}: {percent(count / total, 1)}",
        )
        for label, count in enumerate(counts)
        if count
    ]
    yield Gallery("average_digits", tiles)


def _distorted(data: ReportData) -> Iterator[str | Gallery]:
    yield heading("Images as seen in training")
    distorted = data.distorted
    if isinstance(distorted, Missing):
        yield missing(distorted.why)
        return
    yield text(
        "The first image is the original. The other images show it as in training: rotated, scaled,"
        " sheared, shifted and bent at random, differently in each epoch. The distortion has"
        f" {distorted.strength:g} times the full strength, as set by the chosen hyperparameters.",
    )
    tiles = [
        Tile(image, f"The same digit, distorted at random, {number}" if number else "A digit")
        for number, image in enumerate(distorted.images)
    ]
    yield Gallery("distorted_digits", tiles)
