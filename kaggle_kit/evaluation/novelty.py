"""Novelty detection: whether an image looks like the training images of a class.

Networks may answer with confidence on images unlike any that they were trained on. The images of a
class lie near the span of a few directions in the space of their features. An image far from the
span of its class is something else. The features are oriented gradients, which tell the shapes of
strokes apart better than pixels do; of images with colours, they are the pixels. The distance is
the residual of principal components, as in Jackson and Mudholkar, "Control procedures for residuals
associated with principal component analysis", 1979; with one span per class, it is the classifier
of Wold, "Pattern recognition by means of disjoint principal components models", 1976.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh, svd

from kaggle_kit.evaluation.images.gradients import oriented_gradients
from kaggle_kit.evaluation.images.reduction import SCATTERED, give_back, reduced

Rows = NDArray[np.float32]

COMPONENTS = 15
LIGHT = 0.5  # brightness of images of dark ink on paper; they have more
LOOKED_AT = 256  # images, for their brightness
MOST_IMAGES = 8192  # of a class; more would tell the same
GREY_SIDE, COLOUR_SIDE = 32, 16  # pixels of the longer side; larger images are reduced
STRANGE = 0.03  # share of the training images that are called strange


@dataclass(frozen=True)
class NoveltyDetector:
    """Detects images that are far from the training images of their class, which have p features.

    Runs of older versions compare pixels, and have no brightness. Still older ones have one span
    for all classes; its arrays lack the first axis.

    Attributes
    ----------
    mean : float32 array of shape (classes, p)
    axes : float32 array of shape (classes, components, p)
        Orthonormal in each class; zeros if the class has fewer images than axes.
    limit : float32 array of shape (classes,)
        The distance that is exceeded only by the share STRANGE of the training images of a class;
        negative for a class without training images, in which every image is strange.
    brightness : float32 array of shape (), or None
        The mean of all pixels of the training images, 0..1.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    limit: NDArray[np.float32]
    brightness: NDArray[np.float32] | None = None

    @classmethod
    def of(
        cls, images: NDArray[np.uint8], labels: NDArray[np.integer], classes: int
    ) -> "NoveltyDetector":
        """Fit a detector to uint8 images (n, *image_shape), 0..255, with labels (n,).

        A memory map is read in blocks, and only as far as it is needed.
        """
        means, axes, limits = zip(
            *(_fitted(_rows_of(images, labels == label)) for label in range(classes)), strict=True
        )
        some = images[:: max(1, len(images) // LOOKED_AT)]
        brightness = np.array(some.mean() / 255, dtype=np.float32)
        give_back(images)
        return cls(np.stack(means), np.stack(axes), np.array(limits, np.float32), brightness)

    @property
    def is_of_light_images(self) -> bool:
        """Whether the training images are dark ink on light paper, not light ink on black."""
        if self.brightness is not None:
            return float(self.brightness) > LIGHT
        has_images = np.atleast_1d(self.limit) >= 0
        return float(np.atleast_2d(self.mean)[has_images].mean()) > LIGHT

    def distance(self, image: NDArray[np.uint8], label: int) -> float:
        """Distance of the features of an image (*image_shape) from the span of a class."""
        one = () if self.limit.ndim == 0 else (label,)
        rows = _rows(image[None]) if self.brightness is not None else _pixels(image[None])
        return float(_distances(rows, self.mean[one], self.axes[one])[0])

    def knows(self, image: NDArray[np.uint8], label: int) -> bool:
        """Whether an image (*image_shape) looks like the training images of a class."""
        limit = self.limit if self.limit.ndim == 0 else self.limit[label]
        return self.distance(image, label) <= float(limit)


def _fitted(rows: Rows) -> tuple[Rows, Rows, float]:
    """The mean, the axes and the limit of one class."""
    if not len(rows):
        pixels = rows.shape[1]
        nowhere = np.zeros((min(COMPONENTS, pixels), pixels), dtype=np.float32)
        return nowhere.sum(axis=0), nowhere, -1.0
    # Images are too near to axes that were fitted to them, so each half is measured by the other.
    halves = rows[::2], rows[1::2] if len(rows) > 1 else rows
    far = [_distances(one, *_span(other)) for one, other in (halves, halves[::-1])]
    return *_span(rows), float(np.quantile(np.concatenate(far), 1 - STRANGE))


def _span(rows: Rows) -> tuple[Rows, Rows]:
    """The mean of the rows, and the axes along which they differ most."""
    mean = rows.mean(axis=0)
    centred, pixels = rows - mean, rows.shape[1]
    if len(rows) < pixels:
        axes = np.zeros((min(COMPONENTS, pixels), pixels), dtype=np.float32)
        found = svd(centred, full_matrices=False)[2][: min(len(axes), len(rows) - 1)]
        axes[: len(found)] = found
        return mean, axes
    largest = [max(0, pixels - COMPONENTS), pixels - 1]
    _, vectors = eigh(centred.T @ centred, subset_by_index=largest)
    return mean, np.ascontiguousarray(vectors.T)


def _distances(rows: Rows, mean: Rows, axes: Rows) -> Rows:
    centred = rows - mean
    residual = centred - centred @ axes.T @ axes
    return np.asarray(np.linalg.norm(residual, axis=1), dtype=np.float32)


def _rows_of(images: NDArray[np.uint8], chosen: NDArray[np.bool_]) -> Rows:
    """The rows of MOST_IMAGES of the chosen images, evenly spread, or of all if there are fewer."""
    places = np.flatnonzero(chosen)
    if len(places) > MOST_IMAGES:
        places = places[np.linspace(0, len(places) - 1, MOST_IMAGES).astype(int)]
    found = [_rows(images[:0])]
    for first in range(0, len(places), SCATTERED):
        found.append(_rows(images[places[first : first + SCATTERED]]))
        give_back(images)
    return np.concatenate(found)


def _rows(images: NDArray[np.uint8]) -> Rows:
    """The features of uint8 images (n, *image_shape)."""
    if images.ndim > 3:
        return _pixels(images)
    small = reduced(images, GREY_SIDE)[:, 0]
    return oriented_gradients(small / np.float32(255))


def _pixels(images: NDArray[np.uint8]) -> Rows:
    side = GREY_SIDE if images.ndim == 3 else COLOUR_SIDE
    small = reduced(images, side)
    return small.reshape(len(images), math.prod(small.shape[1:])) / np.float32(255)
