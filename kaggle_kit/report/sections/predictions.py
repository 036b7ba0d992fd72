"""The section on the out-of-fold predictions: the accuracy, and the confused classes."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from kaggle_kit.evaluation.intervals import wilson
from kaggle_kit.evaluation.metrics import ConfusedPair, Evaluation, hardest_pairs
from kaggle_kit.report.components import (
    WIDTH,
    Picture,
    Section,
    between,
    heading,
    percent,
    table,
    text,
)
from kaggle_kit.report.contents import Missing, OutOfFold, ReportData
from kaggle_kit.report.figures import BLUE, GREY, ORANGE, make_axes
from kaggle_kit.report.words import Words

PAIRS = 8
MATRIX = 20  # classes that a picture of the confusion matrix has room for
SHOWN = 20  # classes that are shown; of more, those with the lowest recall
Counts = tuple[NDArray[np.int64], NDArray[np.int64]]  # correctly classified rows, and all rows
HEADER = ("class", "precision", "recall", "95% interval of the recall", "F1", "images")


def predictions_section(data: ReportData) -> Section:
    oof, words = data.oof, data.words
    counts = oof.evaluation.counts
    few = data.problem.classes <= MATRIX
    pairs = hardest_pairs(counts, PAIRS)
    rows = np.asarray(counts.sum(axis=1))
    by_class = (counts.diagonal(), rows)
    by_fold = oof.fold_counts
    lowest = lowest_classes(by_class)
    some = "" if few else f": the {len(lowest)} {words.many} with the lowest recall"
    report = list(_report(oof.evaluation, words, lowest))
    return Section(
        "predictions",
        "Correct and wrong predictions",
        [
            text(
                "Here, each image is classified by the networks of the fold that held it out. They",
                "did not train on the image.",
                _choice(data),
            ),
            *([_matrix(oof.evaluation, words, pairs)] if few else []),
            table(
                "The most frequent mistakes",
                (
                    f"true {words.one}",
                    f"{words.read} as",
                    "how often",
                    f"share of the true {words.one}",
                ),
                (
                    (words.name(true), words.name(read), f"{n:,}", percent(n / rows[true]))
                    for true, read, n in pairs
                ),
            )
            if pairs
            else text("There are no mistakes."),
            heading("By class and by fold"),
            Picture(
                "scores",
                scores_figure(_only(by_class, lowest, words), by_fold, oof.fold_names, words.one),
                f"Accuracy by {words.one} and by fold with 95% intervals. The lowest are "
                f"{words.one} {_lowest(by_class, words)}, and fold {_lowest(by_fold)}.",
            ),
            table(
                f"Classification report, out of fold{some}", HEADER, report[:-2], foot=report[-2:]
            ),
            _fold_table(data),
            text(
                "Intervals are those of Wilson (1927), at 95%. They show how much a share may",
                "vary by chance in the choice of images. They do not show how much it may vary",
                "between training runs.",
                kind="note",
            ),
        ],
    )


class ByClass(NamedTuple):
    """Correctly classified rows and all rows of some classes, and what to call these."""

    counts: Counts
    names: list[str]


def lowest_classes(by_class: Counts) -> NDArray[np.intp]:
    """At most SHOWN classes, in their order: of more, those with the lowest recall."""
    hits, rows = by_class
    if len(rows) <= MATRIX:
        return np.arange(len(rows))
    recall = np.where(rows > 0, hits / np.maximum(rows, 1), np.inf)
    known = min(SHOWN, int((rows > 0).sum()))
    return np.sort(np.lexsort((-rows, recall))[:known])


def _only(by_class: Counts, chosen: NDArray[np.intp], words: Words) -> ByClass:
    hits, rows = by_class
    return ByClass((hits[chosen], rows[chosen]), [words.short(int(label)) for label in chosen])


def _matrix(found: Evaluation, words: Words, pairs: list[ConfusedPair]) -> Picture:
    confusion = found.confusion
    return Picture(
        "confusion_matrix", confusion_figure(confusion, words), _describe(confusion, pairs, words)
    )


def _choice(data: ReportData) -> str:
    """What the choice of the hyperparameters does to the figures."""
    if data.best.blend:
        return (
            "The hyperparameters of its runs were chosen on the same folds, so the figures are"
            " likely slightly too good. The weights of the runs were not found on these images:"
            " those for the images of a fold are from the other folds."
        )
    if isinstance(data.trials, Missing):
        return (
            "The hyperparameters are from a best.json. If they were chosen on these images, the"
            " figures are slightly too good."
        )
    if data.trials["mean_test_score"].notna().sum() < 2:
        return "The search scored one trial, so no choice among trials makes the figures too good."
    return (
        "The hyperparameters were chosen on the same folds, so the figures are likely slightly too"
        " good."
    )


def confusion_figure(confusion: NDArray[np.int64], words: Words) -> Figure:
    """A confusion matrix: the counts, with the rate within the true class below each count."""
    figure, axes = make_axes((WIDTH, WIDTH))
    rates = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    mistakes = rates - np.diag(np.diag(rates))
    axes.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(mistakes.max(), 1e-9))
    for (true, predicted), count in np.ndenumerate(confusion):
        dark = mistakes[true, predicted] > 0.6 * mistakes.max() > 0
        own = true == predicted
        axes.text(
            predicted,
            true,
            f"{count:,}\n{100 * rates[true, predicted]:.{1 if own else 2}f}%" if count else "·",
            ha="center",
            va="center",
            fontsize=min(6.5, 70 / len(confusion)),
            linespacing=1.3,
            color="white" if dark else "black",
            weight="bold" if own else "normal",
        )
    names = [words.short(label) for label in range(len(confusion))]
    turned = 0 if max(map(len, names)) < 3 else 90
    axes.set_xticks(range(len(names)), names, rotation=turned)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel=f"{words.read} as", ylabel=f"true {words.one}")
    wrong = int(confusion.sum() - np.trace(confusion))
    title = f"{wrong:,} of {confusion.sum():,} images are {words.read} wrongly"
    axes.set_title(f"{title}\ncounts; % and colour: share of the true {words.one}", fontsize=10)
    return figure


def scores_figure(by_class: ByClass, by_fold: Counts, folds: list[int], one: str) -> Figure:
    """Accuracy by class and by fold, with intervals; a line shows the accuracy over all rows.

    Names of classes that are longer than two characters stand one below the other.
    """
    names, upright = by_class.names, max(map(len, by_class.names)) < 3
    if upright:
        figure = Figure(figsize=(WIDTH, 3.2), layout="constrained")
        parts = figure.subplots(1, 2, sharey=True, width_ratios=(2, 1))
    else:
        size = (WIDTH, 1.6 + 0.22 * (len(names) + len(folds)))
        figure = Figure(figsize=size, layout="constrained")
        parts = figure.subplots(2, 1, sharex=True, height_ratios=(len(names), len(folds)))
    total = 100 * by_fold[0].sum() / by_fold[1].sum()
    for axes, (hits, rows), ticks, kind, colour in (
        (parts[0], by_class.counts, names, one, BLUE),
        (parts[1], by_fold, [str(fold) for fold in folds], "fold", ORANGE),
    ):
        share = hits / np.maximum(rows, 1)
        low, high = wilson(hits, rows)
        known = rows > 0
        places, values = np.arange(len(rows))[known], 100 * share[known]
        reach = [100 * (share - low)[known], 100 * (high - share)[known]]
        equal = known.sum() > 1 and len(set(share[known].tolist())) == 1
        lowest = f"lowest: {kind} {ticks[_lowest_place((hits, rows))]}"
        axes.set_title("all equal" if equal else lowest, fontsize=10)
        if upright:
            axes.errorbar(places, values, reach, fmt="o", color=colour, capsize=3)
            axes.axhline(total, color=GREY, linewidth=1, linestyle="--")
            axes.set_xlabel(kind)
            axes.set_xticks(range(len(rows)), ticks)
        else:
            axes.errorbar(values, places, xerr=reach, fmt="o", color=colour, capsize=3)
            axes.axvline(total, color=GREY, linewidth=1, linestyle="--")
            axes.set_ylabel(kind)
            axes.set_yticks(range(len(rows)), ticks, fontsize=8)
            axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.grid(alpha=0.3, axis="y" if upright else "x")
        axes.spines[["top", "right"]].set_visible(False)
    label = "accuracy (%), 95% interval"
    if not upright:
        parts[1].set_xlabel(f"{label}; dashed: all images")
        return figure
    parts[0].set_ylabel(label)
    parts[0].annotate(
        "all",
        (1, total),
        (3, 0),
        xycoords=("axes fraction", "data"),
        color=GREY,
        textcoords="offset points",
        fontsize=8,
        va="center",
    )
    return figure


def _report(found: Evaluation, words: Words, chosen: NDArray[np.intp]) -> Iterator[tuple[str, ...]]:
    counts = found.counts
    hits = counts.diagonal()
    rows, read = np.asarray(counts.sum(axis=1)), np.asarray(counts.sum(axis=0))
    recall = hits / np.maximum(rows, 1)
    precision = hits / np.maximum(read, 1)
    f1 = 2 * hits / np.maximum(rows + read, 1)
    for label in chosen.tolist():
        low, high = wilson(hits[label], rows[label])
        yield (
            words.name(label),
            percent(precision[label]),
            percent(recall[label]),
            between(low, high),
            percent(f1[label]),
            f"{rows[label]:,}",
        )
    total = int(rows.sum())
    all_low, all_high = wilson(hits.sum(), total)
    whole = "mean" if len(chosen) == len(rows) else "mean of all classes"
    yield (whole, *map(percent, (precision.mean(), recall.mean())), "", percent(f1.mean()), "")
    accuracy = percent(hits.sum() / total)
    yield ("all", accuracy, accuracy, between(all_low, all_high), accuracy, f"{total:,}")


def _fold_table(data: ReportData) -> str:
    """The accuracy of each fold, and its score where the competition has another metric."""
    oof, measured = data.oof, data.measured
    header = ["fold", "images", "mistakes", "accuracy", "95% interval"]
    if measured.is_accuracy:
        return table("Accuracy by fold", header, _fold_rows(oof))
    rows = (
        (*row, measured.text(score))
        for row, score in zip(_fold_rows(oof), oof.evaluation.fold_scores, strict=True)
    )
    words = measured.words
    return table(f"Accuracy and {words} by fold", [*header, words], rows)


def _fold_rows(oof: OutOfFold) -> Iterator[tuple[str, ...]]:
    hits, rows = oof.fold_counts
    low, high = wilson(hits, rows)
    for name, right, total, least, most in zip(oof.fold_names, hits, rows, low, high, strict=True):
        yield (
            str(name),
            f"{total:,}",
            f"{total - right:,}",
            percent(right / total),
            between(least, most),
        )


def _describe(confusion: NDArray[np.int64], pairs: list[ConfusedPair], words: Words) -> str:
    wrong = int(confusion.sum() - np.trace(confusion))
    common = ", ".join(
        f"{words.quoted(true)} {words.read} as {words.quoted(read)} {count} times"
        for true, read, count in pairs[:3]
    )
    most = f"; most often {common}" if common else ""
    return (
        f"Confusion matrix: {wrong:,} of {confusion.sum():,} images are {words.read} wrongly{most}."
    )


def _lowest_place(counts: Counts) -> int:
    hits, rows = counts
    return int(np.where(rows > 0, hits / np.maximum(rows, 1), np.inf).argmin())


def _lowest(counts: Counts, words: Words | None = None) -> str:
    place = _lowest_place(counts)
    name = words.quoted(place) if words else str(place)
    return f"{name} with {percent(counts[0][place] / counts[1][place])}"
