"""The input of every verb: a competition, a home, a run, and the data."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from kaggle_kit.competition.problem import Problem
from kaggle_kit.competition.registry import HOME_COMPETITION
from kaggle_kit.data.samples import letters
from kaggle_kit.errors import CredentialsError, InputError, KitError, RunError
from kaggle_kit.system import as_typed
from kaggle_kit.workspace.config import check_packages, read_config, trained_on
from kaggle_kit.workspace.requirements import requirement
from kaggle_kit.workspace.written import Origin, origin, set_aside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kaggle_kit.api.reporter import Reporter
    from kaggle_kit.competition.description import Competition
    from kaggle_kit.data.dataset import ImageSet
    from kaggle_kit.workspace.paths import Home, Run

EXPLAINER = {"gradio": "gradio", "shap": "shap", "PIL": "pillow"}


@dataclasses.dataclass(frozen=True, eq=False)
class Images:
    """The training and test images of a competition."""

    train: ImageSet
    test: ImageSet
    competition: Competition

    @property
    def parts(self) -> dict[str, ImageSet]:
        """Both, by their names in messages and in config.json."""
        return dict(zip(self.competition.part_names, (self.train, self.test), strict=True))

    @property
    def sha256s(self) -> dict[str, str]:
        """The SHA-256 of each part, by its name."""
        return {name: part.sha256 for name, part in self.parts.items()}

    @property
    def problem(self) -> Problem:
        """What the data turned out to be."""
        return Problem.of(self.competition, self.train.class_names)


@dataclasses.dataclass(frozen=True)
class Job:
    """What a verb works on.

    Attributes
    ----------
    competition : Competition
    home : Home
        The folder of data/, runs/ and submissions/.
    run : Run
    description : str
        The path by which the user named the competition; empty if it was named by its slug.
    images : Images, optional
        The images, if they are in memory; by default, they are those in the folder `data`.
    logs : Path, optional
        The folder of the logs of trackers, if the run is in a temporary folder.
    """

    competition: Competition
    home: Home
    run: Run
    description: str = ""
    images: Images | None = None
    logs: Path | None = None

    @property
    def data(self) -> Path:
        """The folder of the competition's files."""
        return self.home.data(self.competition.slug)

    @property
    def options(self) -> dict[str, str]:
        """The options that name all this in a command; without a default competition or home."""
        slug, folder = self.competition.slug, self.home.folder
        named = self.description or ("" if slug == HOME_COMPETITION else slug)
        home = "" if folder == Path() else str(folder)
        given = {"--competition": as_typed(named), "--home": as_typed(home)}
        return {name: value for name, value in given.items() if value} | {
            "--run": self.run.folder.name
        }


def load(job: Job, reporter: Reporter) -> Images:
    """The images of the job; those in files are checked to be those that were downloaded.

    Raises
    ------
    DataError
        A file is missing, cannot be read, or is not the one that was downloaded.
    """
    if job.images is not None:
        return job.images
    from kaggle_kit.data.dataset import load_test, load_train
    from kaggle_kit.data.manifest import check_downloaded
    from kaggle_kit.data.submissions.form import example_notes

    watch = reporter.counting
    train = load_train(job.data, job.competition, watch=watch)
    images = Images(train, load_test(job.data, job.competition, watch=watch), job.competition)
    check_downloaded(job.data, images.sha256s)
    for name, part in images.parts.items():
        for finding in part.findings.describe():
            reporter.note(f"{name}: {finding}")
    for note in example_notes(job.data, job.competition):
        reporter.note(f"{job.competition.submission.file}: {note}")
    return images


def check_fitted(job: Job) -> None:
    """Raise RunError, with a hint, unless the run has its ensemble. The data are not needed.

    Raise NotInstalledError if its networks need a package that is not installed.
    """
    from kaggle_kit.workspace.fit_status import check_current

    config = read_config(job.run, ["data"])
    if config is None:
        raise RunError(
            f"there is no run {job.run.folder.name!r} in {job.run.folder.parent}",
            hint="`kaggle-kit tune`, then `kaggle-kit fit`, make one; or give --home or --run",
        )
    check_packages(job.run)
    check_current(job.run, trained_on(config))


def set_edits_aside(paths: Iterable[Path], reporter: Reporter) -> None:
    """Rename each file that the user edited, because the kit is about to delete or replace it."""
    for path in paths:
        found = origin(path)
        if found in {Origin.USER, Origin.UNKNOWN}:
            was = "was" if found is Origin.USER else "may have been"
            reporter.note(f"{path} {was} edited, and is kept as {set_aside(path).name}")


def check_installed(what: str, modules: dict[str, str]) -> None:
    """Raise KitError if a module that `what` needs is missing.

    Parameters
    ----------
    modules : dict of str to str
        The package name, as pip knows it, of each module.
    """
    lacking = [requirement(package) for package in _not_installed(modules)]
    if lacking:
        wanted = " ".join(f'"{one}"' for one in lacking)
        raise KitError(
            f"{what} needs {' and '.join(lacking)}, not installed here",
            hint=f"run `pip install {wanted}`",
        )


def _not_installed(modules: dict[str, str]) -> Iterable[str]:
    return (pip for module, pip in modules.items() if importlib.util.find_spec(module) is None)


def check_at_kaggle(competition: Competition) -> None:
    """Raise InputError for the sample that is no competition at Kaggle; nobody is asked."""
    if competition.slug == letters.SLUG:
        raise InputError(
            f"{letters.SLUG} is a sample that the kit draws, and no competition at Kaggle",
            hint="`kaggle-kit download --from sample` draws it, `kaggle-kit submit` scores it here",
        )


def warn_of_exposed_key(reporter: Reporter) -> None:
    """Warn if other users of this machine can read the credentials that a call will use."""
    from kaggle_kit.kaggle.credentials import exposed_file, find_credentials, hide

    with contextlib.suppress(CredentialsError):  # the call itself reports missing credentials
        exposed = exposed_file(find_credentials())
        if exposed:
            reporter.note(f"warning: others can read {exposed}; run `{hide(exposed)}`")
