"""What every verb works on: a competition, a home, a run, and the data."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
from typing import TYPE_CHECKING

from kaggle_kit.cli import console
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.errors import CredentialsError, KitError, RunError
from kaggle_kit.workspace.config import read_config
from kaggle_kit.workspace.paths import Home, Run

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

    from kaggle_kit.competition.description import Competition
    from kaggle_kit.data.dataset import Digits


@dataclasses.dataclass(frozen=True)
class Job:
    competition: Competition
    home: Home
    run: Run

    @classmethod
    def of(cls, options: Namespace) -> Job:
        home = Home(options.home)
        return cls(get_competition(options.competition), home, home.run(options.run))

    @property
    def data(self) -> Path:
        return self.home.data(self.competition.slug)


def load(job: Job) -> tuple[Digits, Digits]:
    """The images of train.csv and test.csv, if they are what `download` put there."""
    from kaggle_kit.data.dataset import load_test, load_train
    from kaggle_kit.data.manifest import check_landed

    train = load_train(job.data, job.competition)
    test = load_test(job.data, job.competition)
    check_landed(job.data, sha256s(train, test))
    for name, part in (("train.csv", train), ("test.csv", test)):
        for finding in part.findings.describe():
            console.note(f"{name}: {finding}")
    return train, test


def check_fitted(job: Job) -> None:
    """Raise RunError, with what to do, unless the run has its ensemble; no data are needed."""
    from kaggle_kit.workspace.fit_status import check_current

    config = read_config(job.run, ["data"])
    if config is None:
        raise RunError(
            f"there is no run {job.run.folder.name!r} in {job.run.folder.parent}",
            hint="`kaggle-kit tune`, then `fit`, make one; --home and --run name another",
        )
    check_current(job.run, config["data"]["train.csv"])


def check_installed(what: str, needed: dict[str, str]) -> None:
    """Raise KitError if a module that `what` needs is not there; pip knows it as `needed` says."""
    lacking = [pip for module, pip in needed.items() if importlib.util.find_spec(module) is None]
    if lacking:
        wanted = " ".join(f'"{requirement}"' for requirement in lacking)
        raise KitError(
            f"{what} needs {' and '.join(lacking)}, not installed here",
            hint=f"pip install {wanted}; `make setup` does so by itself",
        )


def warn_of_exposed_key() -> None:
    """Say so if other users of this machine can read the credentials that a call will use."""
    from kaggle_kit.kaggle.credentials import exposed_file, find_credentials

    with contextlib.suppress(CredentialsError):  # the call itself will say
        exposed = exposed_file(find_credentials())
        if exposed:
            console.note(f"warning: others can read {exposed}; chmod 600 {exposed}")


def sha256s(train: Digits, test: Digits) -> dict[str, str]:
    """The SHA-256 of each CSV, by its name."""
    return {"train.csv": train.sha256, "test.csv": test.sha256}
