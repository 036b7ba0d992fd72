"""`manifest.json`: what a data folder holds, and whether that is what is still there.

It is written last of all; where there is none, the data are not complete.
"""

import json
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


def write_manifest(folder: Path, manifest: Manifest) -> None:
    files.write_json(folder / MANIFEST, asdict(manifest))


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


def check_landed(folder: Path, loaded: Mapping[str, str]) -> Manifest:
    """Check that files just loaded are those that `kaggle-kit download` put there.

    Parameters
    ----------
    folder : Path
        A data folder.
    loaded : mapping of str to str
        The SHA-256, in hexadecimal, of each file that was loaded, by the file's name.

    Returns
    -------
    Manifest

    Raises
    ------
    DataError
        If there is no whole manifest, or one of the files is not the one it lists.
    """
    manifest = read_manifest(folder)
    if manifest is None or not {*NAMES, *loaded} <= manifest.files.keys():
        raise DataError(
            f"{folder} was not put there whole by `kaggle-kit download`",
            "run `kaggle-kit download`; to use the files that are there, "
            f"`kaggle-kit download --from {folder}`",
        )
    for name, sha256 in loaded.items():
        if sha256 != manifest.files[name]["sha256"]:
            error = was_changed(folder, name)
            raise DataError(str(error), error.hint)
    return manifest


def was_changed(folder: Path, name: str) -> InputError:
    return InputError(
        f"{folder / name} was changed since it was downloaded",
        "`kaggle-kit download --force` gets it again; to use your own version, "
        f"`kaggle-kit download --from {folder}`",
    )


def compare(folder: Path, manifest: Manifest) -> tuple[bool, list[str]]:
    """Whether all files of a manifest are there, and the names of those that are others."""
    found = {name: digest(folder / name) for name in manifest.files}
    complete = set(NAMES) <= found.keys() and None not in found.values()
    changed = [
        name for name, sha in found.items() if sha not in {None, manifest.files[name]["sha256"]}
    ]
    return complete, changed


def digest(path: Path) -> str | None:
    """The SHA-256 of a file; None if there is none."""
    try:
        return files.sha256(path)
    except FileNotFoundError:
        return None
