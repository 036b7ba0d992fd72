"""Load a competition's training and test images as validated arrays, with a cache.

Problems that can be repaired without guessing are repaired and counted in `Findings`: a missing
pixel becomes 0, and a training row that is empty or repeated is dropped. Any other problem stops
the load with an error that says where to look. No row of the test set is ever dropped.
"""

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.data import cache
from kaggle_kit.data.choices import Choices, read_choices
from kaggle_kit.data.cleaning import Findings, clean
from kaggle_kit.data.labels import encode, find_classes, listed
from kaggle_kit.data.layouts.base import RawImages
from kaggle_kit.data.layouts.decoding import Decoding, keep_rows
from kaggle_kit.data.layouts.parts import Part, files_of, read_part, sha256_of
from kaggle_kit.data.looks import Looks
from kaggle_kit.data.progress import Watch, unwatched
from kaggle_kit.data.submissions.form import sample_ids
from kaggle_kit.errors import DataError, in_words

FEW = 3  # rows a class, of which some may well have none
READ = 5  # increase it whenever the same files would give other arrays or findings


@dataclass(frozen=True, eq=False)
class ImageSet:
    """The images of one part of the data, in the order of its rows; the arrays are read-only.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, height, width) or (n, height, width, 3)
    labels : ndarray of uint8 or uint16, shape (n,), or None
        Indices into `class_names`. None for the test set.
    findings : Findings
    sha256 : str
        The SHA-256 of the files, in hexadecimal.
    class_names : tuple of str
        The labels as the competition calls them; empty for the test set.
    ids : tuple of str
        The id of each image; empty if the competition gives none.
    groups : ndarray of int, shape (n,), or None
        The group of each image: those of one group stay in one fold.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.integer] | None
    findings: Findings
    sha256: str
    class_names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    groups: NDArray[np.integer] | None = None

    @property
    def csv_rows(self) -> int:
        """The number of rows in the files, including the dropped rows."""
        return len(self.images) + self.findings.dropped_rows

    @property
    def known_labels(self) -> NDArray[np.integer]:
        """The labels of a training set; raises DataError for a test set, which has no labels."""
        if self.labels is None:
            raise DataError("labelled images are needed, and these have no labels")
        return self.labels


def load_train(
    folder: Path, competition: Competition, label: str = "", watch: Watch = unwatched
) -> ImageSet:
    """Load the training images from a data folder.

    Parameters
    ----------
    label : str
        The name of the file in error messages; the default is its path.
    watch : Watch
        Shows the progress where image files are decoded.

    Raises
    ------
    DataError
        If a file does not exist or is not a valid file of the competition; the message names the
        place.
    """
    return _load(folder, competition, Part.TRAIN, label, watch)


def load_test(
    folder: Path, competition: Competition, label: str = "", watch: Watch = unwatched
) -> ImageSet:
    """Load every test image from a data folder; parameters and errors as in `load_train`."""
    return _load(folder, competition, Part.TEST, label, watch)


def _load(folder: Path, competition: Competition, part: Part, label: str, watch: Watch) -> ImageSet:
    choices = read_choices(folder)
    made_for = _made_for(competition, part, choices)
    try:
        paths = files_of(folder, competition, part)
        stamp = cache.stamp_of(folder, paths)
        sha256 = cache.remembered(folder, part, stamp, made_for)
        remembered = sha256 is not None
        if not sha256:  # the same files, perhaps, that were written again
            sha256 = _chosen(sha256_of(folder, competition, part), choices)
        known = sha256 and _from_cache(folder, sha256, made_for)
        if known:
            if not remembered:
                cache.remember(folder, part, stamp, made_for, known.sha256)
            return known
        with contextlib.ExitStack() as stack:
            scratch = stack.enter_context(_scratch(folder, competition))
            ids = sample_ids(folder, competition) if part is Part.TEST and scratch else None
            decoding = None
            if scratch:
                skip = choices.skip_unreadable
                progress = stack.enter_context(watch(f"reading the {part.full_name} images"))
                decoding = Decoding(scratch / "images.npy", None, progress, skip_unreadable=skip)
            raw = read_part(folder, competition, part, decoding=decoding, label=label, ids=ids)
            image_set = _image_set(label or paths[0], raw, competition, part, choices)
            cache.write(folder, image_set.sha256, made_for, _arrays(image_set), _about(image_set))
    except FileNotFoundError as error:
        name = label or error.filename
        raise DataError(f"{name} does not exist", "run `kaggle-kit download`") from None
    except OSError as error:
        raise DataError(
            f"{label or error.filename or folder} cannot be read: {in_words(error)}"
        ) from None
    cache.remember(folder, part, stamp, made_for, image_set.sha256)
    return replace(image_set, images=np.asarray(image_set.images))


def _scratch(
    folder: Path, competition: Competition
) -> contextlib.AbstractContextManager[Path | None]:
    """A folder for decoded images, which may be larger than the memory; none for other layouts."""
    return cache.scratch(folder) if competition.folders else contextlib.nullcontext()


def _image_set(
    name: str, raw: RawImages, competition: Competition, part: Part, choices: Choices
) -> ImageSet:
    names: tuple[str, ...] = ()
    labels = None
    if part is Part.TRAIN:
        names = find_classes(raw.labels or (), competition.labels.classes, raw.place)
        labels = encode(raw.labels or (), names)
    keep, findings = clean(name, raw, labels, choices)
    looks = Looks.of(raw.images, competition).notes(findings.notes)
    told = _without_images(names, labels)
    if labels is None and not (raw.ids or competition.submission.file):
        told = ["nothing tells the ids of its images; for a submission, name submission.file"]
    findings = replace(findings, notes=(*findings.notes, *looks, *told))
    images, ids, groups = raw.images, raw.ids, _groups(raw.groups)
    if not keep.all():
        is_mapped = isinstance(images, np.memmap)
        images = keep_rows(images, np.flatnonzero(keep)) if is_mapped else images[keep]
        ids = tuple(np.array(ids, object)[keep]) if ids else ()
        labels = labels[keep] if labels is not None else None
        groups = groups[keep] if groups is not None else None
    for array in (images, labels, groups):
        if array is not None:
            array.flags.writeable = False
    sha256 = _chosen(raw.sha256, choices)
    return ImageSet(images, labels, findings, sha256, names, ids, groups)


def _without_images(names: Sequence[str], labels: NDArray[np.integer] | None) -> list[str]:
    """A sentence if classes that the description declares are those of no image."""
    if labels is None or len(labels) < FEW * len(names):
        return []
    there = np.bincount(labels, minlength=len(names)) > 0
    lacking = [name for name, is_there in zip(names, there, strict=True) if not is_there]
    return [f"no image is labelled {listed(lacking)}"] if lacking else []


def _chosen(sha256: str, choices: Choices) -> str:
    """The hash of files that are read by these choices."""
    if not choices.key or not sha256:
        return sha256
    return hashlib.sha256(f"{sha256} {choices.key}".encode()).hexdigest()


def _groups(names: Sequence[str] | None) -> NDArray[np.int64] | None:
    if names is None:
        return None
    groups: NDArray[np.int64] = np.unique(np.array(names, object), return_inverse=True)[1]
    return groups.astype(np.int64)


def _from_cache(folder: Path, sha256: str, made_for: dict[str, Any]) -> ImageSet | None:
    kept = cache.read(folder, sha256, made_for)
    if kept is None:
        return None
    arrays, about = kept
    try:
        findings = Findings(**about["findings"] | {"notes": tuple(about["findings"]["notes"])})
        return ImageSet(
            arrays["images"],
            arrays.get("labels"),
            findings,
            sha256,
            tuple(about["class_names"]),
            tuple(about["ids"]),
            arrays.get("groups"),
        )
    except (KeyError, TypeError):
        return None


def _arrays(image_set: ImageSet) -> dict[str, NDArray[Any]]:
    arrays = {
        "images": image_set.images,
        "labels": image_set.labels,
        "groups": image_set.groups,
    }
    return {name: array for name, array in arrays.items() if array is not None}


def _about(image_set: ImageSet) -> dict[str, Any]:
    return {
        "findings": asdict(image_set.findings),
        "class_names": image_set.class_names,
        "ids": image_set.ids,
    }


def _made_for(competition: Competition, part: Part, choices: Choices) -> dict[str, Any]:
    """Return the settings that the arrays depend on, besides the files."""
    return {
        "read": READ,
        "part": part.value,
        "kind": competition.kind,
        "example": bool(competition.submission.file),
        "images": asdict(competition.images),
        "labels": asdict(competition.labels),
        "choices": choices.key,
    }
