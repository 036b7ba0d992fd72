"""The figures of a leaderboard review; they are returned, not shown."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from kaggle_kit.competition.description import Competition
from kaggle_kit.evaluation.scores import greater_is_better, in_words
from kaggle_kit.kaggle.leaderboard import Review, count_teams, public_error
from kaggle_kit.report.figures import BLUE, GREEN, ORANGE, make_axes
from kaggle_kit.workspace.ledger import Entry

LEFT_OUT = 0.05  # share of the teams, the worst, left out so that the others do not overlap
TICKS = (1, 0.9999, 0.9998, 0.9995, 0.999, 0.998, 0.995, 0.99, 0.98, 0.95, 0.9, 0.7, 0)
LOSSES = (0, *(step * 10.0**power for power in range(-4, 3) for step in (1, 2, 5)))
PERFECT = 5e-5  # a score of 1.0 is drawn at this error, because 0 has no logarithm
GREY = "0.55"


def score_figure(review: Review, marks: dict[str, float]) -> Figure:
    """A histogram of the scores of the teams; `marks` are scores to highlight, by their labels.

    The axis shows the logarithm of the error, or of the loss: each halving of the error is a step
    of equal length.
    """
    figure, axes = make_axes((8, 4.2))
    is_loss = not greater_is_better(review.metric)

    def error(score: float) -> float:
        return max(score if is_loss else 1 - score, PERFECT)

    worst = np.quantile([error(s) for s in review.scores], 1 - LEFT_OUT, method="higher")
    shown = np.array([score for score in review.scores if error(score) <= worst])
    errors = np.array([error(score) for score in shown])
    parts = [(errors, BLUE, "teams")]
    if review.limit is not None:
        suspicious = shown > review.limit
        label = f"above {review.limit:.4f}: {review.suspicious:,}"
        parts = [(errors[~suspicious], BLUE, "teams"), (errors[suspicious], ORANGE, label)]
    values, colors, labels = zip(*(part for part in parts if len(part[0])), strict=True)
    bins = np.geomspace(0.93 * PERFECT, max(errors.max(), 10 * PERFECT), 50)
    axes.hist(values, bins=list(bins), stacked=True, color=colors, label=labels)
    for score in review.lines.values():
        axes.axvline(error(score), color=GREY, linewidth=0.7)
    for (label, score), style in zip(marks.items(), ("-", "--", ":"), strict=False):
        axes.axvline(error(score), color=GREEN, linestyle=style, label=label)
    told = " (smaller is better)" if is_loss else ""
    axes.set(xscale="log", xlabel=f"public score{told}", ylabel="teams")
    axes.invert_xaxis()
    limits = axes.get_xlim()
    ticks = {
        error(score): "1.0" if score == 1 and not is_loss else f"{score:g}"
        for score in (LOSSES if is_loss else TICKS)
    }
    _label(axes, ticks, limits, 0.065)
    top = axes.secondary_xaxis("top")
    top.set_xlabel("score of the best …", color=GREY)
    top.tick_params(colors=GREY, labelsize=8)
    _label(top, {error(s): f"{share}%" for share, s in review.lines.items()}, limits, 0.035)
    best = f"the best {len(shown):,} of " if len(shown) < review.teams else ""
    axes.set_title(f"Public scores of {best}{count_teams(review.teams)}")
    figure.legend(loc="outside lower center", ncols=4, frameon=False)
    return figure


def _label(axes: Any, labels: dict[float, str], limits: tuple[float, float], gap: float) -> None:
    """Label places on the x-axis, beginning with the best score, at least `gap` apart.

    `gap` is a share of the length of the axis. Places outside `limits`, the ends of the axis, are
    left out.
    """
    low, high = sorted(limits)
    least = (high / low) ** gap
    kept: list[float] = []
    for place in sorted(labels):
        if low <= place <= high and not (kept and place < least * kept[-1]):
            kept.append(place)
    axes.set_xticks(kept, [labels[place] for place in kept])
    axes.set_xticks([], minor=True)


def history_figure(entries: Sequence[Entry], competition: Competition) -> Figure:
    """CV against public score of scored entries, with the standard error of the public score.

    The error is drawn only where it is known.
    """
    figure, axes = make_axes((5.5, 5))
    cv = [entry.cv_mean for entry in entries]
    public = [entry.public_score or 0.0 for entry in entries]
    errors = [error for score in public if (error := public_error(competition, score)) is not None]
    axes.errorbar(cv, public, yerr=errors or None, fmt="o", color=BLUE, capsize=3)
    low = min([*cv, *public])  # type: ignore[type-var]
    high = max([*cv, *public])  # type: ignore[type-var]
    axes.plot([low, high], [low, high], color="grey", linestyle=":", label="equal")
    metric = in_words(competition.metric, competition.submission.k)
    spread = " ± its standard error" if errors else ""
    axes.set(xlabel=f"CV {metric}", ylabel=f"public score{spread}")
    count = f"{len(entries)} submission{'' if len(entries) == 1 else 's'}"
    axes.set_title(f"{count}: CV against public score")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", frameon=False)
    return figure
