"""Where a competition's files come from: Kaggle, this machine, or an embedded sample."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.archives import unpack, wanted_files
from kaggle_kit.data.archives.checksums import Checksum, compare_archive
from kaggle_kit.data.progress import Progress, Watch, unwatched
from kaggle_kit.data.samples import digits, letters
from kaggle_kit.errors import DataError, InputError

KAGGLE = "kaggle"
SAMPLE = "sample"
NO_EXAMPLE = (
    "give its name in submission.file of the competition's description; if there is none, write "
    'file = "", and the id and column of a submission'
)


class Source(Protocol):
    """A source of a competition's files."""

    @property
    def name(self) -> str: ...

    @property
    def remedy(self) -> str:
        """The hint for the user if the files from the source are not valid."""

    def put(
        self, competition: Competition, folder: Path, watch: Watch = unwatched
    ) -> Checksum | None:
        """Put the competition's files into an empty folder; `watch` shows the progress.

        Returns the checksum of the archive that they come from, if that of Kaggle's is known.
        """


class Downloader(Protocol):
    def data(self, folder: Path, progress: Progress) -> Path:
        """Put one zip of all the competition's files into `folder`; return its path."""


@dataclass(frozen=True)
class KaggleSource:
    client: Downloader
    name: str = KAGGLE
    remedy: str = "try again later; if Kaggle's files have really changed, report a bug in the kit"

    def put(
        self, competition: Competition, folder: Path, watch: Watch = unwatched
    ) -> Checksum | None:
        with watch("downloading") as progress:
            archive = self.client.data(folder, progress)
        try:
            _unpack(archive, competition, folder, watch, label=archive.name)
        except InputError as error:  # the user did not choose this zip
            raise DataError(str(error)) from error
        checksum = compare_archive(archive, competition.slug, watch)
        archive.unlink()
        return checksum


@dataclass(frozen=True)
class LocalSource:
    """A zip or a folder on this machine; raises InputError if `path` does not exist."""

    path: Path
    remedy: str = "correct or replace that file, or give another zip or folder"

    def __post_init__(self) -> None:
        if not os.path.exists(self.path):  # noqa: PTH110  Path.exists can raise PermissionError
            raise InputError(f"{self.path} does not exist", "give the path of a zip or a folder")

    @property
    def name(self) -> str:
        name = self.path.resolve().name
        return f"./{name}" if name in {KAGGLE, SAMPLE} else name

    def put(
        self, competition: Competition, folder: Path, watch: Watch = unwatched
    ) -> Checksum | None:
        _unpack(self.path, competition, folder, watch)
        return compare_archive(self.path, competition.slug, watch)


@dataclass(frozen=True)
class SampleSource:
    name: str = SAMPLE
    remedy: str = "this is a bug in the kit: report it"

    def put(self, competition: Competition, folder: Path, watch: Watch = unwatched) -> None:  # noqa: ARG002
        if competition.slug == letters.SLUG:
            letters.write_letters(folder)
        else:
            digits.write_sample(competition, folder)


def sized(competition: Competition) -> Competition:
    """The competition with the numbers of rows of its sample.

    Raises
    ------
    InputError
        There is no sample of this competition.
    """
    return competition if competition.slug == letters.SLUG else digits.sized(competition)


def _unpack(
    origin: Path, competition: Competition, folder: Path, watch: Watch, label: str = ""
) -> None:
    """Copy the competition's files from an archive or a folder; raises InputError if some lack."""
    wanted = wanted_files(competition)
    with watch("copying the files") as progress:
        found = unpack(origin, wanted, folder, label, progress)
    try:
        found.require([str(item) for item in wanted.items])
    except InputError as error:
        if set(found.missing) <= wanted.optional and not found.problems:
            error.hint = NO_EXAMPLE
        raise


def make_source(where: str | Path | None, client: Downloader) -> Source:
    """Return the source for `--from`: None is Kaggle, "sample" the sample, anything else a path."""
    if where is None:
        return KaggleSource(client)
    if not str(where).strip():
        raise InputError("--from is empty", "give the path of an archive or a folder")
    return SampleSource() if str(where) == SAMPLE else LocalSource(Path(where))
