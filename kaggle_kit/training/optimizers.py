"""Optimizers whose learning rate warms up linearly, then falls as half a cosine.

Keras' own schedules are constants of the compiled training step, so the step would be compiled
again for each length of training. Here the peak and the lengths are variables of the optimizer.
All epochs, rungs and folds of a network therefore share one program.
"""

import math
from typing import Any

from kaggle_kit.networks.backend import keras, ops


class _Cosine(keras.optimizers.Optimizer):  # type: ignore[misc]  # Keras is untyped
    """A mixin for optimizers: the learning rate becomes the peak of the schedule."""

    def __init__(self, peak: float, steps: int, warmup: int, **options: Any) -> None:
        super().__init__(learning_rate=peak, **options)
        self._steps = self._number(steps, "steps")
        self._warmup = self._number(warmup, "warmup")

    def _number(self, value: int, name: str) -> Any:
        constant = keras.initializers.Constant(value)
        return self.add_variable(shape=(), initializer=constant, name=name)

    def _get_current_learning_rate(self) -> Any:
        peak = super()._get_current_learning_rate()
        step = ops.cast(self.iterations, "float32")
        rising = (step + 1) / self._warmup
        falling = (step - self._warmup) / ops.maximum(self._steps - self._warmup, 1)
        cosine = 0.5 * (1 + ops.cos(math.pi * ops.clip(falling, 0, 1)))
        return peak * ops.where(step < self._warmup, rising, cosine)


class Adam(_Cosine, keras.optimizers.Adam):  # type: ignore[misc]
    """Adam (Kingma and Ba, 2015) with warm-up and cosine decay, both counted in steps."""


class AdamW(_Cosine, keras.optimizers.AdamW):  # type: ignore[misc]
    """AdamW (Loshchilov and Hutter, 2019) with warm-up and cosine decay, both counted in steps."""
