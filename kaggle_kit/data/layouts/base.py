"""What every layout gives: the images of one part of a competition, with their ids and labels."""

import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.system import give_back

BLOCK = 1 << 26  # bytes of images that are looked at together


@dataclass(frozen=True, eq=False)
class RawImages:
    """What a layout reads: the images of one part (train or test), in the order of its rows.

    Attributes
    ----------
    images : uint8 array (n, *image_shape)
        The values go from 0 to 255. A memory map where the images come from files.
    ids : tuple of str
        As the competition calls them; empty if the layout has none.
    labels : tuple of str, or None
        Names, as text; None for the test part.
    groups : tuple of str, or None
    place : callable
        Where row i stands, for messages: `train.csv, line 7` or `train/0001.jpg`.
    missing : int
        The number of pixels without a value, which are read as 0.
    sha256 : str
        Identifies the content: the bytes of all files that were read, their names and order.
    findings : tuple of str
        Sentences about what was found and how it was read.
    """

    images: np.ndarray
    ids: tuple[str, ...]
    labels: tuple[str, ...] | None
    groups: tuple[str, ...] | None
    place: Callable[[int], str]
    missing: int
    sha256: str
    findings: tuple[str, ...] = ()


def blocks(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The rows of an array, block by block.

    Of an array that is mapped from a file for reading, no more than one block stays in memory: a
    page that was read would count as the program's memory until the system needs it elsewhere.
    """
    mapped = _mapped(array)
    rows = max(1, BLOCK // max(1, array[:1].nbytes))
    for start in range(0, len(array), rows):
        yield array[start : start + rows]
        if mapped:
            give_back(mapped)


def _mapped(array: Any) -> mmap.mmap | None:
    """The memory map that the array is a part of, if it is one for reading alone."""
    while isinstance(array, np.ndarray):
        array = array.base
    return array if isinstance(array, mmap.mmap) and memoryview(array).readonly else None
