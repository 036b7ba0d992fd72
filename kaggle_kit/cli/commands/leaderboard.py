"""`kaggle-kit leaderboard`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api import leaderboard as api
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of
from kaggle_kit.cli.output import document, overviews
from kaggle_kit.competition.description import SURPRISE, Competition, Metric
from kaggle_kit.evaluation.scores import in_words
from kaggle_kit.kaggle.leaderboard import Review, count_teams, public_error
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
        document.answer(overviews.reviewed, job, found, [])
        console.result(f"{path}: no team has a score yet")
        return
    _show_lines(found.review, job.competition)
    _show_standings(found, job.competition)
    if found.movement:
        _show_movement(found.movement, has_limit=found.review.limit is not None)
    if found.history:
        _show_history(found.history, job.competition)
    figures = api.draw(job, found)
    document.answer(overviews.reviewed, job, found, figures)
    for figure in figures:
        console.result(f"written: {figure}")


def _show_lines(now: Review, competition: Competition) -> None:
    without = f", {now.unscored:,} without" if now.unscored else ""
    console.result(f"{competition.slug}: {count_teams(now.teams)} with a score{without}")
    lines = "   ".join(f"{share}%: {score:.5f}" for share, score in now.lines.items())
    metric = in_words(competition.metric, competition.submission.k)
    told = "" if competition.metric == Metric.ACCURACY else f" ({metric})"
    console.result(f"score of the best{told}   {lines}")
    if now.suspicious:
        leak = f"; {competition.leak}" if competition.leak else ""
        console.result(
            f"suspicious: {count_teams(now.suspicious)} above {now.limit:.4f}, {now.perfect:,} of"
            f" them at 1.0{leak}"
        )
        source = f" ({competition.honest_source})" if competition.honest_source else ""
        console.result(
            f"the limit is {SURPRISE} standard errors of a score on {competition.public_rows:,}"
            f" rows above {competition.honest_limit:g}, the best accuracy that was published"
            f" without a choice on the test labels{source}; an honest score above the limit is"
            " unlikely, not impossible"
        )


def _show_standings(found: api.LeaderboardReview, competition: Competition) -> None:
    now = found.review
    if found.score is not None:
        console.result(f"your score {found.score:.5f}: {_standing(now, found.score, but=1)}")
    if found.cv is None:
        return
    error = public_error(competition, found.cv)
    within = ""
    if error is not None:
        best, worst = (now.standing(found.cv + sign * error).rank for sign in (1, -1))
        within = (
            f"; {best:,} to {worst:,} within the standard error of a score on "
            f"{competition.public_rows:,} rows, {error:.5f}"
        )
    console.result(f"your CV {found.cv:.5f} would be {_standing(now, found.cv)}{within}")


def _standing(now: Review, score: float, but: int = 0) -> str:
    """The rank of a score in words; `but` teams with this score are not counted as tied with it."""
    there = now.standing(score)
    others = there.tied - but
    honest = f", {now.honest_rank(score):,} without the suspicious" if now.suspicious else ""
    if now.limit is not None and score > now.limit:
        honest = ", which is itself suspicious"
    tied = f", tied with {count_teams(others)}" if others > 0 else ""
    return f"rank {there.rank:,} of {there.teams:,} (top {there.top:.1f}%){tied}{honest}"


def _show_movement(movement: api.Movement, *, has_limit: bool) -> None:
    parts = [f"{movement.teams:+,} teams"]
    if has_limit:
        parts.append(f"{movement.suspicious:+,} suspicious")
    if movement.score is not None:
        parts.append(f"your rank {movement.before:,} -> {movement.after:,}")
        parts.append(f"your score {movement.score:+.5f}")
    console.result(f"since {movement.since}: {', '.join(parts)}")


def _show_history(history: list[Entry], competition: Competition) -> None:
    errors = [public_error(competition, entry.public_score or 0.0) for entry in history]
    is_known = None not in errors
    about = (
        f"; s.e. is the standard error of a score on {competition.public_rows:,} rows"
        if is_known
        else ""
    )
    console.result(f"\nyour submissions{about}")
    rows = []
    for entry, error in zip(history, errors, strict=True):
        public, difference = entry.public_score or 0.0, entry.difference or 0.0
        cells = (f"{entry.cv_mean:.5f}", f"{public:.5f}", f"{difference:+.5f}")
        told = () if error is None else (f"{error:.5f}",)
        rows.append((entry.time[:10], entry.run, *cells, *told))
    header = ("date", "run", "CV", "public", "difference")
    console.table((*header, "s.e.") if is_known else header, rows)
