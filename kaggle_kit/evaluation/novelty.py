"""Does an image look like those that the networks were trained on? Asked of the image alone.

Networks may answer with confidence where they know nothing. Handwritten digits lie near a few
directions of the space of images; what is far from their span is something else (the residual of
principal components, as in Jackson and Mudholkar, "Control procedures for residuals associated with
principal component analysis", 1979).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COMPONENTS = 40
STRANGE = 0.01  # share of the training images that are called strange


@dataclass(frozen=True)
class NoveltyDetector:
    """The span of the training images, of p pixels each.

    Attributes
    ----------
    mean : float32 array of shape (p,)
    axes : float32 array of shape (components, p)
        Orthonormal.
    limit : float32 array of shape ()
        The distance that all but STRANGE of the training images keep to.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    limit: NDArray[np.float32]

    @classmethod
    def of(cls, images: NDArray[np.uint8]) -> "NoveltyDetector":
        """Learn from uint8 images (n, height, width), 0..255."""
        from sklearn.decomposition import PCA

        rows = _rows(images)
        components = min(COMPONENTS, len(rows), rows.shape[1])
        pca = PCA(components, svd_solver="covariance_eigh").fit(rows)
        span = cls(pca.mean_, pca.components_, np.zeros((), dtype=np.float32))
        limit = np.quantile(span.distances(images), 1 - STRANGE)
        return cls(span.mean, span.axes, np.asarray(limit, dtype=np.float32))

    def distances(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """How far images (n, height, width) are from the span, in ink; shape (n,)."""
        centred = _rows(images) - self.mean
        residual = centred - centred @ self.axes.T @ self.axes
        return np.asarray(np.linalg.norm(residual, axis=1), dtype=np.float32)

    def knows(self, image: NDArray[np.uint8]) -> bool:
        return bool(self.distances(image[None])[0] <= self.limit)


def _rows(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
