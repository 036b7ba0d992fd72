"""The section on the search: the trials, and a test of the chosen trial against the next best."""

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
    "raced": "raced: stopped early, clearly worse than the best trial so far",
    "slow": "too slow for the time budget of the ensemble",
    "cut": "cut short by the time budget of the search",
    "failed": "failed",
}


def search_section(data: ReportData) -> Section:
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
                f"Mistakes on held-out rows of {len(ordered)} trials, by the time a trial ended; "
                f"the best trial has {percent(1 - ordered['mean_test_score'].max())}.",
            ),
            *_hyperparameters(ordered, chosen.to_numpy(), len(data.oof.labels)),
            heading("The chosen trial and the next best"),
            *_against_next(ordered, chosen.to_numpy()),
            _trials_table(trials, data.best.trial),
        ],
    )


def in_order(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials in the order in which they were started, with a column `number`."""
    numbered = trials.assign(number=[trial_number(trial) for trial in trials["trial"]])
    numbered = numbered.sort_values("number", key=lambda names: names.str.rjust(9, "0"))
    return numbered.reset_index(drop=True)


def trial_number(name: Any) -> str:
    """The name of a trial without leading zeros, which a CSV does not keep."""
    return str(name).lstrip("0") or "0"


def _summary(trials: pd.DataFrame) -> str:
    counts = trials["status"].value_counts()
    parts = [f"{count} {MEANINGS.get(str(status), status)}" for status, count in counts.items()]
    seconds = trials["seconds"].sum() if "seconds" in trials else 0.0
    how = (
        "The chosen trial is the completed one with the highest mean accuracy minus one standard"
        " error over folds. The standard error is subtracted to reduce the effect of luck."
        if "completed" in counts
        else "No trial was completed, so the trial that got furthest is chosen."
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
        f"This figure of {len(trials)} trials does not show how important a single hyperparameter"
        " is, because many vary at the same time. The ablation benchmark of the kit measures what"
        " its parts contribute, one at a time.",
        kind="note",
    )


def _against_next(trials: pd.DataFrame, chosen: Any) -> Iterator[str]:
    splits = trials.filter(regex=r"^split\d+_test_score$")
    if chosen.sum() != 1:
        yield text("The chosen trial is not among the listed trials, so it cannot be compared.")
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
            "No other trial shares two or more folds with the chosen trial, so there is nothing to"
            " test."
        )
        return
    rival = rivals.iloc[0]
    common = [name for name in mine.index if pd.notna(rival[name])]
    found = compare_folds(mine[common].tolist(), rival[common].tolist(), 1 / (len(mine.index) - 1))
    verdict = (
        "so chance in the choice of folds does not explain the difference"
        if found.p < SIGNIFICANCE
        else "so the test finds no significant difference"
    )
    yield text(
        f"On the {found.folds} folds that both were trained on, the chosen trial is better than"
        f" trial {rival['number']} ({rival['status']}) by {100 * found.difference:+.3f} percentage"
        f" points, 95% interval {100 * found.low:+.3f} to {100 * found.high:+.3f}, p ="
        f" {found.p:.2f}, {verdict}. The test is the corrected resampled t-test (Nadeau and Bengio,"
        " 2003), which takes into account that folds share training rows. With so few folds the"
        " test has little power: it finds only large differences. The chosen trial was also"
        " selected as the best, so the comparison is biased in its favour.",
    )


def _trials_table(trials: pd.DataFrame, best: Any) -> str:
    """All trials, best first, with the hyperparameters that differ from the chosen trial."""
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
    return table(title, (*header, "differences from the chosen trial"), rows)


def _differences(trial: Any, chosen: Any, names: list[str]) -> str:
    """The hyperparameters of a trial that differ from those of the chosen trial."""
    cells = ((name, *(_cell(row[f"param_{name}"]) for row in (trial, chosen))) for name in names)
    others = [f"{name.replace('_', ' ')} {own or 'none'}" for name, own, its in cells if own != its]
    return ", ".join(others)


def _cell(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    return str(value)
