"""Figures of a search; they take the table of trials, in the order in which they were begun."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from kaggle_kit.figures import BLUE, GREEN, GREY, ORANGE, make_axes
from kaggle_kit.report.layout import WIDTH

STYLES = {
    "completed": (BLUE, "o"),
    "raced": (GREEN, "v"),
    "slow": (GREY, "D"),
    "cut": (GREY, "s"),
    "failed": (GREY, "x"),
}
SPREAD = 10  # numbers that span so many times the smallest are drawn by their logarithm


def trials_figure(trials: pd.DataFrame, chosen: NDArray[np.bool_], rows: int) -> Figure:
    """Share of mistakes against the time at which each trial ended.

    Parameters
    ----------
    rows : int
        How many were scored; no share of mistakes below half of one is drawn.
    """
    figure, axes = make_axes((WIDTH, 3.8))
    minutes = trials["seconds"].cumsum().to_numpy() / 60
    mistakes = 100 * (1 - trials["mean_test_score"]).clip(lower=0.5 / rows).to_numpy()
    errors = 100 * trials["se_test_score"].astype(float).fillna(0.0).to_numpy()
    reach = np.array([np.minimum(errors, 0.9 * mistakes), errors])  # a logarithm has no zero
    for status, (colour, marker) in STYLES.items():
        own = (trials["status"] == status).to_numpy() & ~np.isnan(mistakes)
        if own.any():
            axes.errorbar(
                minutes[own],
                mistakes[own],
                reach[:, own],
                fmt=marker,
                color=colour,
                capsize=3,
                linewidth=1,
                label=status,
            )
    if chosen.any():
        axes.plot(
            minutes[chosen],
            mistakes[chosen],
            "o",
            markersize=13,
            color=ORANGE,
            fillstyle="none",
            markeredgewidth=2,
            linestyle="none",
            label="chosen",
        )
    axes.set(
        yscale="log",
        xlabel="minutes of search",
        ylabel="mistakes (% of held-out rows)",
        xlim=(0, None),
    )
    axes.set_title("Each trial when it ended: the lower, the better", fontsize=10)
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 1.5, 2.0, 3.0, 5.0, 7.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def varied_hyperparameters(trials: pd.DataFrame) -> list[str]:
    """Those of which two trials or more had different values, in the order of the table."""
    names = [name for name in trials if str(name).startswith("param_")]
    varied = [name for name in names if len(trials[name].drop_duplicates()) > 1]
    return [str(name).removeprefix("param_") for name in varied if "tuner/" not in str(name)]


def coordinates_figure(trials: pd.DataFrame, names: list[str], chosen: NDArray[np.bool_]) -> Figure:
    """Parallel coordinates: a line a trial, an upright axis a hyperparameter, then the accuracy."""
    columns = [*(trials[f"param_{name}"] for name in names), trials["mean_test_score"]]
    figure, axes = make_axes((max(7.0, 1.05 * len(columns)), 4.6))
    scaled = [_scale(column) for column in columns]
    places = np.column_stack([place for place, _ in scaled])
    order = np.argsort(chosen, kind="stable")  # the chosen one is drawn over the others
    for number in order:
        whole = trials["status"].iloc[number] == "completed"
        axes.plot(
            places[number],
            color=ORANGE if chosen[number] else BLUE if whole else GREY,
            linewidth=2.6 if chosen[number] else 1.1,
            alpha=1.0 if chosen[number] else 0.75,
            linestyle="-" if whole or chosen[number] else ":",
            marker="o",
            markersize=3,
            label=_name(trials, number, chosen),
        )
    for place, (_, ticks) in enumerate(scaled):
        axes.axvline(place, color=GREY, linewidth=0.6, zorder=0)
        for height, label in ticks:
            axes.annotate(
                label,
                (place, height),
                (4, 0),
                textcoords="offset points",
                fontsize=8,
                va="center",
                bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "alpha": 0.75, "lw": 0},
            )
    labels = [*(name.replace("_", "\n") for name in names), "accuracy"]
    axes.set_xticks(range(len(labels)), labels, fontsize=9)
    axes.set_yticks([])
    axes.set(xlim=(-0.2, len(labels) - 0.4), ylim=(-0.06, 1.06))
    axes.set_title("Hyperparameters of each trial, and its accuracy on the right")
    axes.spines[:].set_visible(False)
    handles, texts = axes.get_legend_handles_labels()
    kinds = dict(zip(texts, handles, strict=True))
    figure.legend(kinds.values(), kinds.keys(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def _name(trials: pd.DataFrame, number: int, chosen: NDArray[np.bool_]) -> str:
    if chosen[number]:
        return "chosen"
    return "completed" if trials["status"].iloc[number] == "completed" else "not completed"


def _scale(column: "pd.Series[Any]") -> tuple[NDArray[np.float64], list[tuple[float, str]]]:
    """Where each value lies between 0 and 1, NaN where there is none; and what to write where."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return _scale_numbers(column.to_numpy(dtype=np.float64))
    kinds = sorted({str(value) for value in column.dropna()})
    heights = {kind: number / max(len(kinds) - 1, 1) for number, kind in enumerate(kinds)}
    places = [heights[str(value)] if pd.notna(value) else np.nan for value in column]
    return np.array(places), [(height, kind) for kind, height in heights.items()]


def _scale_numbers(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], list[tuple[float, str]]]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if low == high:
        return np.where(np.isnan(values), np.nan, 0.5), [(0.5, f"{low:.4g}")]
    by_ratio = low > 0 and high / low >= SPREAD
    ends = np.log([low, high]) if by_ratio else np.array([low, high])
    places = ((np.log(values) if by_ratio else values) - ends[0]) / (ends[1] - ends[0])
    return places, [(0.0, f"{low:.4g}"), (1.0, f"{high:.4g}")]
