"""Dense layers that can compute their matrix products in bfloat16, if the processor supports it.

Processors with bfloat16 dot products multiply almost twice as many bfloat16 as float32 numbers.
Keras' `mixed_bfloat16` policy gains nothing from this on a CPU, because it also rounds the values
between the products. Here only the factors are rounded. Sums, weights and all else stay float32.
"""

import contextlib
import functools
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from kaggle_kit import system
from kaggle_kit.networks.backend import has_accelerator, keras, ops

_rounding = ContextVar("rounding", default=False)


@contextlib.contextmanager
def rounding() -> Iterator[None]:
    """Make predictions compiled in this block as fast, and as rounded, as training."""
    token = _rounding.set(True)
    try:
        yield
    finally:
        _rounding.reset(token)


class Dense(keras.layers.Dense):  # type: ignore[misc]  # Keras is untyped
    """Keras' layer, but faster in training or in `rounding`, if the processor supports it."""

    counterpart = keras.layers.Dense  # for files that need no kit

    def call(self, inputs: Any, training: bool | None = None) -> Any:  # noqa: FBT001  Keras' API
        if not ((training or _rounding.get()) and has_bfloat16()):
            return super().call(inputs)
        outputs = _bfloat16_product()(inputs, ops.convert_to_tensor(self.kernel))
        if self.bias is not None:
            outputs = outputs + self.bias
        return self.activation(outputs)


@functools.cache
def has_bfloat16() -> bool:
    """Whether bfloat16 products are worth the rounding: on JAX, if the hardware supports them."""
    if keras.backend.backend() != "jax":
        return False
    return has_accelerator() or system.has_bfloat16()


def arithmetic() -> dict[str, str]:
    """How this process trains: the backend of Keras, and the dtype of the factors of products."""
    products = "bfloat16" if has_bfloat16() else "float32"
    return {"backend": keras.backend.backend(), "products": products}


@functools.cache
def _bfloat16_product() -> Any:
    import jax
    from jax import numpy as jnp

    def dot(left: Any, right: Any, left_axis: int, right_axis: int) -> Any:
        contracted = (((left_axis,), (right_axis,)), ((), ()))
        return jax.lax.dot_general(left, right, contracted, preferred_element_type=jnp.float32)

    def forward(left: Any, right: Any) -> tuple[Any, Any]:
        left, right = left.astype(jnp.bfloat16), right.astype(jnp.bfloat16)
        return dot(left, right, 1, 0), (left, right)

    def backward(factors: tuple[Any, Any], gradient: Any) -> tuple[Any, Any]:
        left, right = factors
        gradient = gradient.astype(jnp.bfloat16)
        return dot(gradient, right, 1, 1), dot(left, gradient, 0, 0)

    product = jax.custom_vjp(lambda left, right: forward(left, right)[0])
    product.defvjp(forward, backward)
    return product
