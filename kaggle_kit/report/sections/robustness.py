"""The section on altered images: the accuracy on them, and by handwriting."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from kaggle_kit.evaluation.robustness.measure import ALTERED, WRITTEN
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


def robustness_section(data: ReportData) -> Section:
    title = "Other handwriting" if data.is_ink else "Altered images"
    measured = data.robustness
    if isinstance(measured, Missing):
        return Section("robustness", title, [missing(measured.why)])
    written, altered = (measured[measured["kind"] == kind] for kind in (WRITTEN, ALTERED))
    what = "handwriting" if len(written) else "alteration"
    lowest = f"{_lowest(written)}. {_lowest(altered)}" if len(written) else _lowest(altered)
    return Section(
        "robustness",
        title,
        [
            text(*_intro(data, altered, thirds=len(written) > 0)),
            Picture(
                "robustness_plot",
                robustness_figure(written, altered),
                f"Accuracy by {what}. {lowest}.",
            ),
            *([_table("Thirds of the images", written, what)] if len(written) else []),
            _table("Altered images", altered, what),
            text(
                "Where intervals overlap, a difference may be due to chance. The altered images",
                "are always the same ones, so differences between their lines are more certain",
                "than the intervals suggest.",
                kind="note",
            ),
        ],
    )


def _intro(data: ReportData, altered: pd.DataFrame, *, thirds: bool) -> Iterator[str]:
    words, rows = data.words, int(altered["rows"].max())
    if thirds:
        yield "All images are divided into thirds by each of three measures: how far a"
        yield f"{words.image} leans to the right, how wide its strokes are, and how broad it is."
        yield f"All thirds contain the same {words.many}; the number in brackets is the median of"
        yield f"the third. In addition, {rows:,} images are altered on purpose, in each of"
    else:
        yield f"{rows:,} images are altered on purpose, in each of"
    yield f"{len(altered) - 1} ways. Each image is {words.read} by the networks that were not"
    yield "trained on it."


def robustness_figure(written: pd.DataFrame, altered: pd.DataFrame) -> Figure:
    """Accuracies with 95% intervals: the thirds, if there are any, above the altered images."""
    drawn = [(written, BLUE)] if len(written) else []
    drawn.append((altered, ORANGE))
    counts = [len(part) for part, _ in drawn]
    figure = Figure(figsize=(WIDTH, 1.6 + 0.2 * sum(counts)), layout="constrained")
    parts = figure.subplots(len(drawn), 1, height_ratios=counts, squeeze=False).ravel()
    for axes, (part, colour) in zip(parts, drawn, strict=True):
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
    parts[-1].axvline(as_they_are, color=GREY, linestyle="--", linewidth=1)
    parts[-1].set_xlabel("accuracy (%), 95% interval")
    return figure


def _lowest(part: pd.DataFrame) -> str:
    place = int(part["accuracy"].to_numpy().argmin())
    return f"lowest: {part['handwriting'].iloc[place]}, {percent(part['accuracy'].iloc[place])}"


def _table(title: str, part: pd.DataFrame, what: str) -> str:
    header = (what, "images", "mistakes", "accuracy", "95% interval")
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
