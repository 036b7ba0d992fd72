"""The section on the search: the trials, and a test of the chosen trial against the next best."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from kaggle_kit.evaluation.significance import SIGNIFICANCE, compare_folds
from kaggle_kit.report.components import Picture, Section, heading, missing, percent, table, text
from kaggle_kit.report.contents import Missing, ReportData
from kaggle_kit.report.search_figures import (
    Scale,
    coordinates_figure,
    trials_figure,
    varied_hyperparameters,
)
from kaggle_kit.report.words import Measured

ALONE = (
    "Only one trial has a score, so there is nothing to compare it with, to test or to draw. More"
    " trials take more time: `kaggle-kit tune --help` tells of `--trials` and `--time-budget`."
)
NOT_LISTED = "The chosen trial is not among the listed trials, so it cannot be compared."
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
    chosen = (ordered["number"] == trial_number(data.best.trial)).to_numpy()
    scored = int(ordered["mean_test_score"].notna().sum())
    scale = Scale(len(data.oof.labels), data.measured)
    parts = _comparison(ordered, chosen, scale) if scored > 1 else [text(ALONE)]
    return Section(
        "search",
        "The search",
        [
            _summary(ordered, chosen, data.measured),
            *parts,
            _trials_table(ordered, chosen, data.measured),
        ],
    )


def _comparison(trials: pd.DataFrame, chosen: Any, scale: Scale) -> Iterator[str | Picture]:
    """The figures of two or more scored trials, and the test of the chosen one."""
    best = float(trials["mean_test_score"].max())
    yield Picture(
        "trials_plot",
        trials_figure(trials, chosen, scale),
        f"Mistakes on held-out rows of {len(trials)} trials, by the time a trial ended; "
        f"the least are {percent(1 - best)}."
        if scale.measured.is_accuracy
        else f"{scale.label} on held-out rows of {len(trials)} trials, by the time a trial ended; "
        f"the best {scale.measured.words} is {scale.measured.text(best)}.",
    )
    yield from _hyperparameters(trials, chosen, scale)
    yield heading("The chosen trial and the next best")
    yield from _against_next(trials, chosen, scale.measured)


def in_order(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials in the order in which they were started, with a column `number`."""
    numbered = trials.assign(number=[trial_number(trial) for trial in trials["trial"]])
    numbered = numbered.sort_values("number", key=lambda names: names.str.rjust(9, "0"))
    return numbered.reset_index(drop=True)


def trial_number(name: Any) -> str:
    """The name of a trial without leading zeros, which a CSV does not keep."""
    return str(name).lstrip("0") or "0"


def _summary(trials: pd.DataFrame, chosen: Any, measured: Measured) -> str:
    counts = trials["status"].value_counts()
    parts = [f"{count} {MEANINGS.get(str(status), status)}" for status, count in counts.items()]
    seconds = trials["seconds"].sum() if "seconds" in trials else 0.0
    if not chosen.any():
        how = "The network of the ensemble is from a trial that is not among them."
    elif (trials["status"][chosen] == "completed").all():
        how = (
            "The chosen trial is the completed one with the lowest mean"
            f" {measured.words} plus one standard error over folds. The standard error is added to"
            " reduce the effect of luck."
            if measured.is_loss
            else f"The chosen trial is the completed one with the highest mean {measured.words}"
            " minus one standard error over folds. The standard error is subtracted to reduce the"
            " effect of luck."
        )
    elif "completed" in counts:
        how = "The chosen trial was not completed."
    else:
        how = "No trial was completed, so the trial that got furthest is chosen."
    count = "1 trial" if len(trials) == 1 else f"{len(trials)} trials"
    return text(f"{count} in {seconds:,.0f} s:", "; ".join(parts) + ".", how)


def _hyperparameters(trials: pd.DataFrame, chosen: Any, scale: Scale) -> Iterator[str | Picture]:
    names = varied_hyperparameters(trials)
    if not names:
        if len(trials) > 1:
            yield text("All trials had the same hyperparameters.")
        return
    listed = ", ".join(name.replace("_", " ") for name in names)
    yield Picture(
        "hyperparameters",
        coordinates_figure(trials, names, chosen, scale),
        f"Parallel coordinates of {len(trials)} trials over the hyperparameters that varied "
        f"({listed}) and the {scale.label}; the chosen trial is drawn thick.",
    )
    yield text(
        f"This figure of {len(trials)} trials does not show how important a single hyperparameter"
        " is, because many vary at the same time. The ablation benchmark of the kit measures what"
        " its parts contribute, one at a time.",
        kind="note",
    )


def _against_next(trials: pd.DataFrame, chosen: Any, measured: Measured) -> Iterator[str]:
    splits = trials.filter(regex=r"^split\d+_test_score$")
    if chosen.sum() != 1:
        yield text(NOT_LISTED)
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
    other = f"trial {rival['number']} ({rival['status']})"
    factor = 100 if measured.is_accuracy else measured.shown(1.0)
    low, high = sorted((factor * found.low, factor * found.high))
    digits, points_of = (3, " points") if measured.is_accuracy else (4, "")
    by = f"{abs(factor * found.difference):.{digits}f}"
    better = "better" if found.difference > 0 else "worse"
    if not found.difference:
        than = f"as good as {other}"
    elif measured.is_accuracy:
        than = f"{by} percentage points {better} than {other}"
    else:
        than = f"{better} than {other} by {by} of {measured.words}"
    yield text(
        f"On the {found.folds} folds that both were trained on, the chosen trial is {than}: mean"
        f" difference {factor * found.difference:+.{digits}f}{points_of}, 95% interval"
        f" {low:+.{digits}f} to {high:+.{digits}f}, p = {found.p:.2f}, {verdict}. The test is the"
        " corrected resampled t-test (Nadeau and Bengio, 2003), which takes into account that"
        " folds share training rows. With so few folds the test has little power: it finds only"
        " large differences. The chosen trial was also selected as the best, so the comparison is"
        " biased in its favour.",
    )


def _trials_table(trials: pd.DataFrame, chosen: Any, measured: Measured) -> str:
    """All trials, best first, with the hyperparameters that differ from the chosen trial.

    If the chosen trial is not in the table, all hyperparameters that vary are listed.
    """
    names = varied_hyperparameters(trials)
    base = trials[chosen].iloc[0] if chosen.any() else None
    differing = "differences from the chosen trial" if chosen.any() else "what varies"
    columns = [name for name in ("rank_test_score", "mean_test_score") if name in trials]
    best_first = trials.sort_values(columns, ascending=[True, False][-len(columns) :])
    header = ("trial", "rank", "status", measured.words, "± s.e.", "folds", "epochs", "seconds")
    rows = (
        (
            trial["trial"],
            _cell(trial.get("rank_test_score")),
            trial["status"],
            measured.text(trial["mean_test_score"]) if pd.notna(trial["mean_test_score"]) else "",
            measured.spread(trial["se_test_score"]) if pd.notna(trial.get("se_test_score")) else "",
            *(_cell(trial.get(name)) for name in ("folds_run", "epochs", "seconds")),
            _differences(trial, base, names),
        )
        for _, trial in best_first.iterrows()
    )
    title = f"Trials, best first, with mean {measured.words} and its standard error over folds"
    return table(title, (*header, differing), rows)


def _differences(trial: Any, chosen: Any | None, names: list[str]) -> str:
    """The hyperparameters of a trial that differ from those of the chosen trial, if it is known."""
    own = {name: _cell(trial[f"param_{name}"]) for name in names}
    its = {name: _cell(chosen[f"param_{name}"]) for name in names} if chosen is not None else {}
    return ", ".join(
        f"{name.replace('_', ' ')} {value or 'none'}"
        for name, value in own.items()
        if value != its.get(name)
    )


def _cell(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    return str(value)
