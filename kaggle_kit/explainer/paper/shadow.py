"""Take the hard edge of a shadow out of a small picture.

A shadow dims whatever lies in it by the same factor, the sheet and the table alike. Its edge is
therefore a straight line from border to border along which the logarithm of the brightness steps
by the same amount. The edge of a sheet ends at a corner.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from kaggle_kit.explainer.pictures import Grey

Points = NDArray[np.float64]
Line = tuple[float, float]  # angle of the normal, which points to the light; and its offset

STEEP, STEEPEST = 0.06, 0.3  # of the logarithm, a pixel: the least that counts, and the most
TRIED = 8  # lines
SIDE = 4  # pixels; half the width of an edge is less
LEAST_STEP = 0.2  # of the logarithm, from the shadow to the light
SAME = 0.35  # deviation from the step, of the step
AGREED = 0.65  # share of the line where the step is the same
NEAR = (8.0, 4.0, 2.5)  # pixels from a line; it is fitted thrice to the edges that are so near
FEWEST = 10  # edges that a line is fitted to
ALIKE = 0.9  # cosine of the angle between the line and such an edge


def without_shadow(paper: Grey, grey: Grey) -> Grey | None:
    """The picture `grey`, lit as if there were no shadow; None if no edge of one crosses it.

    What lies on the edge itself is lost.

    Parameters
    ----------
    paper : float32 array of shape (height, width)
        The picture without its ink.
    grey : float32 array of the same shape
    """
    logs = np.log(paper + 1)
    lines = [(_agreement(_steps(logs, *line)), *line) for line in _lines(logs)]
    agreed, angle, offset = max(lines, default=(0, 0.0, 0.0))
    if not agreed:
        return None
    return _lit(grey, float(np.median(_steps(logs, angle, offset))), (angle, offset))


def _lit(grey: Grey, step: float, line: Line) -> Grey:
    """The picture, lit up by `step` on the dark side, and blended across the edge."""
    normal = _normal(line[0])
    places = np.moveaxis(np.indices(grey.shape), 0, -1)
    away = places @ normal - line[1]
    lit = np.where(away < 0, grey * np.float32(np.exp(step)), grey)
    on_edge = np.abs(away) < SIDE
    share = (away[on_edge] + SIDE) / (2 * SIDE)
    sides = (places[on_edge] - (2 * SIDE * end)[:, None] * normal for end in (share, share - 1))
    dark, light = (
        lit[tuple(np.rint(side).astype(int).clip(0, np.array(lit.shape) - 1).T)] for side in sides
    )
    lit[on_edge] = (1 - share) * dark + share * light
    return np.asarray(lit)


def _agreement(steps: Grey) -> int:
    """At how many places the step is as in most; 0 if these steps are no shadow's."""
    if len(steps) < 20:
        return 0
    step = float(np.median(steps))
    same = np.abs(steps - step) < SAME * step
    quarter = len(same) // 4
    through = min(same[:quarter].mean(), same[-quarter:].mean()) > 0.4 and same.mean() > AGREED
    return int(same.sum()) if step > LEAST_STEP and through else 0


def _steps(logs: Grey, angle: float, offset: float) -> Grey:
    """By how much the logarithm rises from one side of a line to the other, along the line."""
    normal = _normal(angle)
    middle, reach = np.array(logs.shape) / 2, np.hypot(*logs.shape) / 2
    foot = middle + (offset - middle @ normal) * normal
    along = foot + np.arange(-reach, reach, 1.5)[:, None] * np.array([normal[1], -normal[0]])
    sides = np.rint(along + SIDE * np.array([[[1]], [[-1]]]) * normal).astype(int)
    within = ((sides >= 0) & (sides < logs.shape)).all(axis=(0, 2))
    light, dark = sides[:, within]
    return np.asarray(logs[tuple(light.T)] - logs[tuple(dark.T)])


def _lines(logs: Grey) -> Iterator[Line]:
    """The lines along which most edges lie, found by Hough's transform and then fitted."""
    down, right = np.gradient(ndimage.gaussian_filter(logs, 1))
    steep = np.hypot(down, right)
    found = steep > STEEP
    if found.sum() < min(logs.shape) // 2 or found.sum() == found[1:-1, 1:-1].sum():
        return  # most drawings have no edge at the border
    points, weights = np.argwhere(found).astype(float), steep[found].clip(max=STEEPEST)
    angles = np.arctan2(down[found], right[found])
    for voted in _voted(points, angles, weights, reach=np.hypot(*logs.shape)):
        line = voted
        for near in NEAR:
            along = np.cos(angles - line[0]) > ALIKE
            along &= np.abs(points @ _normal(line[0]) - line[1]) < near
            if along.sum() >= FEWEST:
                line = _fitted(points[along], weights[along], line[0])
        yield line


def _voted(points: Points, angles: Points, weights: Points, reach: float) -> Iterator[Line]:
    """The lines that most points lie on, by the angles of their edges; within some 3 degrees."""
    offsets = np.sin(angles) * points[:, 0] + np.cos(angles) * points[:, 1]
    bins, limits = (120, int(reach)), ((-np.pi, np.pi), (-reach, reach))
    votes, turns, shifts = np.histogram2d(angles, offsets, bins, limits, weights=weights)
    votes = ndimage.uniform_filter(votes, 3, mode=("wrap", "constant"))
    peaks = votes * (votes == ndimage.maximum_filter(votes, 7, mode=("wrap", "constant")))
    for best in np.argsort(-peaks, axis=None)[:TRIED]:
        i, j = np.unravel_index(best, peaks.shape)
        yield float(turns[i : i + 2].mean()), float(shifts[j : j + 2].mean())


def _normal(angle: float) -> Points:
    """The unit vector (down, right) at an angle."""
    return np.array([np.sin(angle), np.cos(angle)])


def _fitted(points: Points, weights: Points, angle: float) -> Line:
    """The line through the points, on the side of its normal that is nearer to `angle`."""
    middle = np.average(points, axis=0, weights=weights)
    _, vectors = np.linalg.eigh((points - middle).T * weights @ (points - middle))
    down, right = vectors[:, 0] * np.sign(vectors[:, 0] @ _normal(angle))
    return float(np.arctan2(down, right)), float(middle @ (down, right))
