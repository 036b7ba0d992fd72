"""The section on the search: what was tried, and is the chosen one better than the next?"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from kaggle_kit.evaluation.significance import SIGNIFICANCE, compare_folds
from kaggle_kit.report.components import Picture, Section, heading, missing, percent, table, text
from kaggle_kit.report.contents import Missing, ReportData
from kaggle_kit.report.sections.search_figures import (
    coordinates_figure,
    trials_figure,
    varied_hyperparameters,
)

MEANINGS = {
    "completed": "trained on every fold",
    "raced": "raced out, clearly worse than the best so far",
    "slow": "too slow for the time budget of their ensemble",
    "cut": "cut short by the time budget",
    "failed": "failed",
}


def search_part(data: ReportData) -> Section:
    trials = data.trials
    empty = isinstance(trials, Missing) or trials["mean_test_score"].notna().sum() == 0
    if isinstance(trials, Missing) or empty:
        why = trials.why if isinstance(trials, Missing) else "No trial of this run was scored."
        return Section("search", "The search", [missing(why)])
    ordered = in_order(trials)
    chosen = ordered["number"] == trial_number(data.best.trial)
    return Section(
        "search",
        "The search",
        [
            _summary(ordered),
            Picture(
                "trials_plot",
                trials_figure(ordered, chosen.to_numpy(), len(data.oof.labels)),
                f"Mistakes on held-out rows by the time a trial ended, {len(ordered)} trials; "
                f"the best has {percent(1 - ordered['mean_test_score'].max())}.",
            ),
            *_hyperparameters(ordered, chosen.to_numpy(), len(data.oof.labels)),
            heading("The chosen one against the next"),
            *_against_next(ordered, chosen.to_numpy()),
            _trials_table(trials, data.best.trial),
        ],
    )


def in_order(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials in the order in which they were begun, with a column `number`."""
    numbered = trials.assign(number=[trial_number(trial) for trial in trials["trial"]])
    numbered = numbered.sort_values("number", key=lambda names: names.str.rjust(9, "0"))
    return numbered.reset_index(drop=True)


def trial_number(name: Any) -> str:
    """A trial's name without the zeros that a CSV does not keep."""
    return str(name).lstrip("0") or "0"


def _summary(trials: pd.DataFrame) -> str:
    counts = trials["status"].value_counts()
    parts = [f"{count} {MEANINGS.get(str(status), status)}" for status, count in counts.items()]
    seconds = trials["seconds"].sum() if "seconds" in trials else 0.0
    how = (
        "The completed trial with the highest mean accuracy less one standard error over folds is"
        " chosen, so that luck counts less."
        if "completed" in counts
        else "As none was completed, the one that got furthest is chosen."
    )
    count = "1 trial" if len(trials) == 1 else f"{len(trials)} trials"
    return text(f"{count} in {seconds:,.0f} s:", "; ".join(parts) + ".", how)


def _hyperparameters(trials: pd.DataFrame, chosen: Any, rows: int) -> Iterator[str | Picture]:
    names = varied_hyperparameters(trials)
    if not names:
        if len(trials) > 1:
            yield text("All trials had the same hyperparameters.")
        return
    listed = ", ".join(name.replace("_", " ") for name in names)
    yield Picture(
        "hyperparameters",
        coordinates_figure(trials, names, chosen, rows),
        f"Parallel coordinates of {len(trials)} trials over the hyperparameters that varied "
        f"({listed}) and the mistakes; the chosen trial is drawn thick.",
    )
    yield text(
        f"With {len(trials)} trials, read no importance of single hyperparameters into this: many"
        " vary at once. What parts of the kit are worth, one at a time, is measured by its"
        " ablation benchmark.",
        kind="note",
    )


def _against_next(trials: pd.DataFrame, chosen: Any) -> Iterator[str]:
    splits = trials.filter(regex=r"^split\d+_test_score$")
    if chosen.sum() != 1:
        yield text("The chosen trial is not among those listed, so it is compared with none.")
        return
    mine = splits[chosen].iloc[0].dropna()
    rivals = trials[~chosen].assign(
        common=splits[~chosen][mine.index].notna().sum(axis=1),
        whole=(trials["status"] == "completed")[~chosen],
    )
    rivals = rivals[rivals["common"] >= 2].sort_values(
        ["whole", "mean_test_score"], ascending=False
    )
    if rivals.empty:
        yield text(
            "No other trial shares two folds or more with the chosen one, so there is nothing to"
            " test."
        )
        return
    rival = rivals.iloc[0]
    common = [name for name in mine.index if pd.notna(rival[name])]
    found = compare_folds(mine[common].tolist(), rival[common].tolist(), 1 / (len(mine.index) - 1))
    verdict = (
        "so the difference is more than luck with the folds explains"
        if found.p < SIGNIFICANCE
        else "so the two cannot be told apart"
    )
    yield text(
        f"On the {found.folds} folds that both were trained on, the chosen trial is better than"
        f" trial {rival['number']} ({rival['status']}) by {100 * found.difference:+.3f} percentage"
        f" points, 95% interval {100 * found.low:+.3f} to {100 * found.high:+.3f}, p ="
        f" {found.p:.2f}, {verdict}. This is the corrected resampled t-test (Nadeau and Bengio,"
        " 2003), which allows for folds that share training rows. So few folds have little power:"
        " only large differences would show. The chosen one was also picked as the best, which"
        " flatters it.",
    )


def _trials_table(trials: pd.DataFrame, best: Any) -> str:
    """All trials, best first, and in what their hyperparameters differ from the chosen one's."""
    names = varied_hyperparameters(trials)
    own = [trial_number(trial) == trial_number(best) for trial in trials["trial"]]
    chosen = trials.iloc[int(np.argmax(own))]
    header = ("trial", "rank", "status", "accuracy", "± s.e.", "folds", "epochs", "seconds")
    rows = (
        (
            trial["trial"],
            _cell(trial.get("rank_test_score")),
            trial["status"],
            percent(trial["mean_test_score"]) if pd.notna(trial["mean_test_score"]) else "",
            percent(trial["se_test_score"]) if pd.notna(trial.get("se_test_score")) else "",
            *(_cell(trial.get(name)) for name in ("folds_run", "epochs", "seconds")),
            _differences(trial, chosen, names),
        )
        for _, trial in trials.iterrows()
    )
    title = "Trials, best first, with mean accuracy and its standard error over folds"
    return table(title, (*header, "differs from the chosen in"), rows)


def _differences(trial: Any, chosen: Any, names: list[str]) -> str:
    """The hyperparameters of a trial that are not those of the chosen one."""
    cells = ((name, *(_cell(row[f"param_{name}"]) for row in (trial, chosen))) for name in names)
    others = [f"{name.replace('_', ' ')} {own or 'none'}" for name, own, its in cells if own != its]
    return ", ".join(others)


def _cell(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    return str(value)
