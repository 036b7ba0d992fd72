"""Random affine and elastic distortion of images in one pass, on the device.

Each image is sampled once, bilinearly, at coordinates moved by a random affine map plus a smooth
random displacement field. So each epoch shows new handwriting, as in Simard, Steinkraus and Platt,
"Best practices for convolutional neural networks applied to visual document analysis" (2003).
The code uses `keras.ops`, so it runs on every backend and inside the compiled training step.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.networks.backend import compiled, keras, ops
from kaggle_kit.networks.resampling import sample


@dataclass(frozen=True)
class Distortion:
    """The strength of a distortion. Affine amounts are drawn uniformly from -amount to amount."""

    rotation: float = 13.0  # degrees
    scale: float = 0.13  # share of the size, drawn separately for each axis
    shear: float = 0.15  # columns per row
    shift: float = 1.5  # pixels
    elastic: float = 1.2  # pixels, standard deviation

    def scaled(self, strength: float) -> "Distortion":
        """All amounts multiplied by `strength`; 0 leaves images as they are."""
        return Distortion(**{f.name: getattr(self, f.name) * strength for f in fields(self)})


KNOTS = 6  # the displacement field is a smooth blend of 6 x 6 random vectors


def smooth_basis(size: int, knots: int = KNOTS) -> NDArray[np.float32]:
    """Weights that blend `knots` independent normal variables into a smooth curve.

    Returns
    -------
    float32 array of shape (size, knots)
        Rows have unit norm, so each point of the curve keeps unit variance.
    """
    positions = np.linspace(0, knots - 1, size)[:, None]
    weights = np.exp(-0.5 * ((positions - np.arange(knots)) / 0.8) ** 2)
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    return weights.astype(np.float32)


class Distort(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """Distort each image of a batch at random while training; return it unchanged otherwise.

    Call with a tensor of shape (n, height, width); returns the same shape in float32.
    """

    def __init__(self, distortion: Distortion, seed: int) -> None:
        super().__init__(name="distort")
        self.distortion = distortion
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002  Keras' API
        if not training:
            return ops.cast(images, "float32")
        rows, columns = self._coordinates(ops.shape(images)[0], *images.shape[1:])
        return sample(images, rows, columns)

    def _coordinates(self, count: Any, height: int, width: int) -> tuple[Any, Any]:
        d = self.distortion
        amounts = [np.radians(d.rotation), d.scale, d.scale, d.shear, d.shift, d.shift]
        draws = keras.random.uniform((count, 6), -1.0, 1.0, seed=self.generator)
        draws = draws * np.array(amounts, dtype=np.float32)
        angle, x_scale, y_scale, shear, x_shift, y_shift = (draws[:, i, None] for i in range(6))
        y, x = np.mgrid[:height, :width].reshape(2, 1, -1).astype(np.float32)
        middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
        y, x = y - middle_y, x - middle_x
        cos, sin = ops.cos(angle), ops.sin(angle)
        bend = self._displacement(count, height, width)
        columns = (1 + x_scale) * (cos * x - sin * y) + shear * y + x_shift + bend[:, 0]
        rows = (1 + y_scale) * (sin * x + cos * y) + y_shift + bend[:, 1]
        return rows + middle_y, columns + middle_x

    def _displacement(self, count: Any, height: int, width: int) -> Any:
        knots = keras.random.normal((count, 2, KNOTS, KNOTS), seed=self.generator)
        field = ops.matmul(ops.matmul(smooth_basis(height), knots), smooth_basis(width).T)
        return self.distortion.elastic * ops.reshape(field, (-1, 2, height * width))


def distorted(
    image: NDArray[np.uint8], count: int, strength: float, seed: int
) -> NDArray[np.uint8]:
    """Distort one image (height, width) `count` times as in training: (count, height, width)."""
    inputs = keras.Input(image.shape)
    layer = Distort(Distortion().scaled(strength), seed)
    (distort,) = compiled([keras.Model(inputs, layer(inputs))], training=True)
    samples = np.asarray(distort(np.repeat(image[None], count, axis=0)))
    return samples.round().clip(0, 255).astype(np.uint8)
