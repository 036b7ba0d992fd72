"""What Kaggle says of a competition and of submissions, as objects."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Submission:
    """One submission as Kaggle shows it.

    Attributes
    ----------
    ref : int
        Its number at Kaggle.
    status : str
        "pending", "complete" or "error".
    public_score : float or None
        None until there is a score.
    error : str
        Why Kaggle could not score the file; "" if there was no error.
    file_name, message : str
        The values that were sent with the submission.
    date : datetime or None
        The time of the submission, UTC.
    """

    ref: int
    status: str
    public_score: float | None
    error: str
    file_name: str
    message: str
    date: datetime | None


@dataclass(frozen=True)
class Limits:
    """The number of submissions that the user's team made today (UTC) and may still make.

    `by_total` says that the limit is that of the whole competition, not that of the day.
    """

    made: int
    left: int
    by_total: bool


@dataclass(frozen=True)
class Record:
    """What Kaggle says of a competition.

    Attributes
    ----------
    has_entered : bool
        Whether the user has accepted the rules.
    notebooks_only : bool
        Whether Kaggle takes submissions from notebooks alone.
    metric : str
        The metric, as Kaggle calls it; "" if it is not told.
    daily_limit : int
        The number of submissions of a team a day; 0 if it is not told.
    """

    has_entered: bool
    notebooks_only: bool
    metric: str
    daily_limit: int


def record_of(found: Any) -> Record:
    """The record in an answer of the SDK."""
    return Record(
        has_entered=bool(found.user_has_entered),
        notebooks_only=bool(found.is_kernels_submissions_only),
        metric=found.evaluation_metric or "",
        daily_limit=found.max_daily_submissions or 0,
    )


def limits_of(found: Any) -> Limits | None:
    """The limits in an answer of the SDK, which has zeros before the first submission."""
    counts = (found.num_today, found.num_total, found.num_allowed_now)
    return Limits(counts[0], counts[2], bool(found.limited_by_total)) if any(counts) else None


def submission_of(found: Any) -> Submission:
    """The submission in an answer of the SDK; raises ValueError if there is none."""
    if not found.ref:  # the SDK reads any JSON as a pending submission
        raise ValueError("no submission")
    return Submission(
        ref=found.ref,
        status=found.status.name.lower(),
        public_score=float(found.public_score) if found.public_score else None,
        error=found.error_description or "",
        file_name=found.file_name or "",
        message=found.description or "",
        date=found.date.replace(tzinfo=UTC) if found.date else None,
    )
