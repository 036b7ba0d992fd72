"""The section on other handwriting: the accuracy by handwriting, and on altered images."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from kaggle_kit.evaluation.robustness import ALTERED, WRITTEN
from kaggle_kit.report.components import (
    WIDTH,
    Picture,
    Section,
    between,
    missing,
    percent,
    table,
    text,
)
from kaggle_kit.report.contents import Missing, ReportData
from kaggle_kit.report.figures import BLUE, GREY, ORANGE

TITLE = "Other handwriting"


def robustness_section(data: ReportData) -> Section:
    measured = data.robustness
    if isinstance(measured, Missing):
        return Section("robustness", TITLE, [missing(measured.why)])
    written, altered = (measured[measured["kind"] == kind] for kind in (WRITTEN, ALTERED))
    return Section(
        "robustness",
        TITLE,
        [
            text(
                "All images are divided into thirds by each of three measures: how far a digit",
                "leans to the right, how wide its strokes are, and how broad it is. All thirds",
                "contain the same digits; the number in brackets is the median of the third.",
                f"In addition, {int(altered['rows'].max()):,} images are altered on purpose, in",
                f"each of {len(altered) - 1} ways. Each image is read by the networks that were",
                "not trained on it.",
            ),
            Picture(
                "robustness_plot",
                robustness_figure(written, altered),
                f"Accuracy by handwriting. {_lowest(written)}. {_lowest(altered)}.",
            ),
            _table("Thirds of the images", written),
            _table("Altered images", altered),
            text(
                "Where intervals overlap, a difference may be due to chance. The altered images",
                "are always the same ones, so differences between their lines are more certain",
                "than the intervals suggest.",
                kind="note",
            ),
        ],
    )


def robustness_figure(written: pd.DataFrame, altered: pd.DataFrame) -> Figure:
    """Accuracies with 95% intervals: the thirds above, the altered images below."""
    counts = (len(written), len(altered))
    figure = Figure(figsize=(WIDTH, 1.6 + 0.2 * sum(counts)), layout="constrained")
    parts = figure.subplots(2, 1, height_ratios=counts)
    for axes, part, colour in zip(parts, (written, altered), (BLUE, ORANGE), strict=True):
        places = np.arange(len(part))
        values, low, high = (100 * part[name].to_numpy() for name in ("accuracy", "low", "high"))
        axes.errorbar(
            values, places, xerr=[values - low, high - values], fmt="o", color=colour, capsize=2
        )
        axes.set_yticks(places, part["handwriting"], fontsize=8)
        axes.set_ylim(len(part) - 0.5, -0.5)
        axes.set_title(_lowest(part), fontsize=10, loc="right")
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.ticklabel_format(axis="x", useOffset=False)
    as_they_are = 100 * float(altered["accuracy"].iloc[0])
    parts[1].axvline(as_they_are, color=GREY, linestyle="--", linewidth=1)
    parts[1].set_xlabel("accuracy (%), 95% interval")
    return figure


def _lowest(part: pd.DataFrame) -> str:
    place = int(part["accuracy"].to_numpy().argmin())
    return f"lowest: {part['handwriting'].iloc[place]}, {percent(part['accuracy'].iloc[place])}"


def _table(title: str, part: pd.DataFrame) -> str:
    header = ("handwriting", "images", "mistakes", "accuracy", "95% interval")
    rows = (
        (
            row["handwriting"],
            f"{row['rows']:,}",
            f"{row['rows'] - row['right']:,}",
            percent(row["accuracy"]),
            between(row["low"], row["high"]),
        )
        for row in part.to_dict("records")
    )
    return table(title, header, rows)
