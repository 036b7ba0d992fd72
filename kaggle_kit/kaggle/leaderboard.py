"""What a leaderboard's CSV says: lines, ranks, scores that are too good, and movement.

Pure functions over a table; `read_leaderboard` makes one from the CSV that Kaggle gives out.
"""

import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.errors import DataError

SHARES = (1, 5, 10, 25, 50)
GET = "download it from the competition's page: Leaderboard, Raw Data"
OTHER_NAMES = {"SubmissionDate": "LastSubmissionDate"}  # in exports of some years ago


@dataclass(frozen=True)
class Standing:
    """Where a score stands among the teams that have one.

    `rank` is from 1, and teams of one score share the best of their ranks; `tied` counts the
    teams of just that score; `top` is the rank as a percentage of `teams`.
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
        Of the teams that have one, best first.
    unscored : int
        Teams without a score.
    lines : dict of int to float
        The score at the last rank of the best 1, 5, … percent.
    suspicious, perfect : int
        Teams above `limit`, and teams at 1.0.
    limit : float
        What no published honest model exceeds.
    """

    scores: NDArray[np.float64]
    unscored: int
    lines: dict[int, float]
    suspicious: int
    perfect: int
    limit: float

    @property
    def teams(self) -> int:
        return len(self.scores)

    def standing(self, score: float) -> Standing:
        """Where `score` (0..1) stands, or would."""
        better = int(np.sum(self.scores > score))
        return Standing(score, better + 1, int(np.sum(self.scores == score)), self.teams)

    def honest_rank(self, score: float) -> int:
        """The rank of an honest `score` among the teams whose scores are not suspicious."""
        return self.standing(score).rank - self.suspicious


def read_leaderboard(path: Path) -> pd.DataFrame:
    """The leaderboard as Kaggle gives it out.

    Returns
    -------
    DataFrame with one row a team, in the order of the file: TeamName (str), Score (float64, NaN
    for a team without one), and LastSubmissionDate and TeamMemberUserNames (str) if the file has
    them.

    Raises
    ------
    DataError
        The file cannot be read, is no leaderboard, or has a score that is no number from 0 to 1.
    """
    try:
        with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning):
            table = pd.read_csv(
                path, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False
            )
    except FileNotFoundError:
        raise DataError(f"{path} does not exist", hint="give the leaderboard's CSV") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}", hint=GET) from None
    except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise DataError(f"{path} cannot be read as a leaderboard: {error}", hint=GET) from None
    table = table.rename(columns=OTHER_NAMES)
    lacking = [name for name in ("TeamName", "Score") if name not in table]
    if lacking:
        found = ", ".join(map(str, table.columns))[:80]
        raise DataError(
            f"{path} is no leaderboard: no column {lacking[0]}, found {found}", hint=GET
        )
    text = table["Score"].str.strip()
    scores = pd.to_numeric(text.where(text != ""), errors="coerce").astype(float)
    wrong = (text != "") & ~scores.between(0, 1)
    if wrong.any():
        row = int(np.argmax(wrong))
        message = f"{path}, line {row + 2}: Score is {text[row]!r}, expected 0 to 1"
        raise DataError(message, hint=GET)
    table["Score"] = scores
    return table


def review(table: pd.DataFrame, competition: Competition) -> Review:
    """The figures of a table that `read_leaderboard` made; its order does not matter."""
    scores = np.sort(table["Score"].dropna().to_numpy())[::-1]
    ranks = {share: max(1, math.ceil(len(scores) * share / 100)) for share in SHARES}
    limit = competition.honest_limit
    return Review(
        scores=scores,
        unscored=int(table["Score"].isna().sum()),
        lines={share: float(scores[rank - 1]) for share, rank in ranks.items() if len(scores)},
        suspicious=int(np.sum(scores > limit)),
        perfect=int(np.sum(scores == 1.0)),
        limit=limit,
    )


class Team(NamedTuple):
    """A team of the leaderboard; the score is NaN if it has none."""

    name: str
    score: float


def find_team(table: pd.DataFrame, name: str) -> Team | None:
    """The team called `name`, or with a member of that user name; None if there is none."""
    found = pd.Series(data=False, index=table.index)
    if "TeamMemberUserNames" in table:
        # Kaggle has written the members with commas and with semicolons.
        members = ";" + table["TeamMemberUserNames"].str.replace(r"\s*[,;]\s*", ";", regex=True)
        found = (members + ";").str.contains(f";{name};", case=False, regex=False)
    if not found.any():  # a stranger's team may have the name of a user
        found = table["TeamName"].str.casefold() == name.casefold()
    if not found.any():
        return None
    row = table[found].iloc[0]
    return Team(str(row["TeamName"]), float(row["Score"]))


def count_teams(number: int) -> str:
    return f"{number:,} team{'' if number == 1 else 's'}"
