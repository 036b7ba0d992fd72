"""`submissions/ledger.csv`: one row for every submission made."""

import csv
import io
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from kaggle_kit.errors import RunError
from kaggle_kit.files import write_bytes


@dataclass(frozen=True)
class Entry:
    """One submission; times are UTC in ISO 8601, scores are accuracies (0..1)."""

    time: str
    competition: str
    run: str
    file_sha256: str
    revision: str
    cv_mean: float
    cv_std: float
    ref: int
    status: str
    public_score: float | None
    message: str


COLUMNS = [field.name for field in fields(Entry)]
MEND = "mend it, or move it away; the submissions are on Kaggle's page too"


def read(path: Path) -> list[dict[str, str]]:
    """The rows of the ledger, oldest first; none if there is no ledger yet.

    Columns that others added are kept. Raises RunError if it lacks one of ours.
    """
    if not path.exists():
        return []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            header = reader.fieldnames or []
    except (ValueError, csv.Error) as error:
        raise RunError(f"{path} cannot be read: {error}", hint=MEND) from None
    lacking = [name for name in COLUMNS if name not in header]
    if lacking or any(None in row or None in row.values() for row in rows):
        found = f"no column {lacking[0]}" if lacking else "a row that is too short or too long"
        raise RunError(f"{path} is damaged: {found}", hint=MEND)
    return rows


def find(path: Path, competition: str, file_sha256: str) -> Entry | None:
    """The last submission of just this file that Kaggle did not refuse."""
    same = {"competition": competition, "file_sha256": file_sha256}
    for row in reversed(read(path)):
        if row["status"] != "error" and same.items() <= row.items():
            score = row["public_score"]
            return Entry(
                **{name: row[name] for name in COLUMNS}
                | {
                    "cv_mean": float(row["cv_mean"]),
                    "cv_std": float(row["cv_std"]),
                    "ref": int(row["ref"]),
                    "public_score": float(score) if score else None,
                }  # type: ignore[arg-type]
            )
    return None


def record(path: Path, entry: Entry) -> None:
    """Add the entry, in the place of an earlier one of the same submission."""
    row = {name: "" if value is None else str(value) for name, value in asdict(entry).items()}
    key = ("competition", "ref")
    rows = read(path)
    others = [other for other in rows if any(other[name] != row[name] for name in key)]
    columns = dict.fromkeys([*COLUMNS, *(name for other in rows for name in other)])
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows([*others, row])
    write_bytes(path, text.getvalue().encode())
