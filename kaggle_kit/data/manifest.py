"""Read, write and check `manifest.json`, which lists the files of a data folder.

The manifest is written last: without it, the data are incomplete.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from kaggle_kit import system
from kaggle_kit.data.archives.checksums import Checksum
from kaggle_kit.data.origins import SAMPLE
from kaggle_kit.data.verification import FileEntry, PartEntry, entry
from kaggle_kit.errors import DataError, InputError
from kaggle_kit.workspace import files

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """The contents of a data folder.

    Attributes
    ----------
    source : str
        "kaggle", "sample", or the name of the archive or folder that the data were taken from.
    files : dict of str to FileEntry
        The files, and the folders of images, by name.
    parts : dict of str to PartEntry
        What was read from them.
    created : str
        The time when the data were fetched, as ISO 8601 in UTC.
    checksum : Checksum or None
        Of the archive that the data were taken from, where that of Kaggle's zip is known.
    """

    source: str
    files: dict[str, FileEntry]
    parts: dict[str, PartEntry]
    created: str
    checksum: Checksum | None = None

    @property
    def is_sample(self) -> bool:
        return self.source == SAMPLE


def write_manifest(folder: Path, manifest: Manifest) -> None:
    files.write_json(folder / MANIFEST, asdict(manifest))


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a data folder, or None if it is missing or cannot be read."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        entries = {
            str(name): FileEntry(size=int(one["size"]), sha256=str(one["sha256"]))
            for name, one in content["files"].items()
        }
        # Without parts if a kit wrote it that knew no others than these files.
        of_parts = content.get("parts", content["files"])
        parts = {
            str(name): PartEntry(sha256=str(one["sha256"]), rows=int(one["rows"]))
            for name, one in of_parts.items()
        }
        sums = content.get("checksum")
        checksum = Checksum(str(sums["md5"]), str(sums["known"])) if sums else None
        source, created = str(content["source"]), str(content["created"])
        return Manifest(source, entries, parts, created, checksum)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def check_downloaded(folder: Path, loaded: Mapping[str, str]) -> Manifest:
    """Check that the loaded parts are the ones that `kaggle-kit download` put into the folder.

    Parameters
    ----------
    folder : Path
        A data folder.
    loaded : mapping of str to str
        The SHA-256, in hexadecimal, of each loaded part, by its name.

    Returns
    -------
    Manifest

    Raises
    ------
    DataError
        If there is no complete manifest, or one of the parts differs from the manifest.
    """
    manifest = read_manifest(folder)
    if manifest is None or not loaded.keys() <= manifest.parts.keys():
        raise DataError(
            f"{folder} does not hold a complete download by `kaggle-kit download`",
            "run `kaggle-kit download`; to use the files that are there, "
            f"`kaggle-kit download --from {system.quote(str(folder))}`",
        )
    for name, sha256 in loaded.items():
        if sha256 != manifest.parts[name]["sha256"]:
            error = was_changed(folder, name)
            raise DataError(str(error), error.hint)
    return manifest


def was_changed(folder: Path, name: str) -> InputError:
    message = f"{folder / name} was changed since it was downloaded"
    manifest = read_manifest(folder)
    if manifest and manifest.is_sample:  # of which there are no versions
        return InputError(message, "`kaggle-kit download --from sample --force` writes it again")
    return InputError(
        message,
        "`kaggle-kit download --force` gets it again; to use your own version, "
        f"`kaggle-kit download --from {system.quote(str(folder))}`",
    )


def compare(folder: Path, manifest: Manifest) -> tuple[bool, list[str]]:
    """Return whether all files of a manifest exist, and the names of the files that differ."""
    found = {name: digest(folder / name) for name in manifest.files}
    changed = [
        name for name, sha in found.items() if sha not in {None, manifest.files[name]["sha256"]}
    ]
    return None not in found.values(), changed


def digest(path: Path) -> str | None:
    """Return the SHA-256 of a file or folder, or None if there is none."""
    try:
        return entry(path)["sha256"]
    except FileNotFoundError:
        return None
