"""The data of a competition in memory, for a notebook or a script."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kaggle_kit.api.download import download as fetch
from kaggle_kit.api.estimator.answers import table
from kaggle_kit.api.estimator.fitted import Scratch
from kaggle_kit.api.job import Job
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.competition.registry import HOME_COMPETITION, get_competition, is_known
from kaggle_kit.errors import InputError, hints_in_tracebacks
from kaggle_kit.workspace.paths import Home

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kaggle_kit.api.job import Images
    from kaggle_kit.competition.description import Competition

SAMPLE = "sample"


@dataclass(frozen=True, eq=False)
class ImageData:
    """The images of a competition. `load` and `download` return it; `fit` takes it.

    Attributes
    ----------
    images : Images
        Both parts, as the verbs take them.
    home : Home
        The folder whose data/ has the files.
    """

    images: Images
    home: Home
    _keep: object = None

    @property
    def competition(self) -> Competition:
        """The description of the competition: its metric, its sizes, its submission."""
        return self.images.competition

    @property
    def train(self) -> NDArray[np.uint8]:
        """The training images, 0..255, (n, height, width) or (n, height, width, 3)."""
        return self.images.train.images

    @property
    def labels(self) -> NDArray[np.generic]:
        """The label of each training image, (n,): integers if all are whole numbers, or texts."""
        labels: NDArray[np.generic] = self.classes[self.images.train.known_labels]
        return labels

    @property
    def test(self) -> NDArray[np.uint8]:
        """The test images, like `train`."""
        return self.images.test.images

    @property
    def test_ids(self) -> tuple[str, ...]:
        """The id of each test image; empty if the competition gives none."""
        return self.images.test.ids

    @property
    def groups(self) -> NDArray[np.integer] | None:
        """The group of each training image, (n,): those of one stay in one fold; mostly None."""
        return self.images.train.groups

    @property
    def classes(self) -> NDArray[np.generic]:
        """The labels that there are, in the order of probabilities."""
        return classes_of(self.images.train.class_names)

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.train.shape[1:]))
        return (
            f"<ImageData of {self.competition.slug}: {len(self.train):,} training and "
            f"{len(self.test):,} test images of {shape} pixels in {len(self.classes)} classes>"
        )

    def _repr_html_(self) -> str:
        rows = {
            "training images": f"{len(self.train):,}",
            "test images": f"{len(self.test):,}",
            "pixels": " × ".join(map(str, self.train.shape[1:])),
            "classes": len(self.classes),
            "metric": self.competition.metric,
        }
        return table(rows, self.competition.title)


def classes_of(names: tuple[str, ...]) -> NDArray[np.generic]:
    """Labels as Python users want them: integers if all are whole numbers, or else texts."""
    whole = [name for name in names if name.isascii() and name.isdigit() and str(int(name)) == name]
    return np.array([int(name) for name in names] if len(whole) == len(names) else names)


@hints_in_tracebacks()
def load(
    source: str | os.PathLike[str],
    competition: str | None = None,
    *,
    home: str | os.PathLike[str] | None = None,
    reporter: Reporter = SILENCE,
) -> ImageData:
    """Load a competition's data from a zip or a folder, or the sample that comes with the kit.

    Parameters
    ----------
    source : str or path
        A zip or a folder as Kaggle gives it, or "sample".
    competition : str, optional
        The name or address of the competition at Kaggle, or the path of a description. By default
        the one that the file or folder is called after, or else digit-recognizer.
    home : path, optional
        The folder whose data/ gets the files. By default a temporary one, which is removed with
        the returned object.
    reporter : Reporter

    Raises
    ------
    DataError
        The files are not the competition's data.
    InputError
        There is no such file or competition, or other files would be overwritten.
    """
    origin = os.fspath(source)
    if origin != SAMPLE and not Path(origin).expanduser().exists():
        hint = 'load("sample") needs no file; download("digit-recognizer") asks Kaggle'
        raise InputError(f"{origin} does not exist", hint)
    if competition is None:
        stem = Path(origin).name.removesuffix(".zip")
        competition = stem if is_known(stem) else HOME_COMPETITION
    place = origin if origin == SAMPLE else str(Path(origin).expanduser())
    return _fetched(place, competition, home, reporter=reporter)


@hints_in_tracebacks()
def download(
    competition: str = HOME_COMPETITION,
    *,
    home: str | os.PathLike[str] = ".",
    force: bool = False,
    reporter: Reporter = SILENCE,
) -> ImageData:
    """Download a competition's data from Kaggle, unless they are there already, and load them.

    Parameters
    ----------
    competition : str
        Its name or address at Kaggle, or the path of a description.
    home : path
        The folder whose data/ gets the files, as the option --home of the command.
    force : bool
        Download even if the data are there.

    Raises
    ------
    CredentialsError, RulesError, NetworkError
        Kaggle gives nothing: there is no API key, the rules are not accepted, or it is down.
    DataError
        The files are not the competition's data.
    """
    return _fetched(None, competition, home, force=force, reporter=reporter)


def _fetched(
    source: str | None,
    name: str,
    home: str | os.PathLike[str] | None,
    *,
    force: bool = False,
    reporter: Reporter,
) -> ImageData:
    scratch = Scratch() if home is None else None
    place = scratch.home if scratch else Home(Path(home or ".").expanduser())
    competition = get_competition(name, place.folder)
    job = Job(competition, place, place.run("default"))
    found = fetch(job, source, force=force, reporter=reporter)
    return ImageData(found.images, place, scratch)
