"""Kaggle's folders, for the notebook that runs there: find the data, and save the output."""

import json
import shutil
from pathlib import Path

from kaggle_kit.errors import DataError
from kaggle_kit.workspace.files import sha256

SUMS = "kaggle-kit-output.json"
NOT_HANDED_OVER = ("tuner",)


def find_data(kaggle: Path, competition: str) -> Path:
    """The folder of the competition under `<kaggle>/input`; Kaggle uses one of two places.

    Raises
    ------
    DataError
        The competition is not attached to the notebook.
    """
    places = [kaggle / "input" / competition, kaggle / "input" / "competitions" / competition]
    for place in places:
        if place.is_dir():
            return place
    raise DataError(
        f"no data of {competition} in {' or '.join(map(str, places))}",
        hint="attach the competition to the notebook: Add Input, Competitions",
    )


def hand_over(run: Path, working: Path) -> None:
    """Copy a run to `<working>/runs/`, and write the SHA-256 of each file of the output.

    With the checksums, `output` can distinguish a file from an error page that was fetched instead.
    Files in hidden folders, and those that Kaggle itself writes, such as `__notebook__.ipynb`, have
    no checksum: they may change, or not be part of the output.
    """
    kept = working / "runs" / run.name
    ignored = shutil.ignore_patterns(*NOT_HANDED_OVER)
    shutil.copytree(run, kept, ignore=ignored, dirs_exist_ok=True)
    names = {path.relative_to(working): path for path in working.rglob("*") if path.is_file()}
    sums = {
        name.as_posix(): sha256(path)
        for name, path in sorted(names.items())
        if path.is_relative_to(kept) or not _is_kaggles(name)
    }
    (working / SUMS).write_text(json.dumps(sums, indent=1) + "\n", encoding="utf-8")


def _is_kaggles(name: Path) -> bool:
    return name.parts[0] in {"runs", SUMS} or any(
        part[:1] == "." or part[:2] == "__" for part in name.parts
    )
