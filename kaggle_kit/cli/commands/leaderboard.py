"""Review the leaderboard: the lines, your rank, scores too good to be honest, your history."""

from __future__ import annotations

import contextlib
import math
import time
from typing import TYPE_CHECKING

from kaggle_kit.api.job import Job, warn_of_exposed_key
from kaggle_kit.cli import console
from kaggle_kit.errors import DataError, KaggleError, RunError
from kaggle_kit.evaluation.intervals import binomial_error
from kaggle_kit.evaluation.metrics import accuracy
from kaggle_kit.kaggle.leaderboard import (
    Review,
    count_teams,
    find_team,
    read_leaderboard,
    review,
)
from kaggle_kit.report.figures import png
from kaggle_kit.report.leaderboard_figures import history_figure, score_figure
from kaggle_kit.workspace.files import write_bytes
from kaggle_kit.workspace.ledger import entries
from kaggle_kit.workspace.storage import read_arrays

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    import pandas as pd

    from kaggle_kit.workspace.ledger import Entry


def run(options: Namespace) -> None:
    job = Job.of(options)
    path = options.file or _download(job)
    table = read_leaderboard(path)
    now = review(table, job.competition)
    if not now.teams:
        console.result(f"{path}: no team has a score yet")
        return
    history = [
        entry
        for entry in entries(job.home.ledger, job.competition.slug)
        if entry.difference is not None
    ]
    _show_lines(now, job)
    name = options.team or _user(job, offline=options.file is not None)
    ours = _our_score(table, name, history)
    cv = _cv(job, history)
    _show_standings(now, ours, cv, job.competition.public_rows)
    _show_movement(job, path, table, name)
    _show_history(history, job.competition.public_rows)
    _draw(job, now, {"your score": ours, "your CV": cv}, history)


def _download(job: Job) -> Path:
    from kaggle_kit.kaggle.downloads import KaggleDownloads

    warn_of_exposed_key()
    path = job.home.leaderboard(job.competition.slug, time.strftime("%Y-%m-%d", time.gmtime()))
    KaggleDownloads().leaderboard(job.competition, path)
    console.result(f"written: {path}")
    return path


def _user(job: Job, *, offline: bool) -> str | None:
    """Whose credentials these are; nobody's, where that cannot be told."""
    from kaggle_kit.kaggle.credentials import find_credentials
    from kaggle_kit.kaggle.submissions import KaggleSubmissions

    with contextlib.suppress(KaggleError):
        if offline:
            return find_credentials().username
        return KaggleSubmissions().whoami(job.competition)
    return None


def _our_score(table: pd.DataFrame, name: str | None, history: list[Entry]) -> float | None:
    """Our score on the leaderboard, or else the best one of the ledger."""
    found = find_team(table, name) if name else None
    if found and not math.isnan(found[1]):
        console.note(f"your team: {found[0]}")
        return found[1]
    if name:
        console.note(f"no team with a score is called {name!r} or has such a member; see --team")
    return max((entry.public_score or 0.0 for entry in history), default=None)


def _cv(job: Job, history: list[Entry]) -> float | None:
    """Out-of-fold accuracy of the run, or else of the last submission."""
    with contextlib.suppress(RunError):
        oof = read_arrays(job.run.oof, "logits", "labels")
        return accuracy(oof["logits"], oof["labels"])
    return history[-1].cv_mean if history else None


def _show_lines(now: Review, job: Job) -> None:
    without = f", {now.unscored:,} without" if now.unscored else ""
    console.result(f"{job.competition.slug}: {count_teams(now.teams)} with a score{without}")
    lines = "   ".join(f"{share}%: {score:.5f}" for share, score in now.lines.items())
    console.result(f"score of the best   {lines}")
    if now.suspicious:
        console.result(
            f"suspicious: {count_teams(now.suspicious)} above {now.limit:g}, which no published "
            f"honest model exceeds, {now.perfect:,} of them at 1.0; {job.competition.leak}"
        )


def _show_standings(now: Review, ours: float | None, cv: float | None, public_rows: int) -> None:
    if ours is not None:
        console.result(f"your score {ours:.5f}: {_standing(now, ours, but=1)}")
    if cv is not None:
        error = binomial_error(cv, public_rows)
        best, worst = (now.standing(cv + sign * error).rank for sign in (1, -1))
        console.result(
            f"your CV {cv:.5f} would be {_standing(now, cv)}; {best:,} to {worst:,} within the "
            f"standard error of a score on {public_rows:,} rows, {error:.5f}"
        )


def _standing(now: Review, score: float, but: int = 0) -> str:
    """Where a score stands; `but` so many of the teams that have it are not others."""
    there = now.standing(score)
    others = there.tied - but
    honest = f", {now.honest_rank(score):,} without the suspicious" if now.suspicious else ""
    if score > now.limit:
        honest = ", which is itself suspicious"
    tied = f", tied with {count_teams(others)}" if others > 0 else ""
    return f"rank {there.rank:,} of {there.teams:,} (top {there.top:.1f}%){tied}{honest}"


def _show_movement(job: Job, path: Path, table: pd.DataFrame, name: str | None) -> None:
    """What has changed since the last leaderboard that was saved before this one."""
    folder = job.home.submissions(job.competition.slug).resolve()
    saved, own = sorted(folder.glob("leaderboard-*.csv")), path.resolve()
    earlier = [file for file in saved if own.parent != folder or file.name < own.name]
    if not earlier:
        return
    try:
        tables = (read_leaderboard(earlier[-1]), table)
    except DataError as error:
        console.note(f"no comparison with what was saved before: {error}")
        return
    old, new = (review(one, job.competition) for one in tables)
    parts = [
        f"{new.teams - old.teams:+,} teams",
        f"{new.suspicious - old.suspicious:+,} suspicious",
    ]
    teams = [find_team(one, name) if name else None for one in tables]
    scores = [team[1] for team in teams if team and not math.isnan(team[1])]
    if len(scores) == 2:
        ranks = [one.standing(score).rank for one, score in zip((old, new), scores, strict=True)]
        parts.append(f"your rank {ranks[0]:,} -> {ranks[1]:,}")
        parts.append(f"your score {scores[1] - scores[0]:+.5f}")
    date = earlier[-1].stem.removeprefix("leaderboard-")
    console.result(f"since {date}: {', '.join(parts)}")


def _show_history(history: list[Entry], public_rows: int) -> None:
    if not history:
        return
    console.result(
        f"\nyour submissions; s.e. is the standard error of a score on {public_rows:,} rows"
    )
    rows = []
    for entry in history:
        public, difference = entry.public_score or 0.0, entry.difference or 0.0
        error = binomial_error(public, public_rows)
        cells = (f"{entry.cv_mean:.5f}", f"{public:.5f}", f"{difference:+.5f}", f"{error:.5f}")
        rows.append((entry.time[:10], entry.run, *cells))
    console.table(("date", "run", "CV", "public", "difference", "s.e."), rows)


def _draw(job: Job, now: Review, marks: dict[str, float | None], history: list[Entry]) -> None:
    known = {label: score for label, score in marks.items() if score is not None}
    figures = {"leaderboard.png": score_figure(now, known)}
    if history:
        figures["history.png"] = history_figure(history, job.competition.public_rows)
    for name, figure in figures.items():
        path = job.home.submissions(job.competition.slug) / name
        write_bytes(path, png(figure))
        console.result(f"written: {path}")
