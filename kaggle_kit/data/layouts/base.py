"""What every layout gives: the images of one part of a competition, with their ids and labels."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


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
