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
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.choices import CHOICES, Choices, read_choices, write_choices
from kaggle_kit.data.csvs.kinds import SAVE_AS_CSV
from kaggle_kit.data.labels import CORRECT_OR_FETCH
from kaggle_kit.data.layouts.file_list import OR_SKIP, SKIP
from kaggle_kit.data.manifest import (
    MANIFEST,
    Manifest,
    check_downloaded,
    compare,
    digest,
    read_manifest,
    was_changed,
    write_manifest,
)
from kaggle_kit.data.origins import (
    KAGGLE,
    SAMPLE,
    KaggleSource,
    LocalSource,
    SampleSource,
    Source,
    make_source,
    sized,
)
from kaggle_kit.data.progress import Watch, unwatched
from kaggle_kit.data.verification import ANY_ROWS, SOLUTION, Verified, verify
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

CACHE = "cache"
AGE = 10  # seconds; see `_set_back`


class Fetched(NamedTuple):
    """The manifest of a data folder, and whether its data were fetched now.

    The manifest's `source` is another one than was asked for if the data were already there.
    """

    manifest: Manifest
    is_new: bool


def fetch(
    source: Source,
    competition: Competition,
    folder: Path,
    *,
    choices: Choices | None = None,
    force: bool = False,
    watch: Watch = unwatched,
) -> Fetched:
    """Make sure that the data folder holds the competition's data, or the sample.

    Parameters
    ----------
    source : Source
    competition : Competition
    folder : Path
        The data folder; it is created if it does not exist.
    choices : Choices, optional
        How the files are read; by default as before.
    force : bool
        Fetch even if the data are already there. Replace real data with the sample, and replace
        files that were changed since they were downloaded.
    watch : Watch
        Shows the progress where many files are copied or read.

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
        chosen = choices or read_choices(folder)
        as_before = chosen == read_choices(folder)
        if there and same_kind and complete and not changed and not force and as_before:
            return Fetched(there, is_new=False)
        with _arrived(source, competition, folder, chosen, watch) as (incoming, manifest):
            if not force:
                _check_nothing_is_lost(competition, folder, there, changed, manifest)
            _land(incoming, folder, manifest)
    except OSError as error:
        raise _cannot_fetch(folder, error) from error
    finally:
        if not existed:
            _remove_if_empty(folder)
    return Fetched(manifest, is_new=True)


@contextlib.contextmanager
def _arrived(
    source: Source, competition: Competition, folder: Path, choices: Choices, watch: Watch
) -> Iterator[tuple[Path, Manifest]]:
    """Put the source's files into a separate folder next to the data, and verify them.

    The files are verified by loading them once. Yields that folder and the new manifest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with files.scratch_folder(folder, "incoming") as incoming:
        try:
            checksum = source.put(competition, incoming, watch)
            write_choices(incoming, choices)
            _set_back(incoming)
            found = _verified(source, competition, incoming, watch)
        except DataError as error:
            raise DataError(str(error), _remedy(source, error)) from error
        created = datetime.now(UTC).isoformat(timespec="seconds")
        yield (
            incoming,
            Manifest(source.name, found["files"], found["parts"], created, checksum),
        )


def _set_back(folder: Path) -> None:
    """Set the files' times a few seconds back: the cache distrusts a file that just changed."""
    then = time.time() - AGE
    for place, _, names in os.walk(folder):
        for name in names:
            os.utime(os.path.join(place, name), (then, then))  # noqa: PTH118  there may be 100,000


def _verified(source: Source, competition: Competition, folder: Path, watch: Watch) -> Verified:
    expected = sized(competition) if source.name == SAMPLE else competition
    return verify(folder, expected, source.name, watch)


def _remedy(source: Source, error: DataError) -> str:
    """The hint for invalid files; who gave the files may take rows that Kaggle's would not have."""
    if error.hint == OR_SKIP:
        return f"{source.remedy}; {SKIP}"
    own = {SAVE_AS_CSV, *([ANY_ROWS] if isinstance(source, LocalSource) else [])}
    is_own = error.hint in own or "description" in error.hint
    if not is_own or source.name == SAMPLE:
        return source.remedy
    return error.hint.replace(CORRECT_OR_FETCH, source.remedy)


def _land(incoming: Path, folder: Path, manifest: Manifest) -> None:
    # The manifest goes first: if the rest is interrupted, the data count as incomplete.
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in (SOLUTION, CHOICES):
        (folder / name).unlink(missing_ok=True)
    for name in [*manifest.files, *([CHOICES] if (incoming / CHOICES).exists() else [])]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            shutil.rmtree(folder / name, ignore_errors=True)
            (incoming / name).rename(folder / name)
            continue
        with files.replacing(folder / name) as temporary:
            (incoming / name).replace(temporary)
    for one in incoming.iterdir():  # images that are in no folder of their own
        if one.is_file():
            one.replace(folder / one.name)
    shutil.rmtree(folder / CACHE, ignore_errors=True)
    with contextlib.suppress(OSError):  # without the cache, the next load makes it again
        (incoming / CACHE).rename(folder / CACHE)
    write_manifest(folder, manifest)


def _check_nothing_is_lost(
    competition: Competition,
    folder: Path,
    there: Manifest | None,
    changed: list[str],
    new: Manifest,
) -> None:
    """Raise InputError if a file of the user would be replaced by a different one."""

    def goes(name: str) -> bool:
        now = digest(folder / name)
        return now is not None and (name not in new.files or now != new.files[name]["sha256"])

    lost = [name for name in changed if goes(name)]
    if lost:
        raise was_changed(folder, lost[0])
    if new.is_sample and not (there and there.is_sample):
        lost = [name for name in competition.files if goes(name)]
        if lost:
            raise InputError(
                f"{folder} holds {', '.join(lost)}, which the sample would replace",
                "use another --home for the sample, or --force to replace the data",
            )


def _cannot_fetch(folder: Path, error: OSError) -> KitError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return KitError(f"the disk is full: {folder}", "free some space")
    return KitError(
        f"cannot fetch the data: {error.filename or folder}: {error.strerror or error}",
        "check its permissions, or choose another folder with --home",
    )


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
