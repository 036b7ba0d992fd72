"""Convolutions whose gradients are fast on a CPU with JAX.

XLA computes a convolution, and the gradient of its inputs, about as fast as a large matrix product.
It computes the gradient of the weights as a convolution that has the batch in place of the
channels. In a usual batch this leaves the cache of the processor, and takes up to five times as
long. So it is computed for a few images at a time, and summed. Small maps are convolved by
Winograd's method instead, of which everything is a matrix product.
benchmarks/results/convolutions.md has the figures.
"""

import functools
from typing import Any

from kaggle_kit.networks import winograd
from kaggle_kit.networks.backend import has_accelerator, keras, ops

AT_A_TIME = 16  # images
LAYOUT = ("NHWC", "HWIO", "NHWC")


class Conv2D(keras.layers.Conv2D):  # type: ignore[misc]  # Keras is untyped
    """Keras' layer with padding "same", but faster in training."""

    counterpart = keras.layers.Conv2D  # for files that need no kit

    def __init__(self, filters: int, kernel_size: int, **options: Any) -> None:
        super().__init__(filters, kernel_size, **({"padding": "same"} | options))

    def call(self, inputs: Any, training: bool | None = None) -> Any:  # noqa: FBT001  Keras' API
        if not training or keras.backend.backend() != "jax" or has_accelerator():
            return super().call(inputs)
        kernel = ops.convert_to_tensor(self.kernel)
        if self._is_small(inputs):
            outputs = winograd.convolution(inputs, kernel)
        else:
            outputs = _convolution(self.strides)(inputs, kernel)
        if self.bias is not None:
            outputs = outputs + self.bias
        return self.activation(outputs)

    def _is_small(self, inputs: Any) -> bool:
        """Whether the maps are small enough for Winograd's method, and the kernel is its."""
        plain = self.strides == self.dilation_rate == (1, 1)
        kernel = self.kernel_size == (winograd.KERNEL, winograd.KERNEL)
        return plain and kernel and all(side in winograd.POINTS for side in inputs.shape[1:3])


@functools.cache
def _convolution(strides: tuple[int, int]) -> Any:
    import jax

    def plain(images: Any, kernel: Any) -> Any:
        return jax.lax.conv_general_dilated(
            images, kernel, strides, "SAME", dimension_numbers=LAYOUT
        )

    def forward(images: Any, kernel: Any) -> tuple[Any, Any]:
        return plain(images, kernel), (images, kernel)

    def backward(factors: tuple[Any, Any], gradient: Any) -> tuple[Any, Any]:
        images, kernel = map(jax.numpy.asarray, factors)  # older versions pass constants on as such
        (of_images,) = jax.vjp(lambda images: plain(images, kernel), images)[1](gradient)
        parts = [slice(i, i + AT_A_TIME) for i in range(0, len(images), AT_A_TIME)]
        return of_images, sum(of_kernel(images[part], kernel, gradient[part]) for part in parts)

    def of_kernel(images: Any, kernel: Any, gradient: Any) -> Any:
        return jax.vjp(lambda kernel: plain(images, kernel), kernel)[1](gradient)[0]

    convolution = jax.custom_vjp(plain)
    convolution.defvjp(forward, backward)
    return convolution
