"""Groups of images that are nearly the same: copies that were saved, scaled or lit another way.

Two images are near-duplicates if their correlation is at least CORRELATION, after both were reduced
to at most SIDE x SIDE pixels, which removes the noise of compression. Among 42,000 handwritten
digits, two have at most 0.992. Images that were cropped, turned or mirrored are not found.

The pairs are found by hash, then by distance. The hash holds the lowest frequencies of the cosine
transform, as in perceptual hashing (Zauner, "Implementation and benchmarking of perceptual image
hash functions", 2010), but as numbers instead of their signs. Because it is a projection, two
hashes are never farther apart than the images (Faloutsos, Ranganathan and Manolopoulos, "Fast
subsequence matching in time-series databases", 1994). So a pair is missed only if each of the two
has NEIGHBOURS - 1 images whose hashes are nearer.
"""

import math
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from kaggle_kit.evaluation.images.reduction import SCATTERED, Images, blocks, give_back, reduced

CORRELATION = 0.995
SIDE = 32
FREQUENCIES = 8  # in each direction
LEADING = 12  # numbers of the hash that the search uses; more make the search slower
NEIGHBOURS = 9  # of one image, itself included
FLAT = 1.0  # standard deviation of the grey levels below which only equal images are alike


def near_duplicates(images: Images) -> list[NDArray[np.intp]]:
    """Find the groups of images that are equal or nearly the same.

    Parameters
    ----------
    images : uint8 array of shape (n, height, width) or (n, height, width, channels)
        It may be a memory map; about 300 bytes of memory are needed for each image.

    Returns
    -------
    list of integer arrays
        The rows of each group of two or more, ascending; the groups in the order of their first
        rows. An image is in one group at most.
    """
    hashes, same = _hashes(images)
    pairs = _candidates(hashes)
    pairs = pairs[_are_alike(images, pairs)]
    first, second = np.concatenate([same, pairs]).T
    links = coo_array((np.ones(len(first), bool), (first, second)), shape=(len(images),) * 2)
    _, group = connected_components(links, directed=False)
    order = np.argsort(group, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    return sorted((rows for rows in groups if len(rows) > 1), key=lambda rows: int(rows[0]))


def group_numbers(groups: list[NDArray[np.intp]], rows: int) -> NDArray[np.int64]:
    """A number for each of the rows, shape (rows,): that of the first row of its group, or its own.

    With these numbers as groups, a split into folds keeps near-duplicates in one fold.
    """
    numbers = np.arange(rows)
    for group in groups:
        numbers[group] = group[0]
    return numbers


def _vectors(images: Images) -> NDArray[np.float32]:
    """Images reduced, with mean 0 and length 1, shape (n, channels, height, width).

    Flat images are NaN.
    """
    found = reduced(images, SIDE)
    found -= found.mean(axis=(1, 2, 3), keepdims=True)
    length = np.sqrt(np.square(found).sum(axis=(1, 2, 3), keepdims=True))
    length[length < FLAT * math.sqrt(found[0].size)] = np.nan
    found /= length
    return found


def _hashes(images: Images) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The hash of each image; NaN for flat images and those that equal an earlier one.

    Returns
    -------
    float32 array of shape (n, frequencies), int64 array of shape (pairs, 2)
        The pairs of equal images: the first of them, and each of the others.
    """
    hashes, same = [], []
    seen: dict[bytes, int] = {}
    for rows in blocks(images):
        some = np.ascontiguousarray(images[rows])
        vectors = _vectors(some)
        down, across = (_lowest(size) for size in vectors.shape[2:])
        grey = vectors.sum(axis=1) / math.sqrt(vectors.shape[1])  # a projection, as the next is
        found = (down @ grey @ across.T).reshape(len(some), -1)[:, 1:]  # the first is the mean, 0
        for row, image in enumerate(some, rows.start):
            first = seen.setdefault(blake2b(image.data, digest_size=16).digest(), row)
            if first != row:
                same.append((first, row))
                found[row - rows.start] = np.nan
        hashes.append(found)
    return np.concatenate(hashes), np.array(same, dtype=np.int64).reshape(-1, 2)


def _lowest(size: int) -> NDArray[np.float32]:
    basis: NDArray[np.float32] = dct(np.eye(size, dtype=np.float32), norm="ortho", axis=0)
    return basis[:FREQUENCIES]


def _candidates(hashes: NDArray[np.float32]) -> NDArray[np.int64]:
    """The pairs of rows whose hashes are near enough, shape (pairs, 2), ascending."""
    rows = np.flatnonzero(~np.isnan(hashes).any(axis=1))
    known = hashes[rows]
    if len(known) < 2 or not known.shape[1]:
        return np.empty((0, 2), np.int64)
    leading = np.argsort(-known.var(axis=0), kind="stable")[:LEADING]
    points, reach = known[:, leading], math.sqrt(2 - 2 * CORRELATION)
    tree = KDTree(points)
    neighbours = np.arange(1, min(NEIGHBOURS, len(rows)) + 1)
    found = tree.query(points, neighbours, distance_upper_bound=reach, workers=-1)[1]
    first, place = np.nonzero(found < len(rows))
    second = found[first, place]
    near = (first != second) & (np.linalg.norm(known[first] - known[second], axis=1) <= reach)
    pairs = np.sort(np.stack([rows[first[near]], rows[second[near]]], axis=1), axis=1)
    return np.unique(pairs, axis=0).reshape(-1, 2)


def _are_alike(images: Images, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    alike = np.empty(len(pairs), bool)
    for start in range(0, len(pairs), SCATTERED):
        some = pairs[start : start + SCATTERED]
        one, other = (_vectors(images[rows]) for rows in some.T)
        alike[start : start + SCATTERED] = (one * other).sum(axis=(1, 2, 3)) >= CORRELATION
        give_back(images)
    return alike
