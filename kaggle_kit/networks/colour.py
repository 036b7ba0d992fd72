"""Layers that turn colours into what the other layers compute with: ink, and small pictures."""

import math
from typing import Any

from kaggle_kit.networks.backend import keras, ops
from kaggle_kit.networks.resampling import shrink

FAINT = 24.0  # below this distance of ink and paper, an image counts as blank, in 255ths


class Ink(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """How much of each pixel is ink, whatever the colours of ink and paper are.

    The colour of the paper is the mean of the border, computed again with less weight on pixels
    that differ from it: there the writing touches the border. The colour of the ink is the mean of
    all pixels, weighted by their squared distance from the paper. Each pixel is projected onto the
    line between the two colours, so a pixel that is half covered has about half the ink.

    Call with images of shape (n, height, width, 3), 0..255; returns (n, height, width), 0..255.
    """

    def call(self, images: Any) -> Any:
        images = ops.cast(images, "float32")
        _, height, width, channels = images.shape
        sides = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
        border = ops.concatenate(sides, axis=1)
        paper = ops.mean(border, axis=1, keepdims=True)
        for _ in range(2):
            near = 1 / (1 + _squares(border - paper) / FAINT**2)
            paper = ops.sum(near * border, axis=1, keepdims=True) / ops.sum(
                near, axis=1, keepdims=True
            )
        offsets = ops.reshape(images, (-1, height * width, channels)) - paper
        squares = _squares(offsets)
        total = ops.sum(squares, axis=1, keepdims=True) + 1e-3
        ink = ops.sum(squares * offsets, axis=1, keepdims=True) / total
        length = ops.maximum(_squares(ink), FAINT**2)
        shares = ops.sum(offsets * ink, axis=2) / length[:, :, 0]
        return 255 * ops.reshape(ops.clip(shares, 0.0, 1.0), (-1, height, width))


class Thumbnail(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """A small copy of each image, by area averages.

    Call with images of shape (n, height, width) or (n, height, width, 3); returns (n, values).
    """

    def __init__(self, side: int = 12) -> None:
        super().__init__(name="thumbnail")
        self.side = side

    def call(self, images: Any) -> Any:
        small = shrink(images, self.side)
        return ops.reshape(small, (-1, math.prod(small.shape[1:])))


class Jitter(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """Change brightness, contrast and saturation of each image at random while training.

    The factors are drawn uniformly, from 1 - amount to 1 + amount; the brightness is moved by up to
    `amount` times half the range. The values are clipped to 0..255.

    Call with images of shape (n, height, width) or (n, height, width, 3), 0..255; returns the same
    shape in float32.
    """

    def __init__(self, amount: float, seed: int) -> None:
        super().__init__(name="jitter")
        self.amount = amount
        self.generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002  Keras' API
        images = ops.cast(images, "float32")
        if not training:
            return images
        rest = (1,) * (len(images.shape) - 1)
        draws = keras.random.uniform(
            (ops.shape(images)[0], 3), -self.amount, self.amount, seed=self.generator
        )
        brightness, contrast, saturation = (ops.reshape(draws[:, i], (-1, *rest)) for i in range(3))
        # Saturation leaves the mean where it is. After it, compilers would compute the distortion
        # before this layer again for the mean.
        middle = ops.mean(images, axis=tuple(range(1, len(images.shape))), keepdims=True)
        if len(rest) == 3:
            grey = ops.mean(images, axis=3, keepdims=True)
            images = grey + (1 + saturation) * (images - grey)
        images = middle + (1 + contrast) * (images - middle) + 127.5 * brightness
        return ops.clip(images, 0.0, 255.0)


def _squares(colours: Any) -> Any:
    """The squared length of each colour, in the last axis, which becomes 1."""
    return ops.sum(colours * colours, axis=-1, keepdims=True)
