"""Figures of a leaderboard review; returned, not shown."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from kaggle_kit.figures import BLUE, GREEN, ORANGE, make_axes
from kaggle_kit.leaderboard import Review, standard_error
from kaggle_kit.ledger import Entry

LEFT_OUT = 0.05  # of the teams, the worst, so that the others can be told apart
TICKS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999)


def score_figure(review: Review, marks: dict[str, float]) -> Figure:
    """How many teams have which score; `marks` are scores to point out.

    The axis is the log of the error: on the way to 1.0 each halving of it is one step.
    """
    figure, axes = make_axes((8, 4))
    least = 0.5 * (1 - review.limit)  # where 1.0 is drawn
    shown = review.scores[review.scores >= np.quantile(review.scores, LEFT_OUT)]
    errors = np.maximum(1 - shown, least)
    bins = np.geomspace(least, max(errors.max(), 10 * least), 50)
    suspicious = shown > review.limit
    axes.hist(
        [errors[~suspicious], errors[suspicious]],
        bins=list(bins),
        stacked=True,
        color=[BLUE, ORANGE],
        label=["teams", f"above {review.limit:g}: {review.suspicious:,}"],
    )
    for (label, score), style in zip(marks.items(), ("-", "--", ":"), strict=False):
        axes.axvline(max(1 - score, least), color=GREEN, linestyle=style, label=label)
    ticks = [score for score in TICKS if least <= 1 - score <= bins[-1]]
    axes.set(xscale="log", xlabel="public score", ylabel="teams")
    axes.set_xticks([1 - score for score in ticks], [f"{score:g}" for score in ticks], minor=False)
    axes.set_xticks([], minor=True)
    axes.invert_xaxis()
    left_out = review.teams - len(shown)
    axes.set_title(f"Public scores of {len(shown):,} teams; {left_out:,} lower ones are left out")
    axes.legend()
    return figure


def history_figure(entries: Sequence[Entry], public_rows: int) -> Figure:
    """CV against public score of scored entries, with a standard error of the latter."""
    figure, axes = make_axes((5.5, 5))
    cv = [entry.cv_mean for entry in entries]
    public = [entry.public_score or 0.0 for entry in entries]
    errors = [standard_error(score, public_rows) for score in public]
    axes.errorbar(cv, public, yerr=errors, fmt="o", color=BLUE, capsize=3)
    low = min([*cv, *public])  # type: ignore[type-var]
    high = max([*cv, *public])  # type: ignore[type-var]
    axes.plot([low, high], [low, high], color="grey", linestyle=":", label="equal")
    axes.set(xlabel="CV accuracy", ylabel="public score ± its standard error")
    axes.set_title(f"{len(entries)} submissions: CV against public score")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure
