"""Measure what the preparation of photographs costs in a training step, part by part.

    python -m benchmarks.speed.photos [--size N] [--rounds N]

A batch of 256 random colour images is shrunk, augmented, and turned into the features of the first
dense layer, as in training. The kit's ways and others take turns in one process, on one core, and
its processor time counts, because the time on a clock depends on what else the machine does. Each
line is the median over the rounds, and the median of the ratios to the first line of its group.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.machine import footer
from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import Problem
from kaggle_kit.networks.backend import keras, ops
from kaggle_kit.networks.colour import Jitter
from kaggle_kit.networks.distortion import Augmentation
from kaggle_kit.networks.families import dense
from kaggle_kit.networks.model import hyperparameters_of
from kaggle_kit.networks.resampling import Shrunk, area_averages

BATCH = 256
FULL = Augmentation(distortion=0.75, mirror=True, jitter=0.5)  # the defaults for photographs


class ShrunkByProducts(keras.layers.Layer):  # type: ignore[misc]  # Keras is untyped
    """Area averages as products of matrices, which serve sizes of any ratio."""

    def call(self, images: Any) -> Any:
        _, height, width, channels = images.shape
        down, across = (area_averages(size, dense.LONGEST) for size in (height, width))
        across = np.kron(across, np.eye(channels, dtype=np.float32))
        rows = ops.reshape(ops.cast(images, "float32"), (-1, height, width * channels))
        small = ops.matmul(ops.matmul(down.T, rows), across)
        return ops.reshape(small, (-1, dense.LONGEST, dense.LONGEST, channels))


class SaturatedFirst(Jitter):
    """The change of colours with the mean over the image taken after the saturation."""

    def call(self, images: Any, training: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002
        size = (ops.shape(images)[0], 3, 1, 1, 1)
        draws = keras.random.uniform(size, -self.amount, self.amount, seed=self.generator)
        grey = ops.mean(images, axis=3, keepdims=True)
        images = grey + (1 + draws[:, 0]) * (images - grey)
        middle = ops.mean(images, axis=(1, 2, 3), keepdims=True)
        images = middle + (1 + draws[:, 1]) * (images - middle) + 127.5 * draws[:, 2]
        return ops.clip(images, 0.0, 255.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=96, help="a multiple of 48")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    shape = (options.size, options.size, 3)
    print(f"| {' × '.join(map(str, shape))}, batch of {BATCH}, one core | CPU ms | ratio |")
    print("|---|---|---|")
    for group in _groups(Problem(shape, ("a", "b"), kind=Kind.PHOTO)):
        times = _measured(group, options.rounds)
        first = next(iter(times.values()))
        for name, own in times.items():
            ratio = np.median(np.divide(own, first))
            print(f"| {name} | {1e3 * np.median(own):.0f} | {ratio:.2f} |", flush=True)
    print(f"\n{footer()}")


def _groups(problem: Problem) -> list[dict[str, Any]]:
    """Models by name; those of a group do the same, but for the first group."""
    large, small = problem.image_shape, (dense.LONGEST, dense.LONGEST, 3)
    inputs = keras.Input(small)
    features = keras.Model(inputs, dense.photo_features(hyperparameters_of({}), inputs))
    distort, jitter = FULL.layers(problem, seed=0)
    shrunk, products = Shrunk(dense.LONGEST), ShrunkByProducts()
    other = SaturatedFirst(jitter.amount, seed=0)
    return [
        {
            "all of it": _chain(large, [shrunk, distort, jitter, features]),
            "not augmented": _chain(large, [shrunk, features]),
            "all of it, in the other ways below": _chain(
                large, [products, distort, other, features]
            ),
        },
        {
            "shrinking": _chain(large, [shrunk]),
            "shrinking by products of matrices": _chain(large, [products]),
        },
        {
            "distortion and colours": _chain(small, [distort, jitter]),
            "the same, with the mean after the saturation": _chain(small, [distort, other]),
            "distortion alone": _chain(small, [distort]),
        },
    ]


def _measured(models: dict[str, Any], rounds: int) -> dict[str, list[float]]:
    """The seconds of each round, by name; the models take turns."""
    programs = {name: _compiled(model) for name, model in models.items()}
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            started = time.process_time()
            program()
            times[name].append(time.process_time() - started)
    return times


def _chain(shape: tuple[int, ...], layers: list[Any]) -> Any:
    inputs = keras.Input(shape, dtype="uint8")
    outputs = inputs
    for layer in layers:
        outputs = layer(outputs)
    return keras.Model(inputs, outputs)


def _compiled(model: Any) -> Callable[[], Any]:
    import jax

    shape = (BATCH, *model.input_shape[1:])
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    values = [variable.value for variable in model.non_trainable_variables]
    program = jax.jit(lambda batch: model.stateless_call([], values, batch, training=True)[0])
    jax.block_until_ready(program(images))
    return lambda: jax.block_until_ready(program(images))


if __name__ == "__main__":
    main()
