"""The section on the data: findings, test images against training images, classes, distortion."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from kaggle_kit.competition.description import Kind
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
from kaggle_kit.report.contents import Distorted, Missing, ReportData
from kaggle_kit.report.figures import BLUE, GREY, make_axes
from kaggle_kit.report.places import place
from kaggle_kit.report.words import Words

SHOWN = 20  # classes; of more, the largest and the smallest
OF_EACH = 5  # examples of a class, if there are few classes


def data_section(data: ReportData) -> Section:
    words = data.words
    counts = np.bincount(data.oof.labels, minlength=data.problem.classes)
    few, most = int(counts.argmin()), int(counts.argmax())
    return Section(
        "data",
        "The data",
        [
            _findings(data),
            *_comparison(data),
            Picture(
                "class_balance",
                balance_figure(counts, words),
                f"Training images of each {words.one}: from {counts[few]:,} of "
                f"{words.quoted(few)} to {counts[most]:,} of {words.quoted(most)}.",
            ),
            *(_averages(data, counts) if data.is_ink else _examples(data, counts)),
            *_distorted(data),
        ],
    )


def shown_classes(counts: NDArray[np.int64]) -> NDArray[np.intp]:
    """All classes in their order; of more than SHOWN, the largest and the smallest by size."""
    if len(counts) <= SHOWN:
        return np.arange(len(counts))
    by_size = np.argsort(-counts, kind="stable")
    return np.concatenate([by_size[: SHOWN // 2], by_size[-SHOWN // 2 :]])


def balance_figure(counts: NDArray[np.int64], words: Words) -> Figure:
    """The number of images of each class; a line shows the mean number."""
    chosen = shown_classes(counts)
    names, sizes = [words.short(int(label)) for label in chosen], counts[chosen]
    upright = max(map(len, names)) < 3
    figure, axes = make_axes((WIDTH, 2.4 if upright else 1.0 + 0.22 * len(names)))
    places = range(len(names))
    labels = [f"{count:,}" for count in sizes]
    if upright:
        bars = axes.bar(places, sizes, color=BLUE)
        axes.bar_label(bars, labels, label_type="center", color="white", fontsize=7)
        axes.axhline(counts.mean(), color=GREY, linestyle="--", linewidth=1)
        axes.set(xlabel=words.one, ylabel="images")
        axes.set_xticks(places, names)
    else:
        bars = axes.barh(places, sizes, color=BLUE)
        axes.bar_label(bars, labels, padding=2, fontsize=7)
        axes.axvline(counts.mean(), color=GREY, linestyle="--", linewidth=1)
        axes.set(xlabel="images", ylim=(len(names) - 0.4, -0.6))
        axes.set_yticks(places, names, fontsize=8)
    title = f"Between {counts.min():,} and {counts.max():,} images of a {words.one}"
    title += "; dashed: the mean"
    if len(chosen) < len(counts):
        half = SHOWN // 2
        title += f"\nthe {half} largest and the {half} smallest of {len(counts):,} {words.many}"
    axes.set_title(title, fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _findings(data: ReportData) -> str:
    sentences = [f"{len(data.oof.labels):,} labelled images are in the folds."]
    parts = zip(data.competition.part_names, (data.train, data.test), strict=True)
    for name, part in parts:
        if isinstance(part, ImageSet):
            found = "; ".join(part.findings.describe()) or "nothing to repair"
            what = f"{name}, {part.csv_rows:,} rows"
            if not name.endswith(".csv"):
                what = f"{part.csv_rows:,} {'test' if part is data.test else 'training'} images"
            sentences.append(f"{what}: {found}.")
    return text(*sentences)


def _comparison(data: ReportData) -> Iterator[str]:
    """Near-duplicates, and how the test images differ from the training images."""
    if isinstance(data.comparison, Missing):
        return
    alike, shift = data.comparison.alike, data.comparison.shift
    if isinstance(alike, Missing):
        yield missing(alike.why)
    elif alike:
        rows = sum(map(len, alike))
        several = sum(len(np.unique(data.oof.labels[group])) > 1 for group in alike)
        yield text(
            f"{rows:,} training images are nearly the same as others, in {len(alike):,}"
            f" group{'s'[: len(alike) != 1]}.",
            f"Groups with different labels: {several:,}." if several else "",
        )
    else:
        yield text("No training image is nearly the same as another.")
    yield heading("Training images and test images")
    if isinstance(shift, Missing):
        yield missing(shift.why)
        return
    described = shift.describe()
    yield text(
        f"{described[0].upper()}{described[1:]}. The 95% interval is {shift.low:.2f} to"
        f" {shift.high:.2f}. The classifier is gradient boosting on principal components, judged"
        f" out of fold on {shift.train_rows:,} training and {shift.test_rows:,} test images"
        " (adversarial validation: Pan and others, 2020).",
    )


def _averages(data: ReportData, counts: NDArray[np.int64]) -> Iterator[str | Gallery]:
    words = data.words
    yield heading(f"The average of each {words.one}")
    if isinstance(data.train, Missing):
        yield missing(data.train.why)
        return
    images, total = data.train.images, counts.sum()
    tiles = [
        Tile(
            images[data.oof.labels == label].mean(axis=0).round().astype(np.uint8),
            f"The mean of the {counts[label]:,} images labelled {words.name(label)}",
            f"{words.short(label)}: {percent(counts[label] / total, 1)}",
        )
        for label in shown_classes(counts).tolist()
        if counts[label]
    ]
    yield Gallery(f"average_{words.images}", tiles)


def _examples(data: ReportData, counts: NDArray[np.int64]) -> Iterator[str | Gallery]:
    """The first images of each class, where an average would show nothing."""
    words = data.words
    yield heading(f"Images of each {words.one}")
    if isinstance(data.train, Missing):
        yield missing(data.train.why)
        return
    chosen = shown_classes(counts).tolist()
    each = OF_EACH if len(chosen) <= SHOWN // 2 else 2
    rows = [
        row for label in chosen for row in np.flatnonzero(data.oof.labels == label)[:each].tolist()
    ]
    labels = data.oof.labels[rows].tolist()
    tiles = [
        Tile(
            data.train.images[row],
            f"A training image labelled {words.name(label)}, {place(data, row)}",
            words.short(label),
            photo=True,
        )
        for row, label in zip(rows, labels, strict=True)
    ]
    yield Gallery("examples", tiles)


def _distorted(data: ReportData) -> Iterator[str | Gallery]:
    yield heading("Images as seen in training")
    distorted = data.distorted
    if isinstance(distorted, Missing):
        yield missing(distorted.why)
        return
    is_photo = data.problem.kind == Kind.PHOTO
    yield text(
        "The first image is the original. The other images show it as in training:"
        f" {_changes(distorted, photo=is_photo)} at random, differently in each epoch."
        + (
            f" The distortion has {distorted.strength:g} times the full strength, as set by the"
            " chosen hyperparameters."
            if distorted.strength
            else ""
        ),
    )
    of = data.words.image
    tiles = [
        Tile(
            image,
            f"The same {of}, distorted at random, {number}" if number else f"The original {of}",
            photo=not data.is_ink,
        )
        for number, image in enumerate(distorted.images)
    ]
    yield Gallery(f"distorted_{data.words.images}", tiles)


def _changes(distorted: Distorted, *, photo: bool) -> str:
    changes = ["rotated", "scaled", "sheared", "shifted"] if distorted.strength else []
    changes += ["bent"] if distorted.strength and not photo else []
    changes += ["mirrored"] if distorted.mirror else []
    changes += ["changed in colour"] if distorted.jitter else []
    *before, last = changes
    return f"{', '.join(before)} and {last}" if before else last
