"""Take the lines of ruled and squared paper out, and leave the strokes that cross them."""

import numpy as np
from scipy import ndimage

from kaggle_kit.explainer.pictures import Grey

THICKEST = 0.01  # thickness of a line, of the longer side of the picture
FAINTEST = 0.03  # darkness of a line, of the brightness of the paper
FEWEST = 3  # a digit has fewer lines from edge to edge
LENGTH = 0.7  # of the picture


def without_lines(grey: Grey) -> Grey:
    """The picture without thin dark lines from edge to edge, if there are at least FEWEST.

    Lines may run across or down, and be tilted by about 2 degrees.
    """
    return _without_rows(_without_rows(grey).T).T


def _without_rows(grey: Grey) -> Grey:
    height, width = grey.shape
    thick = int(THICKEST * max(height, width)) | 1
    if thick < 3:
        return grey
    filled = ndimage.grey_closing(grey, (thick + 2, 1), mode="nearest")
    dark = ndimage.maximum_filter(1 - grey / filled.clip(1), (3, 1))
    dark = ndimage.grey_closing(dark, (1, thick + 4))  # lines down interrupt those across
    runs = ndimage.grey_opening(dark, (1, width // 12 | 1)) > FAINTEST
    # A digit hides a part of a line.
    parts, count = ndimage.label(ndimage.grey_closing(runs, (1, width // 3)), np.ones((3, 3)))
    found = ndimage.find_objects(parts)
    long = [
        n for n in range(count) if np.ptp((found[n][1].start, found[n][1].stop)) > LENGTH * width
    ]
    if len(long) < FEWEST:
        return grey
    lines = np.isin(parts, np.array(long) + 1)
    lines = ndimage.maximum_filter(lines, (5, 1))
    return np.where(lines, filled, grey)
