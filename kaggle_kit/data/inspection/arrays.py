"""Images in NumPy's files: which arrays train and test, and which are labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kaggle_kit.competition.description import Layout
from kaggle_kit.data.inspection.findings import Findings, Sure, choose
from kaggle_kit.data.inspection.pictures import guess_kind
from kaggle_kit.errors import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kaggle_kit.data.inspection.material import Material


@dataclass(frozen=True)
class Stored:
    """An array, as `file.npz`, or `file.npz:key` where the file holds several."""

    place: str
    array: NDArray[np.generic]

    @property
    def is_images(self) -> bool:
        """Whether it can be images: (n, height, width) or (n, height, width, channels)."""
        shape = self.array.shape
        return self.array.ndim in {3, 4} and min(shape[1:3]) > 3

    @property
    def is_labels(self) -> bool:
        """Whether it can be labels: (n,) whole numbers or texts."""
        return self.array.ndim == 1 and self.array.dtype.kind in "iubU" and self.array.size > 1


def read_arrays(material: Material) -> tuple[list[Stored], list[str]]:
    """The arrays in the material, and why files could not be read."""
    found, problems = [], []
    names = material.ending_on(".npz", ".npy")
    material.unpack(names)
    for name in names:
        try:
            # An open file, because NumPy leaves damaged ones open.
            with material.local(name).open("rb") as file:
                found += _stored(name, np.load(file, allow_pickle=False))
        except Exception as error:  # noqa: BLE001  a damaged file fails in many ways
            problems.append(f"{name} cannot be read as arrays: {in_words(error)}")
    return found, problems


def _stored(name: str, content: Any) -> list[Stored]:
    if isinstance(content, np.ndarray):
        return [Stored(name, content)]
    keys = list(content)
    return [Stored(name if len(keys) == 1 else f"{name}:{key}", content[key]) for key in keys]


def inspect_arrays(found: Sequence[Stored], findings: Findings) -> list[str]:
    """Find the images and labels; return the labels of the training images.

    Raises
    ------
    InputError
        An option names an array that is not there.
    """
    images = {stored.place: stored for stored in found if stored.is_images}
    labels = [stored for stored in found if stored.is_labels]
    counts = {len(stored.array) for stored in labels}
    labelled = [place for place, one in images.items() if len(one.array) in counts]
    train = choose("train", labelled or list(images), images, findings)
    others = [place for place in images if place != train]
    test = choose("test", others, images, findings)
    if train is None or test is None:
        return []
    one = images[train]
    findings.take("images.layout", Layout.NPZ.value, f"{train} holds images")
    findings.take("images.train", train, f"an array of {_shape(one)}")
    findings.take("images.test", test, f"an array of {_shape(images[test])}")
    findings.take("images.size", list(one.array.shape[1:3]), f"an array of {_shape(one)}")
    channels = one.array.shape[3] if one.array.ndim == 4 else 1
    findings.take("images.channels", channels, f"an array of {_shape(one)}")
    _take_range(one, findings)
    same = [stored for stored in labels if len(stored.array) == len(one.array)]
    label = _labels(same, train, findings)
    return [] if label is None else [str(value) for value in np.unique(label.array)]


def _labels(same: Sequence[Stored], train: str, findings: Findings) -> Stored | None:
    """The labels of the training images, and note which they are."""
    by_name = {stored.place: stored for stored in same}
    said = findings.given.label
    if said in by_name:
        findings.option("labels.file", said)
        return by_name[said]
    named = [name for name in by_name if re.search("train", name, re.IGNORECASE)]
    few = named or list(by_name)
    if len(few) == 1:
        sure = Sure.CERTAIN if len(by_name) == 1 else Sure.LIKELY
        findings.take("labels.file", few[0], f"as many as images in {train}", sure)
        return by_name[few[0]]
    what = f"could be in {', '.join(few)}" if few else f"of {train} are in no array"
    findings.ask("label", f"the labels {what}", few[0] if few else "FILE.npz")
    return None


def _take_range(stored: Stored, findings: Findings) -> None:
    some = stored.array[:: max(1, len(stored.array) // 300)].astype(float)
    low, high = float(some.min()), float(some.max())
    limit = next((limit for limit in (1, 16, 255, 65535) if high <= limit), high)
    seen = f"some images have values from {low:g} to {high:g}"
    limits = [0, limit] if low >= 0 else [-1, 1] if high <= 1 and low >= -1 else [low, high]
    sure = Sure.CERTAIN if low >= 0 and limit in {1, 255} else Sure.LIKELY
    findings.take("images.range", limits, seen, sure)
    guess_kind(list((some - limits[0]) * 255 / (limits[1] - limits[0])), findings)


def _shape(stored: Stored) -> str:
    return " x ".join(f"{length:,}" for length in stored.array.shape)
