"""Read and write the files of a run. Errors about missing or damaged files say what to do."""

from __future__ import annotations

import json
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from kaggle_kit.errors import RunError
from kaggle_kit.workspace.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

RESTORE = "restore it, or start the run again with `kaggle-kit tune --restart`"


def read_json(path: Path, *keys: str) -> dict[str, Any]:
    """The object in a JSON file of a run; raises RunError if it is missing or damaged.

    A file without one of `keys` is damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError) as error:
        raise damaged(path, error) from None
    if not isinstance(content, dict):
        raise damaged(path, "it is not a JSON object")
    return _having(path, content, keys)


def read_arrays(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """The arrays in a .npz file of a run; raises RunError if it is missing or damaged.

    A file without one of the arrays `names` is damaged.
    """
    try:
        with path.open("rb") as file, np.load(file) as stored:
            content = dict(stored)
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise damaged(path, error) from None
    return _having(path, content, names)


def write_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # its stubs do not allow **


def read_table(path: Path) -> pd.DataFrame:
    """A CSV that the kit wrote into a run; raises RunError if it is missing or damaged."""
    import pandas as pd

    try:
        return pd.read_csv(path)
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError) as error:
        raise damaged(path, error) from None


def _having(path: Path, content: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    lacking = [key for key in keys if key not in content]
    if lacking:
        raise damaged(path, f"it has no {', '.join(lacking)}")
    return content


def _step(path: Path) -> str:
    made_by_fit = ("oof.npz", "test.npz", "familiar.npz", "history.csv", "made_from.json")
    return "fit" if path.name.endswith(made_by_fit) else "tune"


def _missing(path: Path) -> RunError:
    return RunError(f"{path} is missing", hint=f"run `kaggle-kit {_step(path)}` first")


def damaged(path: Path, found: object) -> RunError:
    """The error to raise for a damaged file; `found` says what is wrong."""
    remedy = f"delete it, and `kaggle-kit {_step(path)}` makes it again"
    if path.name in {"config.json", "folds.npz"}:
        remedy = RESTORE
    return RunError(f"{path} is damaged: {found}", hint=remedy)


def short(value: Any) -> str:
    """A value as text of 24 characters at most."""
    text = str(value)
    return text if len(text) <= 24 else text[:21] + "…"
