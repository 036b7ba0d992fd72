"""The paths under `--home`: the files of a run, and the folders around it."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from kaggle_kit.errors import InputError
from kaggle_kit.workspace.written import RECORD

PORTS = {f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)}
RESERVED = {"con", "prn", "aux", "nul", *PORTS}  # no file can have these names on Windows


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
    def plan(self) -> Path:
        return self.folder / "plan.json"

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

    @property
    def views(self) -> Path:
        return self.models / "views.json"

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

    @property
    def tensorboard(self) -> Path:
        return self.folder / "tensorboard"

    @property
    def mlflow(self) -> Path:
        return self.folder / "mlflow.json"

    def discard(self) -> None:
        """Delete all files that the kit made in the run; other files stay.

        folds.npz and config.json, from which the rest was made, are deleted last. The remains of an
        interrupted deletion are therefore not mistaken for a run.
        """
        for folder in (
            *(self.export, self.bundle, self.report, self.tensorboard),
            *(self.models, self.tuner),
        ):
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
            self.plan,
            self.trials,
            self.mlflow,
            self.folder / RECORD,
        )
        for file in (*made, self.folds, self.config):
            file.unlink(missing_ok=True)


def _network(fold: int, member: int) -> str:
    return f"fold{fold}.member{member}" if member else f"fold{fold}"


@dataclass(frozen=True)
class Home:
    """The folder that contains `data/`, `runs/`, `submissions/` and `kernels/`."""

    folder: Path

    def data(self, slug: str) -> Path:
        return self.folder / "data" / slug

    def run(self, name: str) -> Run:
        """The run called `name`; raises InputError if `name` is not valid as a folder name."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise InputError(
                f"a run's name is letters, digits, '.', '_' and '-', got {name!r}",
                hint="for example --run deeper-2",
            )
        if name.endswith(".") or name.partition(".")[0].lower() in RESERVED:
            raise InputError(
                f"Windows takes no folder called {name!r}, and a run can be copied there",
                hint="give another name with --run, for example deeper-2",
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
