"""Where a competition's data comes from, and how it gets into the data folder.

Whatever the source, the files are verified in a folder of their own first, and `manifest.json` is
written last: it says what there is, and where there is none the data are not complete.
"""

import contextlib
import errno
import json
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from kaggle_kit import files
from kaggle_kit.archives import gather
from kaggle_kit.competition import Competition
from kaggle_kit.errors import InputError, KitError
from kaggle_kit.sample import SOLUTION, sized, write_sample
from kaggle_kit.verification import NAMES, FileEntry, verify

KAGGLE = "kaggle"
SAMPLE = "sample"
MANIFEST = "manifest.json"


class Source(Protocol):
    """Somewhere to get a competition's files from."""

    @property
    def name(self) -> str: ...

    def put(self, competition: Competition, folder: Path) -> None:
        """Put the competition's CSVs, or one zip of them, into an empty folder."""


class Downloader(Protocol):
    def download(self, competition: Competition, folder: Path) -> Path:
        """Put one zip of all the competition's files into `folder`; return its path."""


@dataclass(frozen=True)
class KaggleSource:
    client: Downloader
    name: str = KAGGLE

    def put(self, competition: Competition, folder: Path) -> None:
        self.client.download(competition, folder)


@dataclass(frozen=True)
class LocalSource:
    """A zip or a folder on this machine; raises InputError if there is none at `path`."""

    path: Path

    def __post_init__(self) -> None:
        if not self.path.exists():
            raise InputError(f"{self.path} does not exist", "give the path of a zip or a folder")

    @property
    def name(self) -> str:
        name = self.path.resolve().name
        return f"./{name}" if name in {KAGGLE, SAMPLE} else name

    def put(self, competition: Competition, folder: Path) -> None:  # noqa: ARG002  the protocol's
        gather(self.path, NAMES, folder)


@dataclass(frozen=True)
class SampleSource:
    name: str = SAMPLE

    def put(self, competition: Competition, folder: Path) -> None:
        write_sample(competition, folder)


def make_source(where: str | Path | None, client: Downloader) -> Source:
    """The source for `--from`: nothing means Kaggle, "sample" the sample, else a path."""
    if where is None:
        return KaggleSource(client)
    return SampleSource() if str(where) == SAMPLE else LocalSource(Path(where))


@dataclass(frozen=True)
class Manifest:
    """What a data folder holds.

    Attributes
    ----------
    source : str
        "kaggle", "sample", or the name of the zip or folder that the data were taken from.
    files : dict of str to FileEntry
    created : str
        When, as ISO 8601 in UTC.
    """

    source: str
    files: dict[str, FileEntry]
    created: str

    @property
    def is_sample(self) -> bool:
        return self.source == SAMPLE


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a data folder; None if there is none, or none that can be read."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        entries = {
            str(name): FileEntry(
                size=int(entry["size"]), sha256=str(entry["sha256"]), rows=int(entry["rows"])
            )
            for name, entry in content["files"].items()
        }
        return Manifest(str(content["source"]), entries, str(content["created"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def fetch(
    source: Source, competition: Competition, folder: Path, *, force: bool = False
) -> tuple[Manifest, bool]:
    """Make sure that the data folder holds the competition's data, or the sample.

    Parameters
    ----------
    source : Source
    competition : Competition
    folder : Path
        The data folder; it is made if need be.
    force : bool
        Fetch even if the data are there, and let the sample replace real data.

    Returns
    -------
    Manifest
    bool
        Whether anything was fetched; False if the data were there already.

    Raises
    ------
    InputError
        If the sample would replace real data, or the folder cannot be written to.
    DataError
        If what came is not the competition's data. What was there before is still there.
    """
    is_sample = source.name == SAMPLE
    manifest = read_manifest(folder)
    if (
        manifest
        and not force
        and manifest.is_sample == is_sample
        and _is_complete(folder, manifest)
    ):
        return manifest, False
    if is_sample and not force and not (manifest and manifest.is_sample):
        _check_nothing_is_lost(folder)
    existed = folder.exists()
    try:
        return _fetch(source, competition, folder), True
    except OSError as error:
        raise _cannot_fetch(folder, error) from error
    finally:
        if not existed:
            _remove_if_empty(folder)


def _fetch(source: Source, competition: Competition, folder: Path) -> Manifest:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=".incoming-", dir=folder, ignore_cleanup_errors=True
    ) as temporary:
        incoming = Path(temporary)
        source.put(competition, incoming)
        for archive in sorted(incoming.glob("*.zip")):
            gather(archive, NAMES, incoming, label=archive.name)
            archive.unlink()
        entries = _verified(source, competition, incoming)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = Manifest(source.name, entries, created)
        _land(incoming, folder, manifest)
    return manifest


def _verified(source: Source, competition: Competition, folder: Path) -> dict[str, FileEntry]:
    if source.name == SAMPLE:
        return verify(folder, sized(competition), [*NAMES, SOLUTION], origin=source.name)
    return verify(folder, competition, NAMES, origin=source.name)


def _land(incoming: Path, folder: Path, manifest: Manifest) -> None:
    # Without a manifest the data count as incomplete, should the rest be interrupted.
    (folder / MANIFEST).unlink(missing_ok=True)
    (folder / SOLUTION).unlink(missing_ok=True)
    for name in manifest.files:
        with files.replacing(folder / name) as temporary:
            (incoming / name).replace(temporary)
    files.write_json(folder / MANIFEST, asdict(manifest))


def _is_complete(folder: Path, manifest: Manifest) -> bool:
    try:
        return set(NAMES) <= manifest.files.keys() and all(
            (folder / name).stat().st_size == entry["size"]
            for name, entry in manifest.files.items()
        )
    except OSError:
        return False


def _check_nothing_is_lost(folder: Path) -> None:
    there = [name for name in NAMES if (folder / name).exists()]
    if there:
        raise InputError(
            f"{folder} holds {', '.join(there)}, which the sample would replace",
            "use another --home for the sample, or --force to replace the data",
        )


def _cannot_fetch(folder: Path, error: OSError) -> KitError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return KitError(f"the disk is full: {folder} needs about 300 MB", "free some space")
    return KitError(
        f"cannot fetch the data: {error.filename or folder}: {error.strerror or error}",
        "see to its permissions, or choose another folder with --home",
    )


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
