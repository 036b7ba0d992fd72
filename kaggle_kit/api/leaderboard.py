"""Review the leaderboard: top scores, your rank, suspicious scores, your history."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import time
from typing import TYPE_CHECKING

from kaggle_kit.api.job import Job, check_at_kaggle, warn_of_exposed_key
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.errors import DataError, KaggleError, RunError
from kaggle_kit.evaluation.scores import greater_is_better, shown
from kaggle_kit.kaggle.leaderboard import (
    Review,
    Team,
    find_team,
    find_team_of,
    read_leaderboard,
    review,
)
from kaggle_kit.report.figures import png
from kaggle_kit.report.leaderboard_figures import history_figure, score_figure
from kaggle_kit.workspace.files import write_bytes
from kaggle_kit.workspace.ledger import entries

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from kaggle_kit.workspace.ledger import Entry


@dataclasses.dataclass(frozen=True)
class Movement:
    """The changes since an earlier leaderboard.

    Attributes
    ----------
    since : str
        The date of the earlier leaderboard, in ISO 8601.
    teams, suspicious : int
        How many more there are now.
    before, after : int or None
        The rank of the user's team then and now, if the team had a score both times.
    score : float or None
        How much the score of the team has grown; a log loss that has shrunk is better.
    """

    since: str
    teams: int
    suspicious: int
    before: int | None = None
    after: int | None = None
    score: float | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class LeaderboardReview:
    """A leaderboard, and the position of the user's own work on it.

    Attributes
    ----------
    path : Path
        The CSV of the leaderboard.
    team : Team or None
        The user's team, if it is known and has a score.
    score : float or None
        The score of the team, or else the best score in the ledger.
    cv : float or None
        The out-of-fold score of the run, or else of the last submission, as Kaggle shows the
        metric.
    history : list of Entry
        The submissions that have both a public and a cross-validation score.
    movement : Movement or None
        The changes; None if no earlier leaderboard was saved.
    """

    path: Path
    review: Review
    team: Team | None
    score: float | None
    cv: float | None
    history: list[Entry]
    movement: Movement | None


def download_leaderboard(job: Job, *, reporter: Reporter = SILENCE) -> Path:
    """Save today's leaderboard under submissions/<slug>/, or raise KaggleError."""
    from kaggle_kit.kaggle.downloads import KaggleDownloads

    check_at_kaggle(job.competition)
    warn_of_exposed_key(reporter)
    now = time.gmtime()
    path = job.home.leaderboard(job.competition.slug, time.strftime("%Y-%m-%d", now))
    if path.exists():  # the first of a day has the date alone
        path = job.home.leaderboard(job.competition.slug, time.strftime("%Y-%m-%dT%H%M%S", now))
    KaggleDownloads(job.competition, note=reporter.note).leaderboard(path)
    return path


def review_leaderboard(
    job: Job,
    path: Path,
    team: str | None = None,
    *,
    offline: bool = False,
    reporter: Reporter = SILENCE,
) -> LeaderboardReview:
    """Review the leaderboard in a CSV.

    Parameters
    ----------
    team : str, optional
        The name of a team, or of one of its members; by default the user of the credentials.
    offline : bool
        Do not ask Kaggle for the name of that user.

    Raises
    ------
    DataError
        The file is not a leaderboard.
    """
    metric = job.competition.metric
    table = read_leaderboard(path, metric)
    scored = _history(job, reporter)
    now = review(table, job.competition)
    user = None if team or not now.teams else _user(job, offline=offline)
    own = _scored(table, team, user, metric)
    if own:
        others = f", the best of {own.namesakes} with that name" if own.namesakes > 1 else ""
        reporter.note(f"your team: {own.name}{others}")
    elif team or user:
        reporter.note(
            f"no team with a score is named {team or user!r} or has such a member; see --team"
        )
    choose = max if greater_is_better(metric) else min
    public = (entry.public_score for entry in scored if entry.public_score is not None)
    best = choose(public, default=None)
    return LeaderboardReview(
        path=path,
        review=now,
        team=own,
        score=own.score if own else best,
        cv=_cv(job, scored),
        history=scored,
        movement=_movement(job, path, table, team=team, user=user, reporter=reporter)
        if now.teams
        else None,
    )


def draw(job: Job, found: LeaderboardReview) -> list[Path]:
    """Write the figures of a review under submissions/<slug>/, and return their paths."""
    marks = {"your score": found.score, "your CV": found.cv}
    known = {label: score for label, score in marks.items() if score is not None}
    figures = {"leaderboard.png": score_figure(found.review, known)}
    if found.history:
        figures["history.png"] = history_figure(found.history, job.competition)
    folder = job.home.submissions(job.competition.slug)
    for name, figure in figures.items():
        write_bytes(folder / name, png(figure))
    return [folder / name for name in figures]


def _history(job: Job, reporter: Reporter) -> list[Entry]:
    """The submissions with score and CV; none if the ledger is damaged."""
    try:
        known = entries(job.home.ledger, job.competition.slug)
    except RunError as error:
        reporter.note(f"your submissions are left out: {error}; {error.hint}")
        return []
    return [entry for entry in known if entry.difference is not None]


def _user(job: Job, *, offline: bool) -> str | None:
    """The user of the credentials; None if there are none, or if Kaggle does not name the user."""
    from kaggle_kit.kaggle.credentials import find_credentials
    from kaggle_kit.kaggle.submissions import KaggleSubmissions

    with contextlib.suppress(KaggleError):
        if offline:
            return find_credentials().username
        return KaggleSubmissions(job.competition).whoami()
    return None


def _scored(table: pd.DataFrame, team: str | None, user: str | None, metric: str) -> Team | None:
    """The team that is asked for, or else the user's, if it has a score."""
    found = (
        find_team(table, team, metric)
        if team
        else find_team_of(table, user, metric)
        if user
        else None
    )
    return found if found and not math.isnan(found.score) else None


def _cv(job: Job, history: list[Entry]) -> float | None:
    from kaggle_kit.workspace.best import Best
    from kaggle_kit.workspace.fit_status import load_evaluation

    with contextlib.suppress(RunError):
        if Best.read(job.run.best).competition in {"", job.competition.slug}:
            found = load_evaluation(job.run)
            return shown(found.metric, found.score)
    return history[-1].cv_mean if history else None


def _movement(
    job: Job,
    path: Path,
    table: pd.DataFrame,
    *,
    team: str | None,
    user: str | None,
    reporter: Reporter,
) -> Movement | None:
    """The changes since the last leaderboard that was saved before this one."""
    folder = job.home.submissions(job.competition.slug).resolve()
    saved, own = sorted(folder.glob("leaderboard-*.csv")), path.resolve()
    earlier = [file for file in saved if own.parent != folder or file.name < own.name]
    if not earlier:
        return None
    metric = job.competition.metric
    try:
        tables = (read_leaderboard(earlier[-1], metric), table)
    except DataError as error:
        reporter.note(f"no comparison with the leaderboard saved before: {error}")
        return None
    old, new = (review(one, job.competition) for one in tables)
    moved = Movement(
        since=earlier[-1].stem.removeprefix("leaderboard-"),
        teams=new.teams - old.teams,
        suspicious=new.suspicious - old.suspicious,
    )
    then, now = (_scored(one, team, user, metric) for one in tables)
    if not (then and now):
        return moved
    return dataclasses.replace(
        moved,
        before=old.standing(then.score).rank,
        after=new.standing(now.score).rank,
        score=now.score - then.score,
    )
