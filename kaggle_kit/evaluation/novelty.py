"""Novelty detection: whether an image looks like the training images, from the image alone.

Networks may answer with confidence on images unlike any that they were trained on. Handwritten
digits lie near the span of a few directions in the space of images. An image far from this span is
something else. The distance is the residual of principal components, as in Jackson and Mudholkar,
"Control procedures for residuals associated with principal component analysis", 1979.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COMPONENTS = 40
STRANGE = 0.01  # share of the training images that are called strange


@dataclass(frozen=True)
class NoveltyDetector:
    """Detects images that are far from the span of the training images, which have p pixels.

    Attributes
    ----------
    mean : float32 array of shape (p,)
    axes : float32 array of shape (components, p)
        Orthonormal.
    limit : float32 array of shape ()
        The distance that is exceeded only by the share STRANGE of the training images.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    limit: NDArray[np.float32]

    @classmethod
    def of(cls, images: NDArray[np.uint8]) -> "NoveltyDetector":
        """Fit a detector to uint8 images (n, height, width), 0..255."""
        from sklearn.decomposition import PCA

        rows = _rows(images)
        components = min(COMPONENTS, len(rows), rows.shape[1])
        pca = PCA(components, svd_solver="covariance_eigh").fit(rows)
        span = cls(pca.mean_, pca.components_, np.zeros((), dtype=np.float32))
        limit = np.quantile(span.distances(images), 1 - STRANGE)
        return cls(span.mean, span.axes, np.asarray(limit, dtype=np.float32))

    def distances(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Distances (n,) of images (n, height, width) from the span; full ink counts as 1."""
        centred = _rows(images) - self.mean
        residual = centred - centred @ self.axes.T @ self.axes
        return np.asarray(np.linalg.norm(residual, axis=1), dtype=np.float32)

    def knows(self, image: NDArray[np.uint8]) -> bool:
        return bool(self.distances(image[None])[0] <= self.limit)


def _rows(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
