"""Fetch a competition's data from a source (Kaggle, this machine, the sample) into a data folder.

The files of every source are first loaded and verified in a separate folder. `manifest.json` is
written last: without it, the data are incomplete.
"""

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.archives import extract
from kaggle_kit.data.embedded_sample import SOLUTION, sized, write_sample
from kaggle_kit.data.manifest import (
    MANIFEST,
    SAMPLE,
    Manifest,
    check_downloaded,
    compare,
    digest,
    read_manifest,
    was_changed,
    write_manifest,
)
from kaggle_kit.data.verification import NAMES, FileEntry, verify
from kaggle_kit.errors import DataError, InputError, KitError
from kaggle_kit.workspace import files

__all__ = [
    "KAGGLE",
    "SAMPLE",
    "KaggleSource",
    "LocalSource",
    "Manifest",
    "SampleSource",
    "check_downloaded",
    "fetch",
    "make_source",
    "read_manifest",
]

KAGGLE = "kaggle"
CACHE = "cache"
AGE = 10  # seconds; see `_set_back`


class Source(Protocol):
    """A source of a competition's files."""

    @property
    def name(self) -> str: ...

    @property
    def remedy(self) -> str:
        """The hint for the user if the files from the source are not valid."""

    def put(self, competition: Competition, folder: Path) -> None:
        """Put the competition's CSVs into an empty folder."""


class Downloader(Protocol):
    def data(self, folder: Path) -> Path:
        """Put one zip of all the competition's files into `folder`; return its path."""


@dataclass(frozen=True)
class KaggleSource:
    client: Downloader
    name: str = KAGGLE
    remedy: str = "try again later; if Kaggle's files have really changed, report a bug in the kit"

    def put(self, competition: Competition, folder: Path) -> None:  # noqa: ARG002  the client knows
        archive = self.client.data(folder)
        try:
            extract(archive, NAMES, folder, label=archive.name)
        except InputError as error:  # the user did not choose this zip
            raise DataError(str(error)) from error
        archive.unlink()


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

    def put(self, competition: Competition, folder: Path) -> None:  # noqa: ARG002  by the protocol
        extract(self.path, NAMES, folder)


@dataclass(frozen=True)
class SampleSource:
    name: str = SAMPLE
    remedy: str = "this is a bug in the kit: report it"

    def put(self, competition: Competition, folder: Path) -> None:
        write_sample(competition, folder)


def make_source(where: str | Path | None, client: Downloader) -> Source:
    """Return the source for `--from`: None is Kaggle, "sample" the sample, anything else a path."""
    if where is None:
        return KaggleSource(client)
    return SampleSource() if str(where) == SAMPLE else LocalSource(Path(where))


class Fetched(NamedTuple):
    """The manifest of a data folder, and whether its data were fetched now.

    The manifest's `source` is another one than was asked for if the data were already there.
    """

    manifest: Manifest
    is_new: bool


def fetch(
    source: Source, competition: Competition, folder: Path, *, force: bool = False
) -> Fetched:
    """Make sure that the data folder holds the competition's data, or the sample.

    Parameters
    ----------
    source : Source
    competition : Competition
    folder : Path
        The data folder; it is created if it does not exist.
    force : bool
        Fetch even if the data are already there. Replace real data with the sample, and replace
        files that were changed since they were downloaded.

    Raises
    ------
    InputError
        If the sample would replace real data, or if any source would replace a file that was
        changed since it was downloaded.
    DataError
        If the files from the source are not the competition's data. The data that were there
        before are kept.
    KitError
        If the disk is full, or the folder cannot be written to.
    """
    existed = folder.exists()
    try:
        for place in (folder, folder / CACHE):
            files.remove_leftovers(place)
        there = read_manifest(folder)
        complete, changed = compare(folder, there) if there else (False, [])
        if changed and not force and not isinstance(source, LocalSource):
            raise was_changed(folder, changed[0])
        same_kind = there and there.is_sample == (source.name == SAMPLE)
        if there and same_kind and complete and not changed and not force:
            return Fetched(there, is_new=False)
        with _arrived(source, competition, folder) as (incoming, manifest):
            if not force:
                _check_nothing_is_lost(folder, there, changed, manifest)
            _land(incoming, folder, manifest)
    except OSError as error:
        raise _cannot_fetch(folder, error) from error
    finally:
        if not existed:
            _remove_if_empty(folder)
    return Fetched(manifest, is_new=True)


@contextlib.contextmanager
def _arrived(
    source: Source, competition: Competition, folder: Path
) -> Iterator[tuple[Path, Manifest]]:
    """Put the source's files into a separate folder next to the data, and verify them.

    The files are verified by loading them once. Yields that folder and the new manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with files.scratch_folder(folder, "incoming") as incoming:
        try:
            source.put(competition, incoming)
            _set_back(incoming)
            entries = _verified(source, competition, incoming)
        except DataError as error:
            raise DataError(str(error), source.remedy) from error
        created = datetime.now(UTC).isoformat(timespec="seconds")
        yield incoming, Manifest(source.name, entries, created)


def _set_back(folder: Path) -> None:
    """Set the files' times a few seconds back: the cache distrusts a file that just changed."""
    then = time.time() - AGE
    for file in folder.iterdir():
        os.utime(file, (then, then))


def _verified(source: Source, competition: Competition, folder: Path) -> dict[str, FileEntry]:
    if source.name == SAMPLE:
        return verify(folder, sized(competition), [*NAMES, SOLUTION], origin=source.name)
    return verify(folder, competition, NAMES, origin=source.name)


def _land(incoming: Path, folder: Path, manifest: Manifest) -> None:
    # The manifest goes first: if the rest is interrupted, the data count as incomplete.
    (folder / MANIFEST).unlink(missing_ok=True)
    (folder / SOLUTION).unlink(missing_ok=True)
    for name in manifest.files:
        with files.replacing(folder / name) as temporary:
            (incoming / name).replace(temporary)
    shutil.rmtree(folder / CACHE, ignore_errors=True)
    with contextlib.suppress(OSError):  # without the cache, the next load makes it again
        (incoming / CACHE).rename(folder / CACHE)
    write_manifest(folder, manifest)


def _check_nothing_is_lost(
    folder: Path, there: Manifest | None, changed: list[str], new: Manifest
) -> None:
    """Raise InputError if a file of the user would be replaced by a different one."""

    def goes(name: str) -> bool:
        now = digest(folder / name)
        return now is not None and (name not in new.files or now != new.files[name]["sha256"])

    lost = [name for name in changed if goes(name)]
    if lost:
        raise was_changed(folder, lost[0])
    if new.is_sample and not (there and there.is_sample):
        lost = [name for name in NAMES if goes(name)]
        if lost:
            raise InputError(
                f"{folder} holds {', '.join(lost)}, which the sample would replace",
                "use another --home for the sample, or --force to replace the data",
            )


def _cannot_fetch(folder: Path, error: OSError) -> KitError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return KitError(f"the disk is full: {folder} needs about 300 MB", "free some space")
    return KitError(
        f"cannot fetch the data: {error.filename or folder}: {error.strerror or error}",
        "check its permissions, or choose another folder with --home",
    )


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
