"""Where things lie under `--home`, and how the files of a run are read."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kaggle_kit.errors import InputError, RunError
from kaggle_kit.workspace.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

RESTORE = "restore it, or start the run again with `kaggle-kit tune --restart`"


@dataclass(frozen=True)
class Run:
    """The files of one run, all in one folder that can be copied elsewhere."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.json"

    @property
    def folds(self) -> Path:
        return self.folder / "folds.npz"

    @property
    def tuner(self) -> Path:
        return self.folder / "tuner"

    @property
    def trials(self) -> Path:
        return self.folder / "trials.csv"

    @property
    def best(self) -> Path:
        return self.folder / "best.json"

    @property
    def models(self) -> Path:
        return self.folder / "models"

    @property
    def made_from(self) -> Path:
        return self.models / "made_from.json"

    def network_history(self, fold: int, member: int) -> Path:
        return self.models / f"{_network(fold, member)}.history.csv"

    def weights(self, fold: int, member: int = 0) -> Path:
        return self.models / f"{_network(fold, member)}.weights.h5"

    @property
    def history(self) -> Path:
        return self.folder / "history.csv"

    @property
    def oof(self) -> Path:
        return self.folder / "oof.npz"

    @property
    def test(self) -> Path:
        return self.folder / "test.npz"

    @property
    def familiar(self) -> Path:
        return self.folder / "familiar.npz"

    @property
    def submission(self) -> Path:
        return self.folder / "submission.csv"

    @property
    def robustness(self) -> Path:
        return self.folder / "robustness.csv"

    @property
    def card(self) -> Path:
        return self.folder / "model_card.md"

    @property
    def report(self) -> Path:
        return self.folder / "report"

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle"

    @property
    def export(self) -> Path:
        return self.folder / "export"

    def discard(self) -> None:
        """Delete what the kit made in the run; files of others stay.

        What the rest was made from goes last, so that half a deletion is not taken for a run.
        """
        for folder in (self.export, self.bundle, self.report, self.models, self.tuner):
            if folder.exists():
                shutil.rmtree(folder)
        made = (
            self.bundle.with_suffix(".zip"),
            self.submission,
            self.card,
            self.robustness,
            self.test,
            self.familiar,
            self.oof,
            self.history,
            self.best,
            self.trials,
        )
        for file in (*made, self.folds, self.config):
            file.unlink(missing_ok=True)


def _network(fold: int, member: int) -> str:
    return f"fold{fold}.member{member}" if member else f"fold{fold}"


@dataclass(frozen=True)
class Home:
    """The folder that `data/`, `runs/` and `submissions/` live in."""

    folder: Path

    def data(self, slug: str) -> Path:
        return self.folder / "data" / slug

    def run(self, name: str) -> Run:
        """The run called `name`; raises InputError unless that can be the name of a folder."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise InputError(
                f"a run's name is letters, digits, '.', '_' and '-', got {name!r}",
                hint="for example --run deeper-2",
            )
        return Run(self.runs / name)

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    @property
    def ledger(self) -> Path:
        return self.folder / "submissions" / "ledger.csv"

    def submissions(self, slug: str) -> Path:
        return self.folder / "submissions" / slug

    def kernel(self, slug: str) -> Path:
        return self.folder / "kernels" / slug

    def leaderboard(self, slug: str, date: str) -> Path:
        return self.submissions(slug) / f"leaderboard-{date}.csv"


def read_json(path: Path, *keys: str) -> dict[str, Any]:
    """The object in a JSON file of a run; raises RunError if it is missing, torn or lacks a key."""
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from None
    if not isinstance(content, dict):
        raise _damaged(path, "no JSON object")
    return _having(path, content, keys)


def read_arrays(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """The arrays in a .npz file of a run; raises RunError if it is missing, torn or lacks one."""
    try:
        with path.open("rb") as file, np.load(file) as stored:
            content = dict(stored)
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _damaged(path, error) from None
    return _having(path, content, names)


def write_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # its stubs take no **


def read_table(path: Path) -> pd.DataFrame:
    """A CSV that the kit wrote into a run; raises RunError if it is missing or damaged."""
    import pandas as pd

    try:
        return pd.read_csv(path)
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from None


def _having(path: Path, content: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    lacking = [key for key in keys if key not in content]
    if lacking:
        raise _damaged(path, f"it has no {', '.join(lacking)}")
    return content


def _step(path: Path) -> str:
    made_by_fit = {"oof.npz", "test.npz", "familiar.npz", "history.csv", "made_from.json"}
    return "fit" if path.name in made_by_fit else "tune"


def _missing(path: Path) -> RunError:
    return RunError(f"{path} is missing", hint=f"run `kaggle-kit {_step(path)}` first")


def _damaged(path: Path, found: object) -> RunError:
    remedy = f"delete it, and `kaggle-kit {_step(path)}` makes it again"
    if path.name in {"config.json", "folds.npz"}:
        remedy = RESTORE
    return RunError(f"{path} is damaged: {found}", hint=remedy)


def short(value: Any) -> str:
    """A value as text of 24 characters at most."""
    text = str(value)
    return text if len(text) <= 24 else text[:21] + "…"
