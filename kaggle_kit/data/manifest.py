"""Read, write and check `manifest.json`, which lists the files of a data folder.

The manifest is written last: without it, the data are incomplete.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from kaggle_kit.data.verification import NAMES, FileEntry
from kaggle_kit.errors import DataError, InputError
from kaggle_kit.workspace import files

SAMPLE = "sample"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """The contents of a data folder.

    Attributes
    ----------
    source : str
        "kaggle", "sample", or the name of the zip or folder that the data were taken from.
    files : dict of str to FileEntry
    created : str
        The time when the data were fetched, as ISO 8601 in UTC.
    """

    source: str
    files: dict[str, FileEntry]
    created: str

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
            str(name): FileEntry(
                size=int(entry["size"]), sha256=str(entry["sha256"]), rows=int(entry["rows"])
            )
            for name, entry in content["files"].items()
        }
        return Manifest(str(content["source"]), entries, str(content["created"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def check_downloaded(folder: Path, loaded: Mapping[str, str]) -> Manifest:
    """Check that the loaded files are the ones that `kaggle-kit download` put into the folder.

    Parameters
    ----------
    folder : Path
        A data folder.
    loaded : mapping of str to str
        The SHA-256, in hexadecimal, of each loaded file; the keys are the names of the files.

    Returns
    -------
    Manifest

    Raises
    ------
    DataError
        If there is no complete manifest, or one of the files differs from the manifest.
    """
    manifest = read_manifest(folder)
    if manifest is None or not {*NAMES, *loaded} <= manifest.files.keys():
        raise DataError(
            f"{folder} does not hold a complete download by `kaggle-kit download`",
            "run `kaggle-kit download`; to use the files that are there, "
            f"`kaggle-kit download --from {shlex.quote(str(folder))}`",
        )
    for name, sha256 in loaded.items():
        if sha256 != manifest.files[name]["sha256"]:
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
        f"`kaggle-kit download --from {shlex.quote(str(folder))}`",
    )


def compare(folder: Path, manifest: Manifest) -> tuple[bool, list[str]]:
    """Return whether all files of a manifest exist, and the names of the files that differ."""
    found = {name: digest(folder / name) for name in manifest.files}
    complete = set(NAMES) <= found.keys() and None not in found.values()
    changed = [
        name for name, sha in found.items() if sha not in {None, manifest.files[name]["sha256"]}
    ]
    return complete, changed


def digest(path: Path) -> str | None:
    """Return the SHA-256 of a file, or None if the file does not exist."""
    try:
        return files.sha256(path)
    except FileNotFoundError:
        return None
