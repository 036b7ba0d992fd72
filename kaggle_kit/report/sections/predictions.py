"""The section on the out-of-fold predictions: the accuracy, and the confused digits."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from kaggle_kit.evaluation.intervals import wilson
from kaggle_kit.evaluation.metrics import ConfusedPair, hardest_pairs
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
from kaggle_kit.report.contents import Missing, ReportData
from kaggle_kit.report.figures import BLUE, GREY, ORANGE, make_axes

PAIRS = 8
Counts = tuple[NDArray[np.int64], NDArray[np.int64]]  # correctly classified rows, and all rows
HEADER = ("class", "precision", "recall", "95% interval of the recall", "F1", "images")


def predictions_section(data: ReportData) -> Section:
    oof = data.oof
    classes = range(oof.logits.shape[1])
    confusion = confusion_matrix(oof.labels, oof.predicted, labels=classes)
    pairs = hardest_pairs(confusion, PAIRS)
    report = list(_report(confusion))
    by_class = (np.diag(confusion), confusion.sum(axis=1))
    by_fold = oof.fold_counts
    return Section(
        "predictions",
        "Correct and wrong predictions",
        [
            text(
                "Here, each image is classified by the networks of the fold that held it out. They",
                "did not train on the image.",
                _choice(data),
            ),
            Picture("confusion_matrix", confusion_figure(confusion), _describe(confusion, pairs)),
            table(
                "The most frequent mistakes",
                ("true digit", "read as", "how often", "share of the true digit"),
                (
                    (true, read, f"{count:,}", percent(count / confusion[true].sum()))
                    for true, read, count in pairs
                ),
            )
            if pairs
            else text("There are no mistakes."),
            heading("By class and by fold"),
            Picture(
                "scores",
                scores_figure(by_class, by_fold, oof.fold_names),
                f"Accuracy by digit and by fold with 95% intervals. The lowest are digit "
                f"{_lowest(by_class)}, and fold {_lowest(by_fold)}.",
            ),
            table("Classification report, out of fold", HEADER, report[:-2], foot=report[-2:]),
            table(
                "Accuracy by fold",
                ("fold", "images", "mistakes", "accuracy", "95% interval"),
                _fold_rows(oof.fold_names, *by_fold),
            ),
            text(
                "Intervals are those of Wilson (1927), at 95%. They show how much a share may",
                "vary by chance in the choice of images. They do not show how much it may vary",
                "between training runs.",
                kind="note",
            ),
        ],
    )


def _choice(data: ReportData) -> str:
    """What the choice of the hyperparameters does to the figures."""
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


def confusion_figure(confusion: NDArray[np.int64]) -> Figure:
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
            fontsize=6.5,
            linespacing=1.3,
            color="white" if dark else "black",
            weight="bold" if own else "normal",
        )
    ticks = range(len(confusion))
    axes.set(xticks=ticks, yticks=ticks, xlabel="read as", ylabel="true digit")
    wrong = int(confusion.sum() - np.trace(confusion))
    title = f"{wrong:,} of {confusion.sum():,} images are read wrongly"
    axes.set_title(f"{title}\ncounts; % and colour: share of the true digit", fontsize=10)
    return figure


def scores_figure(by_class: Counts, by_fold: Counts, names: list[int]) -> Figure:
    """Accuracy by class and by fold, with intervals; a line shows the accuracy over all rows."""
    figure = Figure(figsize=(WIDTH, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(2, 1))
    classes = range(len(by_class[0]))
    total = by_class[0].sum() / by_class[1].sum()
    for axes, counts, ticks, kind, colour in (
        (left, by_class, classes, "digit", BLUE),
        (right, by_fold, names, "fold", ORANGE),
    ):
        hits, rows = counts
        share = hits / np.maximum(rows, 1)
        low, high = wilson(hits, rows)
        known = rows > 0
        places = np.arange(len(rows))[known]
        reach = [100 * (share - low)[known], 100 * (high - share)[known]]
        axes.errorbar(places, 100 * share[known], reach, fmt="o", color=colour, capsize=3)
        axes.axhline(100 * total, color=GREY, linewidth=1, linestyle="--")
        axes.set_xlabel(kind)
        equal = known.sum() > 1 and len(set(share[known].tolist())) == 1
        lowest = f"lowest: {kind} {ticks[_lowest_place(counts)]}"
        axes.set_title("all equal" if equal else lowest, fontsize=10)
        axes.set_xticks(range(len(rows)), [str(tick) for tick in ticks])
        axes.grid(alpha=0.3, axis="y")
        axes.spines[["top", "right"]].set_visible(False)
    left.set_ylabel("accuracy (%), 95% interval")
    left.annotate(
        "all",
        (1, 100 * total),
        (3, 0),
        xycoords=("axes fraction", "data"),
        color=GREY,
        textcoords="offset points",
        fontsize=8,
        va="center",
    )
    return figure


def _report(confusion: NDArray[np.int64]) -> Iterator[tuple[str, ...]]:
    hits, rows, read = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    recall = hits / np.maximum(rows, 1)
    precision = hits / np.maximum(read, 1)
    f1 = 2 * hits / np.maximum(rows + read, 1)
    low, high = wilson(hits, rows)
    for label in range(len(confusion)):
        yield (
            str(label),
            percent(precision[label]),
            percent(recall[label]),
            between(low[label], high[label]),
            percent(f1[label]),
            f"{rows[label]:,}",
        )
    total = int(rows.sum())
    all_low, all_high = wilson(hits.sum(), total)
    yield ("mean", *map(percent, (precision.mean(), recall.mean())), "", percent(f1.mean()), "")
    accuracy = percent(hits.sum() / total)
    yield ("all", accuracy, accuracy, between(all_low, all_high), accuracy, f"{total:,}")


def _fold_rows(
    names: list[int], hits: NDArray[np.int64], rows: NDArray[np.int64]
) -> Iterator[tuple[str, ...]]:
    low, high = wilson(hits, rows)
    for name, right, total, least, most in zip(names, hits, rows, low, high, strict=True):
        yield (
            str(name),
            f"{total:,}",
            f"{total - right:,}",
            percent(right / total),
            between(least, most),
        )


def _describe(confusion: NDArray[np.int64], pairs: list[ConfusedPair]) -> str:
    wrong = int(confusion.sum() - np.trace(confusion))
    common = ", ".join(f"{true} read as {read} {count} times" for true, read, count in pairs[:3])
    most = f"; most often {common}" if common else ""
    return f"Confusion matrix: {wrong:,} of {confusion.sum():,} images are read wrongly{most}."


def _lowest_place(counts: Counts) -> int:
    hits, rows = counts
    return int(np.where(rows > 0, hits / np.maximum(rows, 1), np.inf).argmin())


def _lowest(counts: Counts) -> str:
    place = _lowest_place(counts)
    return f"{place} with {percent(counts[0][place] / counts[1][place])}"
