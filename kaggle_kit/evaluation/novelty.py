"""Novelty detection: whether an image looks like the training images of a class.

Networks may answer with confidence on images unlike any that they were trained on. The handwritten
digits of a class lie near the span of a few directions in the space of images. An image far from
the span of its class is something else. The distance is the residual of principal components, as in
Jackson and Mudholkar, "Control procedures for residuals associated with principal component
analysis", 1979; with one span per class, it is the classifier of Wold, "Pattern recognition by
means of disjoint principal components models", 1976.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

Rows = NDArray[np.float32]

COMPONENTS = 15
STRANGE = 0.01  # share of the training images that are called strange


@dataclass(frozen=True)
class NoveltyDetector:
    """Detects images that are far from the training images of their class, which have p pixels.

    Older runs have one span for all classes; its arrays lack the first axis.

    Attributes
    ----------
    mean : float32 array of shape (classes, p)
    axes : float32 array of shape (classes, components, p)
        Orthonormal in each class.
    limit : float32 array of shape (classes,)
        The distance that is exceeded only by the share STRANGE of the training images of a class;
        negative for a class without training images, in which every image is strange.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    limit: NDArray[np.float32]

    @classmethod
    def of(
        cls, images: NDArray[np.uint8], labels: NDArray[np.integer], classes: int
    ) -> "NoveltyDetector":
        """Fit a detector to uint8 images (n, height, width), 0..255, with labels (n,)."""
        rows = _rows(images)
        means, axes, limits = zip(
            *(_fitted(rows[labels == label]) for label in range(classes)), strict=True
        )
        return cls(np.stack(means), np.stack(axes), np.array(limits, dtype=np.float32))

    def distance(self, image: NDArray[np.uint8], label: int) -> float:
        """Distance of an image (height, width) from the span of a class; full ink counts as 1."""
        one = () if self.limit.ndim == 0 else (label,)
        return float(_distances(_rows(image[None]), self.mean[one], self.axes[one])[0])

    def knows(self, image: NDArray[np.uint8], label: int) -> bool:
        """Whether an image (height, width) looks like the training images of a class."""
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
    largest = [max(0, pixels - COMPONENTS), pixels - 1]
    _, vectors = eigh(centred.T @ centred, subset_by_index=largest)
    return mean, np.ascontiguousarray(vectors.T)


def _distances(rows: Rows, mean: Rows, axes: Rows) -> Rows:
    centred = rows - mean
    residual = centred - centred @ axes.T @ axes
    return np.asarray(np.linalg.norm(residual, axis=1), dtype=np.float32)


def _rows(images: NDArray[np.uint8]) -> Rows:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
