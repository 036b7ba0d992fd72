"""Checks the output of a notebook against the checksums that the notebook wrote."""

from pathlib import Path
from typing import Any

from kaggle_kit.errors import DataError, RunError
from kaggle_kit.kaggle.kernel.runtime import SUMS
from kaggle_kit.workspace.files import sha256
from kaggle_kit.workspace.storage import read_json

AGAIN = "run `kaggle-kit kernel output` again"


def verify_output(folder: Path, files: list[Path]) -> str:
    """Return the name of the run; raise DataError if a file is missing or has a wrong checksum."""
    names = {path.relative_to(folder).as_posix(): path for path in files}
    for name in (SUMS, "submission.csv"):
        if name not in names:
            raise DataError(
                f"the notebook's output has no {name}",
                hint="see the notebook's page: it may have been stopped, or it is another notebook",
            )
    noted = _read_sums(names[SUMS])
    for name, digest in noted.items():
        if name not in names or sha256(names[name]) != digest:
            found = "missing" if name not in names else "not what the notebook wrote"
            raise DataError(f"{name} of the notebook's output is {found}", hint=AGAIN)
    runs = {name.split("/")[1] for name in noted if name.startswith("runs/")}
    if len(runs) != 1:
        raise DataError(f"the notebook's output has {len(runs)} runs, expected one")
    return runs.pop()


def _read_sums(path: Path) -> dict[str, Any]:
    try:
        return read_json(path)
    except RunError:
        message = f"{path.name} of the notebook's output is not what the notebook wrote"
        raise DataError(message, hint=AGAIN) from None
