"""Read one part of a competition's data, training or test, in whatever layout it has."""

import hashlib
import os
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path

import numpy as np

from kaggle_kit.competition.description import Competition, Layout
from kaggle_kit.data.layouts.base import RawImages
from kaggle_kit.data.layouts.decoding import Decoding
from kaggle_kit.data.layouts.files import read_files
from kaggle_kit.data.layouts.npz import read_npz
from kaggle_kit.data.layouts.pixel_columns import read_pixel_columns
from kaggle_kit.data.layouts.pixel_string import read_pixel_string
from kaggle_kit.workspace import files

CACHE = "cache"
OWN = {"manifest.json", "choices.json"}
CSV_READERS: dict[Layout, Callable[..., RawImages]] = {
    Layout.PIXEL_COLUMNS: read_pixel_columns,
    Layout.PIXEL_STRING: read_pixel_string,
}


class Part(StrEnum):
    """A part of a competition's data."""

    TRAIN = "train"
    TEST = "test"

    @property
    def full_name(self) -> str:
        """What the part is called in sentences."""
        return "training" if self is Part.TRAIN else "test"


def files_of(folder: Path, competition: Competition, part: Part) -> list[str]:
    """The paths of the files that a part is read from, in the same order at any time."""
    images, labels = competition.images, competition.labels
    if images.layout in CSV_READERS:
        return [str(folder / name) for name in _csvs(competition, part)]
    is_train = part is Part.TRAIN
    named = [labels.file] if is_train else [competition.submission.file]
    if images.layout == Layout.NPZ:
        named += [images.train, *images.further] if is_train else [images.test]
    paths = [str(folder / name.partition(":")[0]) for name in named if name]
    if images.layout != Layout.NPZ:
        paths += below(folder / competition.folders[0 if is_train else -1])
    return paths


def below(folder: Path) -> list[str]:
    """All files in a folder and the folders in it, apart from those that the kit writes."""
    found = []
    for place, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if name != CACHE)
        found += [f"{place}/{name}" for name in sorted(names) if name not in OWN]
    return found


def sha256_of(folder: Path, competition: Competition, part: Part) -> str:
    """The `sha256` of a part that is read from CSVs, without parsing them; else empty."""
    if competition.images.layout not in CSV_READERS:
        return ""
    return _together([files.sha256(Path(path)) for path in files_of(folder, competition, part)])


def read_part(
    folder: Path,
    competition: Competition,
    part: Part,
    *,
    decoding: Decoding | None = None,
    label: str = "",
    ids: Sequence[str] | None = None,
) -> RawImages:
    """Read the images of a part, with their labels if it is the training part.

    Parameters
    ----------
    decoding : Decoding, optional
        How image files are decoded; the layouts of files need it.
    label : str
        The name of the file in error messages; its path by default.
    ids : sequence of str, optional
        The ids of the test images, in the order of the example submission.

    Raises
    ------
    DataError
        A file is not valid; the message names the place.
    FileNotFoundError
        A file is missing.
    """
    labelled = part is Part.TRAIN
    layout = competition.images.layout
    if layout in CSV_READERS:
        names = _csvs(competition, part)
        parts = [
            CSV_READERS[layout](
                (label if i == 0 else "") or str(folder / name),
                (folder / name).read_bytes(),
                competition,
                labelled=labelled,
            )
            for i, name in enumerate(names)
        ]
        return parts[0] if len(parts) == 1 else _joined(parts)
    if layout == Layout.NPZ:
        return read_npz(folder, competition, labelled=labelled)
    if decoding is None:
        raise ValueError(f"the layout {layout} is decoded from files, and needs to know how")
    return read_files(folder, competition, decoding, labelled=labelled, ids=ids)


def _csvs(competition: Competition, part: Part) -> list[str]:
    images = competition.images
    return [images.train, *images.further] if part is Part.TRAIN else [images.test]


def _together(hashes: Sequence[str]) -> str:
    """One hash for several files; that of the file if there is one."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256(" ".join(hashes).encode()).hexdigest()


def _joined(parts: Sequence[RawImages]) -> RawImages:
    """Several training files as one."""
    ends = np.cumsum([len(part.images) for part in parts])

    def place(row: int) -> str:
        which = int(np.searchsorted(ends, row, side="right"))
        return parts[which].place(row - int(ends[which] - len(parts[which].images)))

    ids = all(part.ids for part in parts)
    groups = [part.groups for part in parts]
    return RawImages(
        images=np.concatenate([part.images for part in parts]),
        ids=tuple(name for part in parts for name in part.ids) if ids else (),
        labels=tuple(name for part in parts for name in part.labels or ()),
        groups=tuple(name for group in groups for name in group or ()) if all(groups) else None,
        place=place,
        missing=sum(part.missing for part in parts),
        sha256=_together([part.sha256 for part in parts]),
        findings=tuple(finding for part in parts for finding in part.findings),
    )
