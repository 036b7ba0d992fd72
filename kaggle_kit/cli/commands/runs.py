"""List the runs with their CV and scores, or compare two of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kaggle_kit.cli import console
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.errors import InputError, RunError
from kaggle_kit.workspace.paths import Home
from kaggle_kit.workspace.storage import short

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Mapping

    from kaggle_kit.report.overview import CrossValidation, Overview
    from kaggle_kit.report.run_comparison import Paired
    from kaggle_kit.workspace.ledger import Entry
    from kaggle_kit.workspace.paths import Run

HEADER = (
    *("run", "preset", "family", "state", "CV", "±std", "of"),
    *("networks", "search", "fit", "public"),
)
LEGEND = (
    "CV: mean over folds of the ensemble's out-of-fold accuracy (oof) or of the best trial's; "
    "search, fit: of all trials, of all networks, as if one by one"
)
NONE = "-"


def run(options: Namespace) -> None:
    home = Home(options.home)
    if len(options.names) not in {0, 2}:
        raise InputError(
            f"two runs can be compared, not {len(options.names)}",
            hint="`kaggle-kit runs` lists them, `kaggle-kit runs A B` compares A with B",
        )
    submissions = _submissions(home, get_competition(options.competition).slug)
    if options.names:
        first, second = (_existing(home, name) for name in options.names)
        _compare(first, second, submissions)
    else:
        _list(home, submissions)


def _submissions(home: Home, slug: str) -> Mapping[str, Entry]:
    from kaggle_kit.report.overview import submissions_by_file

    try:
        return submissions_by_file(home.ledger, slug)
    except RunError as error:
        console.note(f"public scores are unknown: {error}; {error.hint}")
        return {}


def _list(home: Home, submissions: Mapping[str, Entry]) -> None:
    from kaggle_kit.report.overview import overviews

    found = overviews(home, submissions)
    if not found:
        console.note(
            f"no runs in {home.runs} yet: `kaggle-kit tune` begins one; --home names another home"
        )
        return
    console.table(HEADER, [_cells(overview) for overview in found])
    for overview in found:
        if overview.damage:
            console.result(f"{overview.name} is damaged: {overview.damage}")
        if overview.remedy:
            console.result(f"  -> {overview.remedy}")
    console.note(LEGEND)


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
    return f"{cv.mean:.4f}", "" if math.isnan(cv.std) else f"±{cv.std:.4f}", cv.of


def _time(seconds: float) -> str:
    """Without spaces, as --time-budget takes it."""
    minutes = round(seconds / 60)
    if not seconds:
        return ""
    if seconds < 60:
        return f"{math.ceil(seconds)}s"
    return f"{minutes // 60}h{minutes % 60:02d}m" if minutes >= 60 else f"{minutes}m"


def _existing(home: Home, name: str) -> Run:
    found = home.run(name)
    if not found.folder.is_dir():
        raise RunError(
            f"there is no run {name!r} in {home.runs}", hint="`kaggle-kit runs` lists those there"
        )
    return found


def _compare(first: Run, second: Run, submissions: Mapping[str, Entry]) -> None:
    from kaggle_kit.report.overview import overview
    from kaggle_kit.report.run_comparison import differences, have_same_folds

    both = [overview(one, submissions) for one in (first, second)]
    rows: list[tuple[str, ...]] = list(zip(HEADER, *map(_cells, both), strict=True))[1:]
    rows += _by_fold([one.cv for one in both])
    rows += [(where, short(a), short(b)) for where, a, b in differences(first, second)]
    console.table(("", first.folder.name, second.folder.name), rows)
    console.note(LEGEND)
    if not have_same_folds(first, second):
        console.note("their folds hold out different rows")
    unfitted = [one.name for one in both if one.state not in {"fitted", "submitted"}]
    if unfitted:
        console.result(
            f"their mistakes cannot be compared yet: {' and '.join(unfitted)} not fitted"
        )
    else:
        _show_paired(first, second)


def _by_fold(both: list[CrossValidation | None]) -> list[tuple[str, ...]]:
    scores = [cv.scores if cv else [] for cv in both]
    return [
        (f"fold {fold}", *(f"{s[fold]:.4f}" if fold < len(s) else NONE for s in scores))
        for fold in range(max(map(len, scores)))
    ]


def _show_paired(first: Run, second: Run) -> None:
    from kaggle_kit.report.run_comparison import paired

    names = (first.folder.name, second.folder.name)
    try:
        found = paired(first, second)
    except RunError as error:
        console.result(f"their mistakes cannot be compared: {error}")
        return
    console.result(_counts(found, *names))
    console.result(f"{found.verdict(*names)} (exact McNemar test, two-sided)")


def _counts(found: Paired, first: str, second: str) -> str:
    return (
        f"of {found.rows:,} rows, out of fold, {found.only_first} are read wrongly by {first} "
        f"alone, {found.only_second} by {second} alone, {found.both} by both"
    )
