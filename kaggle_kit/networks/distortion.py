"""Random distortion of images: affine and elastic in one pass, on the device.

Each image is sampled once, bilinearly, at coordinates moved by a random affine map plus a smooth
random displacement field. So each epoch shows new handwriting, as in Simard, Steinkraus and Platt,
"Best practices for convolutional neural networks applied to visual document analysis" (2003).
Photographs are not bent, but every second one is mirrored, and their colours change.
The code uses `keras.ops`, so it runs on every backend and inside the compiled training step.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import Problem
from kaggle_kit.networks.backend import compiled, keras, ops
from kaggle_kit.networks.colour import Jitter
from kaggle_kit.networks.resampling import sample


@dataclass(frozen=True)
class Distortion:
    """The strength of a distortion. Affine amounts are drawn uniformly from -amount to amount."""

    rotation: float = 13.0  # degrees
    scale: float = 0.13  # share of the size, drawn separately for each axis
    shear: float = 0.15  # columns per row
    shift: float = 1.5  # 28ths of the size: pixels of a digit of MNIST
    elastic: float = 1.2  # 28ths of the size, standard deviation

    def scaled(self, strength: float) -> "Distortion":
        """All amounts multiplied by `strength`; 0 leaves images as they are."""
        return Distortion(**{f.name: getattr(self, f.name) * strength for f in fields(self)})


OF_PHOTOS = Distortion(rotation=13.0, scale=0.15, shear=0.1, shift=2.5, elastic=0.0)
JITTER = 0.4  # of `Jitter`, at full strength
KNOTS = 6  # the displacement field is a smooth blend of 6 x 6 random vectors


@dataclass(frozen=True)
class Augmentation:
    """What happens to images while training, as the recipe says it.

    Attributes
    ----------
    distortion : float
        The strength of the distortion; 0 is none.
    mirror : bool
        Whether every second image is mirrored. Never for glyphs.
    jitter : float
        The strength of the change of colours; 0 is none.
    """

    distortion: float = 0.0
    mirror: bool = False
    jitter: float = 0.0

    def layers(self, problem: Problem, seed: int) -> list[Any]:
        """The layers that do this to images of the problem; none if there is nothing to do."""
        layers: list[Any] = []
        if self.distortion or self.mirror:
            full = OF_PHOTOS if problem.kind is Kind.PHOTO else Distortion()
            # Only of writing on black is known what lies outside the image.
            extend = problem.kind is Kind.PHOTO or problem.channels > 1
            distortion = full.scaled(self.distortion)
            layers.append(Distort(distortion, seed, mirror=self.mirror, extend=extend))
        if self.jitter:
            layers.append(Jitter(JITTER * self.jitter, seed))
        return layers


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

    Parameters
    ----------
    distortion : Distortion
    seed : int
    mirror : bool
        Whether each image is mirrored with probability 1/2.
    extend : bool
        Outside an image is the nearest pixel of its border. Without, pixels outside are 0.

    Call with a tensor of shape (n, height, width) or (n, height, width, channels); returns the same
    shape in float32.
    """

    def __init__(
        self, distortion: Distortion, seed: int, *, mirror: bool = False, extend: bool = False
    ) -> None:
        super().__init__(name="distort")
        self.distortion, self.mirror, self.extend = distortion, mirror, extend
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002  Keras' API
        if not training:
            return ops.cast(images, "float32")
        height, width = images.shape[1:3]
        rows, columns = self._coordinates(ops.shape(images)[0], height, width)
        return sample(images, rows, columns, extend=self.extend)

    def _coordinates(self, count: Any, height: int, width: int) -> tuple[Any, Any]:
        d, units = self.distortion, (width / 28, height / 28)
        shifts = [d.shift * unit for unit in units]
        amounts = [np.radians(d.rotation), d.scale, d.scale, d.shear, *shifts]
        draws = keras.random.uniform((count, 6), -1.0, 1.0, seed=self.generator)
        draws = draws * np.array(amounts, dtype=np.float32)
        angle, x_scale, y_scale, shear, x_shift, y_shift = (draws[:, i, None] for i in range(6))
        y, x = np.mgrid[:height, :width].reshape(2, 1, -1).astype(np.float32)
        middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
        y, x = y - middle_y, x - middle_x
        cos, sin = ops.cos(angle), ops.sin(angle)
        columns = (1 + x_scale) * (cos * x - sin * y) + shear * y + x_shift
        rows = (1 + y_scale) * (sin * x + cos * y) + y_shift
        if d.elastic:
            bend = self._displacement(count, height, width)
            columns, rows = columns + units[0] * bend[:, 0], rows + units[1] * bend[:, 1]
        if self.mirror:
            side = keras.random.uniform((count, 1), -1.0, 1.0, seed=self.generator)
            columns = ops.where(side < 0, -columns, columns)
        return rows + middle_y, columns + middle_x

    def _displacement(self, count: Any, height: int, width: int) -> Any:
        knots = keras.random.normal((count, 2, KNOTS, KNOTS), seed=self.generator)
        field = ops.matmul(ops.matmul(smooth_basis(height), knots), smooth_basis(width).T)
        return self.distortion.elastic * ops.reshape(field, (-1, 2, height * width))


def distorted(
    image: NDArray[np.uint8], count: int, augmentation: Augmentation, problem: Problem, seed: int
) -> NDArray[np.uint8]:
    """Distort one image `count` times as in training.

    Parameters
    ----------
    image : uint8 array of shape (height, width) or (height, width, 3)

    Returns
    -------
    uint8 array of shape (count, height, width) or (count, height, width, 3)
    """
    inputs = keras.Input(image.shape)
    outputs = inputs
    for layer in augmentation.layers(problem, seed):
        outputs = layer(outputs)
    (distort,) = compiled([keras.Model(inputs, outputs)], training=True)
    samples = np.asarray(distort(np.repeat(image[None], count, axis=0)))
    return samples.round().clip(0, 255).astype(np.uint8)
