"""`kaggle-kit runs`: a table of all runs, or a comparison of two."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from kaggle_kit.api import run_files
from kaggle_kit.api import runs as api
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of
from kaggle_kit.cli.hints import pasteable
from kaggle_kit.cli.output import document, overviews
from kaggle_kit.errors import InputError
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import short

if TYPE_CHECKING:
    from argparse import Namespace

    from kaggle_kit.api.job import Job
    from kaggle_kit.report.overview import CrossValidation, Overview
    from kaggle_kit.workspace.paths import Home

HEADER = (
    *("run", "preset", "family", "state", "CV", "±std", "of"),
    *("nets", "search", "fit", "public"),
)
LEGEND = (
    "CV: mean {} over folds, of the ensemble out of fold (oof) or of the best trial; nets: its "
    "networks; search, fit: total time of all trials, of all networks, if they ran one by one"
)
NONE = "-"


def run(options: Namespace) -> None:
    job = job_of(options)
    slug = job.competition.slug
    if options.action:
        {"remove": _remove, "pack": _pack, "unpack": _unpack}[options.action](job, options)
    elif options.names:
        both = api.compare_runs(job.home, options.names, slug, reporter=console)
        document.answer(overviews.compared, job, both)
        _show_comparison(both)
    else:
        found = api.list_runs(job.home, slug, reporter=console)
        document.answer(overviews.listed, job, found)
        _list(job.home, found)


def _remove(job: Job, options: Namespace) -> None:
    asked = run_files.removable(job.home, options.names)
    what = f"{', '.join(one.name for one in asked)}: {console.size(sum(s.size for s in asked))}"
    if not options.yes and not console.confirmed(f"remove {what}?"):
        raise InputError(f"nothing was removed of {what}", "add --yes to remove without a question")
    removed = run_files.remove(job.home, options.names, reporter=console)
    document.answer(overviews.changed, job, "remove", removed)
    for one in removed:
        console.result(f"removed: {one.path}, {console.size(one.size)} freed")


def _pack(job: Job, options: Namespace) -> None:
    (name,) = options.names
    path = options.out or job.home.folder / f"{name}.zip"
    packed = run_files.pack(job.home, name, path, force=options.force, reporter=console)
    document.answer(overviews.changed, job, "pack", [packed])
    console.result(f"written: {packed.path}, {console.size(packed.size)}")


def _unpack(job: Job, options: Namespace) -> None:
    path = Path(options.names[0]).expanduser()
    made = run_files.unpack(job.home, path, options.new_name, reporter=console)
    document.answer(overviews.changed, job, "unpack", [made])
    console.result(f"unpacked: {made.path}, {console.size(made.size)}")


def _list(home: Home, found: list[Overview]) -> None:
    if not found:
        console.note(
            f"no runs in {home.runs} yet: `kaggle-kit tune` begins one; --home names another home"
        )
        return
    metrics = _metrics(found)
    header = (*HEADER, "size")
    sizes = [run_files.size_of(Run(home.runs / one.name)) for one in found]
    rows = [[*_cells(one), _size(size)] for one, size in zip(found, sizes, strict=True)]
    if len(metrics) < 2:
        console.table(header, rows)
    else:
        told = [str(overview.cv.judged) if overview.cv else NONE for overview in found]
        console.table(
            (*header, "metric"), [[*row, metric] for row, metric in zip(rows, told, strict=True)]
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
    return f"{cv.shown_mean:.4f}", "" if math.isnan(cv.std) else f"{cv.std:.4f}", cv.of


def _time(seconds: float) -> str:
    """Seconds as text without spaces, in the form that --time-budget takes."""
    minutes = round(seconds / 60)
    if not seconds:
        return ""
    if seconds < 60:
        return f"{math.ceil(seconds)}s"
    return f"{minutes // 60}h{minutes % 60:02d}m" if minutes >= 60 else f"{minutes}m"


def _size(size: int) -> str:
    number, unit = console.size(size).split()
    return f"{number if unit == 'GB' else round(float(number))}{unit}"


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
