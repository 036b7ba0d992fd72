"""Normalise the position, slant and size of digits before a network sees them.

Each kind of normalisation is a posture: a layer without weights to learn. `POSTURES` lists them.
"""

from functools import partial
from itertools import cycle, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.evaluation.robustness.handwriting import moment_basis
from kaggle_kit.networks.backend import keras, ops
from kaggle_kit.networks.resampling import multiply_maps, sample

AVERAGE, LARGE = (3.2, 5.0), (5.0, 6.6)  # standard deviations of the ink of upright digits


class Enlarged(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """Enlarge each image around its middle, bilinearly; pixels that leave the frame are lost.

    Enlarged by a quarter, MNIST's digits lose their margin. Gradients then have a finer scale.

    Call with images of shape (n, height, width); returns the same shape in float32.
    """

    def __init__(self, by: float = 1.25) -> None:
        super().__init__(name="enlarged")
        self.by = by

    def call(self, images: Any) -> Any:
        _, height, width = images.shape
        maps = ops.expand_dims(ops.cast(images, "float32"), axis=1)
        enlarged = multiply_maps(maps, self._weights(height), self._weights(width))
        return ops.transpose(enlarged, (0, 2, 1))

    def _weights(self, size: int) -> NDArray[np.float32]:
        """The weight of each old pixel (rows) in each new pixel (columns) along one axis."""
        middle = (size - 1) / 2
        origin = middle + (np.arange(size) - middle) / self.by
        distances = np.abs(np.arange(size)[:, None] - origin).astype(np.float32)
        weights: NDArray[np.float32] = np.clip(1 - distances, 0, None)
        return weights


class Upright(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """Centre each image by its mass and remove its slant; with a `spread`, also normalise its size.

    Slant and size come from the second moments of the ink, as in LeCun, Bottou, Bengio and Haffner,
    "Gradient-based learning applied to document recognition" (1998).

    Parameters
    ----------
    spread : (float, float), optional
        The standard deviation that the ink of every digit gets across and down, in 28ths of the
        height. Limits prevent an extreme stretch. `AVERAGE` is the spread of MNIST's digits.
        `LARGE` digits leave no margin, so that a grid sees more of them.
    by : float
        The factor of enlargement if there is no `spread`, as in `Enlarged`.

    Call with images of shape (n, height, width); returns the same shape in float32.
    """

    def __init__(self, spread: tuple[float, float] | None = None, by: float = 1.0) -> None:
        super().__init__(name="upright")
        self.spread, self.by = spread, by

    def call(self, images: Any) -> Any:
        images = ops.cast(images, "float32")
        _, height, width = images.shape
        middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
        basis = moment_basis(height, width)
        x, y = basis[:, 1], basis[:, 2]
        mean_x, mean_y, var_x, var_y, slant = self._moments(images, basis)
        x_scale = y_scale = 1 / self.by
        if self.spread:
            unit = height / 28
            across, down = self.spread
            upright_var = ops.maximum(var_x - slant * slant * var_y, 0.3 * unit**2)
            x_scale = ops.clip(ops.sqrt(upright_var) / (across * unit), 0.35, 1.6)
            y_scale = ops.clip(ops.sqrt(var_y) / (down * unit), 0.5, 1.6)
        y = y_scale * y
        # The `+` of a NumPy array does not accept the symbolic tensors of an export.
        columns = ops.add(x_scale * x, slant * y) + mean_x + middle_x
        return sample(images, ops.add(y, mean_y) + middle_y, columns)

    def _moments(self, images: Any, basis: NDArray[np.float32]) -> tuple[Any, ...]:
        """Means and variances of the ink in x and y, and slant in columns per row; each (n, 1)."""
        sums = ops.matmul(ops.reshape(images, (-1, len(basis))), basis)
        ink = sums[:, :1] + 1e-3 * 255
        mean_x, mean_y = sums[:, 1:2] / ink, sums[:, 2:3] / ink
        var_x = sums[:, 3:4] / ink - mean_x**2
        var_y = ops.maximum(sums[:, 4:5] / ink - mean_y**2, 1e-3)
        return mean_x, mean_y, var_x, var_y, (sums[:, 5:] / ink - mean_x * mean_y) / var_y


# A committee uses the postures in this order.
POSTURES = {
    "upright_enlarged": partial(Upright, by=1.25),
    "enlarged": Enlarged,
    "upright_large": partial(Upright, LARGE),
    "as_is": keras.layers.Identity,
    "upright": Upright,
    "upright_sized": partial(Upright, AVERAGE),
}


def committee_of_postures(values: dict[str, Any], members: int) -> list[dict[str, Any]]:
    """Give each member another posture of the digits; start over when all postures are used.

    Networks that see different normalisations of the same digits make more independent errors than
    networks that differ only by their seed (Ciresan, Meier, Gambardella and Schmidhuber,
    "Convolutional neural network committees for handwritten character classification", 2011).
    Photographs have no posture: there, members differ by their seed.

    Parameters
    ----------
    values : dict
        The hyperparameters of the network that was chosen.
    members : int

    Returns
    -------
    list of dict
        The changes to `values`, one dict a member.
    """
    if "posture" not in values:
        return [{} for _ in range(members)]
    first = values["posture"]
    postures = [first, *(posture for posture in POSTURES if posture != first)]
    return [{"posture": posture} for posture in islice(cycle(postures), members)]
