"""`kaggle-kit runs`: a table of all runs, or a comparison of two."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kaggle_kit.api import runs as api
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of
from kaggle_kit.cli.hints import pasteable
from kaggle_kit.workspace.storage import short

if TYPE_CHECKING:
    from argparse import Namespace

    from kaggle_kit.report.overview import CrossValidation, Overview
    from kaggle_kit.workspace.paths import Home

HEADER = (
    *("run", "preset", "family", "state", "CV", "±std", "of"),
    *("networks", "search", "fit", "public"),
)
LEGEND = (
    "CV: mean {} over folds, of the ensemble out of fold (oof) or of the best trial; "
    "search, fit: total time of all trials, of all networks, if they ran one by one"
)
NONE = "-"


def run(options: Namespace) -> None:
    job = job_of(options)
    slug = job.competition.slug
    if options.names:
        _show_comparison(api.compare_runs(job.home, options.names, slug, reporter=console))
    else:
        _list(job.home, api.list_runs(job.home, slug, reporter=console))


def _list(home: Home, found: list[Overview]) -> None:
    if not found:
        console.note(
            f"no runs in {home.runs} yet: `kaggle-kit tune` begins one; --home names another home"
        )
        return
    metrics = _metrics(found)
    rows = [_cells(overview) for overview in found]
    if len(metrics) < 2:
        console.table(HEADER, rows)
    else:
        told = [str(overview.cv.judged) if overview.cv else NONE for overview in found]
        console.table(
            (*HEADER, "metric"), [[*row, metric] for row, metric in zip(rows, told, strict=True)]
        )
    for overview in found:
        if overview.damage:
            console.result(f"{overview.name} is damaged: {overview.damage}")
        if overview.remedy:
            console.result(f"  -> {pasteable(overview.remedy, overview.name)}")
    console.note(_legend(metrics))


def _metrics(found: list[Overview]) -> list[str]:
    """The metrics of runs, each once."""
    return list(dict.fromkeys(str(overview.cv.judged) for overview in found if overview.cv))


def _legend(metrics: list[str]) -> str:
    return LEGEND.format(metrics[0] if len(metrics) == 1 else "score")


def _cells(overview: Overview) -> list[str]:
    if overview.damage:
        return [overview.name, NONE, NONE, "damaged", *[NONE] * (len(HEADER) - 4)]
    trained, planned = overview.networks
    count = str(planned) if trained == planned else f"{trained}/{planned}"
    cells = [
        *(overview.name, overview.preset, overview.family, overview.state),
        *_cv(overview.cv),
        count if planned else "",
        _time(overview.search_seconds),
        _time(overview.fit_seconds),
        overview.public,
    ]
    return [cell or NONE for cell in cells]


def _cv(cv: CrossValidation | None) -> tuple[str, str, str]:
    if cv is None:
        return "", "", ""
    return f"{cv.shown_mean:.4f}", "" if math.isnan(cv.std) else f"±{cv.std:.4f}", cv.of


def _time(seconds: float) -> str:
    """Seconds as text without spaces, in the form that --time-budget takes."""
    minutes = round(seconds / 60)
    if not seconds:
        return ""
    if seconds < 60:
        return f"{math.ceil(seconds)}s"
    return f"{minutes // 60}h{minutes % 60:02d}m" if minutes >= 60 else f"{minutes}m"


def _show_comparison(found: api.RunComparison) -> None:
    both = [found.first, found.second]
    rows: list[tuple[str, ...]] = list(zip(HEADER, *map(_cells, both), strict=True))[1:]
    rows += _by_fold([one.cv for one in both])
    rows += [(where, short(a), short(b)) for where, a, b in found.differences]
    names = (found.first.name, found.second.name)
    console.table(("", *names), rows)
    console.note(_legend(_metrics(both)))
    if not found.have_same_folds:
        console.note("their folds hold out different rows")
    if found.mistakes:
        console.result(found.mistakes.describe(*names))
        console.result(f"{found.mistakes.verdict(*names)} ({found.mistakes.test})")
    elif found.unfitted:
        console.result(
            f"their mistakes cannot be compared yet: {' and '.join(found.unfitted)} not fitted"
        )
    else:
        console.result(f"their mistakes cannot be compared: {found.obstacle}")


def _by_fold(both: list[CrossValidation | None]) -> list[tuple[str, ...]]:
    scores = [cv.shown if cv else [] for cv in both]
    return [
        (f"fold {fold}", *(f"{s[fold]:.4f}" if fold < len(s) else NONE for s in scores))
        for fold in range(max(map(len, scores)))
    ]
