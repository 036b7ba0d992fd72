"""`submissions/ledger.csv`: one row for every submission made."""

import csv
import io
from dataclasses import asdict, dataclass, fields
from pathlib import Path

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


def read(path: Path) -> list[dict[str, str]]:
    """The rows of the ledger, oldest first; none if there is no ledger yet."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def record(path: Path, entry: Entry) -> None:
    """Add the entry, in the place of an earlier one of the same submission."""
    row = {name: "" if value is None else str(value) for name, value in asdict(entry).items()}
    key = ("competition", "ref")
    others = [other for other in read(path) if any(other[name] != row[name] for name in key)]
    text = io.StringIO()
    writer = csv.DictWriter(text, [f.name for f in fields(Entry)], lineterminator="\n")
    writer.writeheader()
    writer.writerows([*others, row])
    write_bytes(path, text.getvalue().encode())
