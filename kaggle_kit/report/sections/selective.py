"""The section on selective prediction: the accuracy if the least sure images are put aside."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure

from kaggle_kit.evaluation.intervals import wilson
from kaggle_kit.evaluation.selective import Kept, RiskCoverage, risk_coverage
from kaggle_kit.report.components import WIDTH, Picture, Section, between, percent, table, text
from kaggle_kit.report.contents import ReportData
from kaggle_kit.report.figures import BLUE, GREY, make_axes

SHARES = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
TARGETS = (0.99, 0.999, 0.9999)
SHOWN = (0.02, 0.5)  # the least and the largest share on the axis
GONE = 0.95  # share of the mistakes that is put aside at the end of the axis, if it can be


def selective_section(data: ReportData) -> Section:
    curve = risk_coverage(data.oof.confidence, data.oof.correct)
    verb = "read" if data.words.read == "read" else "classify"
    rows = [(share, kept) for share in SHARES if (kept := curve.without(share))]
    return Section(
        "selective",
        "If unsure images are put aside",
        [
            text(
                "A program can put aside the images that it is least sure of, for a person to",
                f"{verb} (selective prediction: El-Yaniv and Wiener, 2010). Here, images are",
                "ordered by the confidence after temperature scaling. The accuracy is that of the",
                f"images that are not put aside. {_reached(curve)}",
            ),
            Picture("selective_plot", selective_figure(curve), _describe(rows)),
            table(
                "Accuracy of the rest, out of fold",
                ("put aside", "images", "confidence below", "accuracy", "95% interval", "mistakes"),
                _rows(rows, curve.total),
            ),
        ],
    )


def selective_figure(curve: RiskCoverage) -> Figure:
    """The accuracy of the rest, with its 95% interval, against the share that is put aside."""
    figure, axes = make_axes((WIDTH, 3.2))
    end = _end(curve)
    shown = np.flatnonzero(curve.aside <= end)
    shown = shown[np.unique(np.linspace(0, len(shown) - 1, 200).round().astype(int))]
    aside, rows = 100 * curve.aside[shown], curve.rows[shown]
    hits = rows - curve.mistakes[shown]
    low, high = wilson(hits, rows)
    axes.fill_between(aside, 100 * low, 100 * high, color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(aside, 100 * hits / rows, color=BLUE)
    axes.axhline(100 * hits[-1] / rows[-1], color=GREY, linestyle="--", linewidth=1)
    axes.set(xlabel="put aside (% of the images)", ylabel="accuracy of the rest (%)")
    axes.set_xlim(0, 100 * end)
    axes.ticklabel_format(axis="y", useOffset=False)
    kept = curve.without(0.01)
    title = f"Accuracy {percent(hits[-1] / rows[-1])} of all images"
    if kept:
        title += f", {percent(kept.accuracy)} without the least sure 1%"
    axes.set_title(f"{title}\nband: 95% interval; dashed: all images", fontsize=10)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _end(curve: RiskCoverage) -> float:
    few = curve.mistakes <= (1 - GONE) * curve.mistakes[-1]
    needed = float(curve.aside[np.flatnonzero(few)[-1]]) if few.any() else SHOWN[1]
    return float(np.clip(1.2 * needed, *SHOWN))


def _reached(curve: RiskCoverage) -> str:
    """What must be put aside for the next round accuracy, as it was on these images."""
    whole = curve.without(0.0)
    for target in TARGETS:
        kept = curve.reaching(target)
        if whole and kept and whole.accuracy < target:
            share = percent(1 - kept.rows / curve.total)
            return (
                f"For an accuracy of {100 * target:g}%, {share} of these images must be put aside,"
                f" those with a confidence below {percent(kept.confidence)}. New images may differ."
            )
    return ""


def _describe(rows: list[tuple[float, Kept]]) -> str:
    listed = ", ".join(f"{percent(kept.accuracy)} without {share:.1%}" for share, kept in rows[1:])
    return (
        f"Accuracy against the share of images put aside: {percent(rows[0][1].accuracy)} of all"
        + (f", {listed}." if listed else ".")
    )


def _rows(rows: list[tuple[float, Kept]], total: int) -> Iterator[tuple[str, ...]]:
    for share, kept in rows:
        low, high = wilson(kept.rows - kept.mistakes, kept.rows)
        yield (
            f"{share:.1%}",
            f"{total - kept.rows:,}",
            percent(kept.confidence) if kept.rows < total else "",
            percent(kept.accuracy),
            between(low, high),
            f"{kept.mistakes:,}",
        )
