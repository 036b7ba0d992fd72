"""`kaggle-kit leaderboard`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api import leaderboard as api
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of
from kaggle_kit.competition.description import SURPRISE, Competition
from kaggle_kit.evaluation.intervals import binomial_error
from kaggle_kit.kaggle.leaderboard import Review, count_teams
from kaggle_kit.report.figures import ignore_matplotlibrc

if TYPE_CHECKING:
    from argparse import Namespace

    from kaggle_kit.workspace.ledger import Entry


def run(options: Namespace) -> None:
    ignore_matplotlibrc()
    job = job_of(options)
    path = options.file
    if path is None:
        path = api.download_leaderboard(job, reporter=console)
        console.result(f"written: {path}")
    offline = options.file is not None
    found = api.review_leaderboard(job, path, options.team, offline=offline, reporter=console)
    if not found.review.teams:
        console.result(f"{path}: no team has a score yet")
        return
    public_rows = job.competition.public_rows
    _show_lines(found.review, job.competition)
    _show_standings(found, public_rows)
    if found.movement:
        _show_movement(found.movement)
    if found.history:
        _show_history(found.history, public_rows)
    for figure in api.draw(job, found):
        console.result(f"written: {figure}")


def _show_lines(now: Review, competition: Competition) -> None:
    without = f", {now.unscored:,} without" if now.unscored else ""
    console.result(f"{competition.slug}: {count_teams(now.teams)} with a score{without}")
    lines = "   ".join(f"{share}%: {score:.5f}" for share, score in now.lines.items())
    console.result(f"score of the best   {lines}")
    if now.suspicious:
        console.result(
            f"suspicious: {count_teams(now.suspicious)} above {now.limit:.4f}, {now.perfect:,} of"
            f" them at 1.0; {competition.leak}"
        )
        console.result(
            f"the limit is {SURPRISE} standard errors of a score on {competition.public_rows:,}"
            f" rows above {competition.honest_limit:g}, the best accuracy that was published"
            f" without a choice on the test labels ({competition.honest_source}); an honest score"
            " above the limit is unlikely, not impossible"
        )


def _show_standings(found: api.LeaderboardReview, public_rows: int) -> None:
    now = found.review
    if found.score is not None:
        console.result(f"your score {found.score:.5f}: {_standing(now, found.score, but=1)}")
    if found.cv is not None:
        error = binomial_error(found.cv, public_rows)
        best, worst = (now.standing(found.cv + sign * error).rank for sign in (1, -1))
        console.result(
            f"your CV {found.cv:.5f} would be {_standing(now, found.cv)}; {best:,} to {worst:,} "
            f"within the standard error of a score on {public_rows:,} rows, {error:.5f}"
        )


def _standing(now: Review, score: float, but: int = 0) -> str:
    """The rank of a score in words; `but` teams with this score are not counted as tied with it."""
    there = now.standing(score)
    others = there.tied - but
    honest = f", {now.honest_rank(score):,} without the suspicious" if now.suspicious else ""
    if score > now.limit:
        honest = ", which is itself suspicious"
    tied = f", tied with {count_teams(others)}" if others > 0 else ""
    return f"rank {there.rank:,} of {there.teams:,} (top {there.top:.1f}%){tied}{honest}"


def _show_movement(movement: api.Movement) -> None:
    parts = [f"{movement.teams:+,} teams", f"{movement.suspicious:+,} suspicious"]
    if movement.score is not None:
        parts.append(f"your rank {movement.before:,} -> {movement.after:,}")
        parts.append(f"your score {movement.score:+.5f}")
    console.result(f"since {movement.since}: {', '.join(parts)}")


def _show_history(history: list[Entry], public_rows: int) -> None:
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
