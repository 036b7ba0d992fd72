"""The figures of a search; `trials` is the table in the order in which trials were started."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from kaggle_kit.report.components import WIDTH
from kaggle_kit.report.figures import BLUE, GREEN, GREY, ORANGE, make_axes
from kaggle_kit.report.words import Measured

STYLES = {
    "completed": (BLUE, "o"),
    "raced": (GREEN, "v"),
    "slow": (GREY, "D"),
    "cut": (GREY, "s"),
    "failed": (GREY, "x"),
}
LINES = {
    "chosen": (ORANGE, 2.6, 1.0),
    "completed": (BLUE, 1.4, 0.9),
    "not completed": (GREY, 0.8, 0.5),
}
SPREAD = 10  # if the largest value is at least this many times the smallest, the scale is log


@dataclass(frozen=True)
class Scale:
    """How scores become losses, which are drawn on a logarithmic axis: less is better.

    The loss of an accuracy is the share of mistakes in percent, that of another metric its distance
    to 1, and the log loss is one itself.

    Attributes
    ----------
    rows : int
        The number of rows scored; a loss below that of half a row is drawn as that of half a row.
    measured : Measured
    """

    rows: int
    measured: Measured

    @property
    def label(self) -> str:
        if self.measured.is_accuracy:
            return "mistakes (%)"
        return self.measured.words if self.measured.is_loss else f"1 − {self.measured.words}"

    def losses(self, trials: pd.DataFrame) -> NDArray[np.float64]:
        """The loss of each trial, NaN without a score."""
        scores = trials["mean_test_score"].to_numpy(dtype=np.float64)
        best = 0.0 if self.measured.is_loss else 1.0
        losses: NDArray[np.float64] = self.factor * np.maximum(best - scores, 0.5 / self.rows)
        return losses

    @property
    def factor(self) -> float:
        """What standard errors are multiplied by."""
        return 100.0 if self.measured.is_accuracy else 1.0


def trials_figure(trials: pd.DataFrame, chosen: NDArray[np.bool_], scale: Scale) -> Figure:
    """The loss of each trial against the time at which the trial ended."""
    figure, axes = make_axes((WIDTH, 3.8))
    minutes = trials["seconds"].cumsum().to_numpy() / 60
    mistakes = scale.losses(trials)
    errors = scale.factor * trials["se_test_score"].astype(float).fillna(0.0).to_numpy()
    reach = np.array([np.minimum(errors, 0.9 * mistakes), errors])  # a log axis has no zero
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
        ylabel="mistakes (% of held-out rows)" if scale.measured.is_accuracy else scale.label,
        xlim=(0, None),
    )
    title = "Each trial at the time it ended: lower is better"
    if chosen.any():
        has = scale.measured.text(float(trials["mean_test_score"][chosen].iloc[0]))
        title += (
            f"\nthe chosen trial makes {mistakes[chosen][0]:.2f}% mistakes"
            if scale.measured.is_accuracy
            else f"\nthe chosen trial has {scale.measured.words} {has}"
        )
    axes.set_title(title, fontsize=10)
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 1.5, 2.0, 3.0, 5.0, 7.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def varied_hyperparameters(trials: pd.DataFrame) -> list[str]:
    """Names of hyperparameters with more than one value over trials, in the order of the table."""
    names = [name for name in trials if str(name).startswith("param_")]
    varied = [name for name in names if len(trials[name].drop_duplicates()) > 1]
    return [str(name).removeprefix("param_") for name in varied if "tuner/" not in str(name)]


def coordinates_figure(
    trials: pd.DataFrame, names: list[str], chosen: NDArray[np.bool_], scale: Scale
) -> Figure:
    """Parallel coordinates: one line per trial, across all hyperparameters down to its loss."""
    mistakes = scale.losses(trials)
    scaled = [_scale(trials[f"param_{name}"]) for name in names]
    scaled.append(_scale_numbers(mistakes, by_ratio=True))
    figure, axes = make_axes((WIDTH, 1.3 + 0.42 * len(scaled)))
    places = np.column_stack([place for place, _ in scaled])
    whole = (trials["status"] == "completed").to_numpy()
    # The chosen trial is drawn on top, completed trials below it, all other trials at the bottom.
    for number in np.lexsort((whole, chosen)):
        if np.isnan(mistakes[number]):
            continue
        kind = "chosen" if chosen[number] else "completed" if whole[number] else "not completed"
        colour, width, alpha = LINES[kind]
        axes.plot(
            places[number],
            range(len(scaled)),
            color=colour,
            linewidth=width,
            alpha=alpha,
            marker="o",
            markersize=3,
            label=kind,
        )
    for row, (_, ticks) in enumerate(scaled):
        axes.axhline(row, color=GREY, linewidth=0.5, zorder=0)
        for place, label in ticks:
            axes.annotate(
                label,
                (place, row),
                (0, -4),
                textcoords="offset points",
                fontsize=7,
                ha="center",
                va="top",
                bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "alpha": 0.8, "lw": 0},
            )
    labels = [*(name.replace("_", " ") for name in names), scale.label]
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    axes.get_yticklabels()[-1].set_weight("bold")
    axes.set_xticks([])
    axes.set(xlim=(-0.08, 1.08), ylim=(len(labels) - 0.4, -0.4))
    axes.tick_params(length=0)
    below = "mistakes" if scale.measured.is_accuracy else scale.label
    axes.set_title(f"Hyperparameters of each trial, and its {below} at the bottom", fontsize=10)
    axes.spines[:].set_visible(False)
    kinds = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    figure.legend(kinds.values(), kinds.keys(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def _scale(column: "pd.Series[Any]") -> tuple[NDArray[np.float64], list[tuple[float, str]]]:
    """The place of each value from 0 to 1, NaN if it is missing, and the places of the labels."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return _scale_numbers(column.to_numpy(dtype=np.float64))
    kinds = sorted({str(value) for value in column.dropna()})
    heights = {kind: number / max(len(kinds) - 1, 1) for number, kind in enumerate(kinds)}
    places = [heights[str(value)] if pd.notna(value) else np.nan for value in column]
    return np.array(places, dtype=np.float64), [(height, kind) for kind, height in heights.items()]


def _scale_numbers(
    values: NDArray[np.float64], *, by_ratio: bool = False
) -> tuple[NDArray[np.float64], list[tuple[float, str]]]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if low == high:
        return np.where(np.isnan(values), np.nan, 0.5), [(0.5, f"{low:.4g}")]
    by_ratio = by_ratio or (low > 0 and high / low >= SPREAD)
    ends = np.log([low, high]) if by_ratio else np.array([low, high])
    scaled: NDArray[np.float64] = np.log(values) if by_ratio else values
    places: NDArray[np.float64] = (scaled - ends[0]) / (ends[1] - ends[0])
    return places, [(0.0, f"{low:.4g}"), (1.0, f"{high:.4g}")]
