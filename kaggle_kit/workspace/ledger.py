"""`submissions/ledger.csv`: one row for every submission, made with the kit or without it."""

import csv
import io
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from kaggle_kit.errors import RunError, in_words
from kaggle_kit.workspace.files import locked, write_bytes
from kaggle_kit.workspace.storage import parse_csv, point


@dataclass(frozen=True)
class Entry:
    """One submission. Times are UTC in ISO 8601, scores are as Kaggle shows the metric.

    `run` is the name of the file if no run made it. For a submission that was sent without the kit,
    the fields that only the kit knows are empty: run, file_sha256 and revision are "", cv_mean and
    cv_std are None.
    """

    time: str
    competition: str
    run: str
    file_sha256: str
    revision: str
    cv_mean: float | None
    cv_std: float | None
    ref: int
    status: str
    public_score: float | None
    message: str

    @property
    def difference(self) -> float | None:
        """Public score minus the cross-validation score; None if one of them is unknown.

        For a loss, a positive difference is bad news.
        """
        if self.public_score is None or self.cv_mean is None:
            return None
        return self.public_score - self.cv_mean


COLUMNS = [field.name for field in fields(Entry)]
NUMBERS = ("cv_mean", "cv_std", "ref", "public_score")
CORRECT_IT = "fix it, or move it away: `kaggle-kit submit --sync` then lists what Kaggle knows"


def read(path: Path) -> list[dict[str, str]]:
    """The rows of the ledger, oldest first; an empty list if there is no ledger yet.

    Columns that somebody added are kept. A spreadsheet may have saved it. Raises RunError if the
    ledger is unreadable, or lacks a column of the kit.
    """
    if not path.exists():
        return []
    try:
        header, *rows = parse_csv(path.read_bytes(), COLUMNS)
    except OSError as error:
        raise RunError(f"{path} cannot be read: {in_words(error)}", hint=CORRECT_IT) from None
    except (ValueError, csv.Error) as error:
        raise RunError(f"{path} is damaged: {in_words(error)}", hint=CORRECT_IT) from None
    table = [dict(zip(header, row, strict=True)) for row in rows]
    return [row | {name: point(row[name]) for name in NUMBERS} for row in table]


def entries(path: Path, competition: str) -> list[Entry]:
    """The submissions to a competition, oldest first; raises RunError if a row is unreadable."""
    rows = [row for row in read(path) if row["competition"] == competition]
    try:
        return [_entry(row) for row in rows]
    except ValueError as error:
        raise RunError(f"{path} is damaged: {in_words(error)}", hint=CORRECT_IT) from None


def record(path: Path, *new: Entry) -> int:
    """Add or update entries; return the number of rows that are new or changed.

    If the submission has a row already, its status and score are updated, but a known score is not
    removed. What is known of its file and run stays. Two processes may do this at the same time.
    """
    with locked(path.with_name(f".{path.name}.lock")):
        try:
            before = {_key(row): row for row in read(path)}
        except ValueError as error:
            raise RunError(f"{path} is damaged: {in_words(error)}", hint=CORRECT_IT) from None
        after = dict(before)
        for row in map(_row, new):
            after[_key(row)] = _merged(after.get(_key(row), {}), row)
        if after != before:
            _write(path, after)
    return sum(row != before.get(key) for key, row in after.items())


def _merged(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    known = {name: value for name, value in old.items() if value}
    if old and new["status"] != "pending":
        known |= {name: new[name] for name in ("status", "public_score") if new[name]}
    return old | new | known


def _write(path: Path, table: dict[tuple[str, int], dict[str, str]]) -> None:
    columns = dict.fromkeys([*COLUMNS, *(name for row in table.values() for name in row)])
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(table.values(), key=lambda row: row["time"]))
    write_bytes(path, text.getvalue().encode())


def _key(row: dict[str, str]) -> tuple[str, int]:
    return row["competition"], _number_of(row)


def _number_of(row: dict[str, str]) -> int:
    """The number of a submission, which a spreadsheet may have saved as 1001.0."""
    text = row["ref"].strip()
    if not re.fullmatch(r"[0-9]+(\.0*)?", text):
        raise ValueError(f"expected a whole number as ref, found {text!r}")
    return int(text.partition(".")[0])


def _row(entry: Entry) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in asdict(entry).items()}


def _entry(row: dict[str, str]) -> Entry:
    def number(name: str) -> float | None:
        return float(row[name]) if row[name] else None

    scores: dict[str, Any] = {name: number(name) for name in ("cv_mean", "cv_std", "public_score")}
    texts = {name: row[name] for name in COLUMNS if name not in scores}
    return Entry(**texts | scores | {"ref": _number_of(row)})
