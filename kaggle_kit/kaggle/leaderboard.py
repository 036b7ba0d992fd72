"""Figures from the CSV of a leaderboard: lines, ranks, and scores that are too good.

The functions are pure and take a table. `read_leaderboard` makes it from Kaggle's CSV. Scores are
as Kaggle shows the metric, so a smaller log loss is better.
"""

import csv
import math
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition, Metric
from kaggle_kit.errors import DataError, in_words
from kaggle_kit.evaluation.intervals import binomial_error
from kaggle_kit.evaluation.scores import greater_is_better
from kaggle_kit.workspace.storage import parse_csv, point

BOUNDS = {Metric.LOG_LOSS: (0.0, math.inf), Metric.QUADRATIC_KAPPA: (-1.0, 1.0)}
SHARES = (1, 5, 10, 25, 50)
GET = "download it from the competition's page: Leaderboard, Raw Data"
OTHER_NAMES = {  # in exports of some years ago, and in `kaggle competitions leaderboard --csv`
    "SubmissionDate": "LastSubmissionDate",
    "submissionDate": "LastSubmissionDate",
    "teamName": "TeamName",
    "score": "Score",
}


@dataclass(frozen=True)
class Standing:
    """The place of a score among the teams that have a score.

    `rank` starts at 1, and teams with the same score share the best of their ranks. `tied` is the
    number of teams with exactly that score. `top` is the rank as a percentage of `teams`.
    """

    score: float
    rank: int
    tied: int
    teams: int

    @property
    def top(self) -> float:
        return 100 * self.rank / max(self.teams, 1)


@dataclass(frozen=True)
class Review:
    """A leaderboard in figures.

    Attributes
    ----------
    scores : float64 array of shape (teams,)
        The scores of the teams that have one, best first.
    unscored : int
        The number of teams without a score.
    lines : dict of int to float
        The score at the last rank of the best 1, 5, … percent of the teams.
    suspicious, perfect : int
        The number of teams above `limit`, and of teams at 1.0.
    limit : float or None
        The score above which a score is suspicious; see `Competition.suspicious_above`.
    metric : str
    """

    scores: NDArray[np.float64]
    unscored: int
    lines: dict[int, float]
    suspicious: int
    perfect: int
    limit: float | None
    metric: str = Metric.ACCURACY

    @property
    def teams(self) -> int:
        return len(self.scores)

    def standing(self, score: float) -> Standing:
        """The place of `score`, whether a team has this score or not."""
        better = self.scores > score if greater_is_better(self.metric) else self.scores < score
        rank = int(np.sum(better)) + 1
        tied = int(np.sum(self.scores == score))
        return Standing(score, rank, tied, max(self.teams, rank))

    def honest_rank(self, score: float) -> int:
        """The rank of an honest `score` among the teams whose scores are not suspicious."""
        return self.standing(score).rank - self.suspicious


def read_leaderboard(path: Path, metric: str = Metric.ACCURACY) -> pd.DataFrame:
    """Read the CSV of a leaderboard, as Kaggle offers it for download.

    Returns
    -------
    DataFrame with one row for each team, in the order of the file. Its columns are TeamName (str),
    Score (float64, NaN for a team without a score), and, if the file has them, LastSubmissionDate
    and TeamMemberUserNames (str).

    Raises
    ------
    DataError
        The file cannot be read, is not a leaderboard, or has a score that the metric does not
        have.
    """
    try:
        header, *rows = parse_csv(path.read_bytes(), [], [*OTHER_NAMES, *OTHER_NAMES.values()])
    except FileNotFoundError:
        raise DataError(f"{path} does not exist", hint="give the leaderboard's CSV") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {in_words(error)}", hint=GET) from None
    except (ValueError, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read as a leaderboard: {in_words(error)}", hint=GET
        ) from None
    table = pd.DataFrame(rows, columns=header, dtype=str)
    table = table.rename(columns=OTHER_NAMES)
    lacking = [name for name in ("TeamName", "Score") if name not in table]
    if lacking:
        found = ", ".join(map(str, table.columns))[:80]
        raise DataError(
            f"{path} is no leaderboard: no column {lacking[0]}, found {found}", hint=GET
        )
    text = table["Score"].str.strip().map(point)
    scores = pd.to_numeric(text.where(text != ""), errors="coerce").astype(float)
    low, high = BOUNDS.get(Metric(metric), (0.0, 1.0))
    wrong = (text != "") & ~(scores.between(low, high) & np.isfinite(scores))
    if wrong.any():
        row = int(np.argmax(wrong))
        expected = f"{low:g} to {high:g}" if high < math.inf else f"a number from {low:g}"
        message = f"{path}, line {row + 2}: Score is {text[row]!r}, expected {expected}"
        raise DataError(message, hint=GET)
    table["Score"] = scores
    if "Rank" in table:  # Kaggle's own benchmarks have rank 0, and are not teams
        table = table[table["Rank"].str.strip() != "0"].reset_index(drop=True)
    return table


def review(table: pd.DataFrame, competition: Competition) -> Review:
    """Review a table of `read_leaderboard`; the order of its rows does not matter."""
    scores = np.sort(table["Score"].dropna().to_numpy())
    if greater_is_better(competition.metric):
        scores = scores[::-1]
    ranks = {share: max(1, math.ceil(len(scores) * share / 100)) for share in SHARES}
    limit = competition.suspicious_above
    return Review(
        scores=scores,
        unscored=int(table["Score"].isna().sum()),
        lines={share: float(scores[rank - 1]) for share, rank in ranks.items() if len(scores)},
        suspicious=0 if limit is None else int(np.sum(scores > limit)),
        perfect=int(np.sum(scores == 1.0)),
        limit=limit,
        metric=competition.metric,
    )


def public_error(competition: Competition, score: float) -> float | None:
    """The standard error of a public score, by the choice of the rows that it is computed on.

    None if it is not known: for metrics other than accuracy, which are no share of the rows, or if
    the number of rows is not known.
    """
    if competition.metric != Metric.ACCURACY or not competition.public_rows:
        return None
    return binomial_error(score, competition.public_rows)


class Team(NamedTuple):
    """A team of the leaderboard.

    The score is NaN if the team has none. `namesakes` is the number of teams that were found; this
    is the best of them.
    """

    name: str
    score: float
    namesakes: int = 1


def find_team(table: pd.DataFrame, name: str, metric: str = Metric.ACCURACY) -> Team | None:
    """The team of that name, or else the team with a member of that user name; None if neither.

    Upper and lower case, blanks around the name and the Unicode form do not matter.
    """
    wanted = _folded(name)
    named = _best(table[table["TeamName"].map(_folded) == wanted], metric)
    return named or find_team_of(table, name, metric)


def find_team_of(table: pd.DataFrame, user: str, metric: str = Metric.ACCURACY) -> Team | None:
    """The team with a member of that user name; None if there is none.

    A team that only has the name of the user is taken only if the file does not say who is in it.
    """
    wanted = _folded(user)
    if "TeamMemberUserNames" not in table:
        return _best(table[table["TeamName"].map(_folded) == wanted], metric)
    # Kaggle separates the members by commas in some exports, by semicolons in others.
    members = table["TeamMemberUserNames"].str.split("[,;]", regex=True)
    named = table["TeamName"].map(_folded) == wanted
    unknown = table["TeamMemberUserNames"].str.strip() == ""
    inside = members.map(lambda names: wanted in {_folded(one) for one in names})
    return _best(table[inside.astype(bool)], metric) or _best(table[named & unknown], metric)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _best(found: pd.DataFrame, metric: str) -> Team | None:
    if found.empty:
        return None
    smaller_is_better = not greater_is_better(metric)
    row = found.sort_values("Score", ascending=smaller_is_better, kind="stable").iloc[0]
    return Team(str(row["TeamName"]), float(row["Score"]), len(found))


def count_teams(number: int) -> str:
    return f"{number:,} team{'' if number == 1 else 's'}"
