"""Measure how fast convolutions are, and the training step of a convolutional network.

    python -m benchmarks.speed.convolutions [--out FILE]

Everything runs on one core. Each figure is the FLOP/s of a 3 x 3 convolution of a batch of 128, or
its share of those of a large float32 product, which is measured between them. The first three are
XLA's by itself. "All three" is a convolution with both of its gradients, by XLA and by
`networks.convolution`; the multiply-adds of Winograd's method count as those that it replaces.
The figures are those with the allocator settings of a worker process; those without are in
brackets. The second table has the training steps of some networks of the family `cnn`: distortion,
posture, convolutions, normalisation and optimizer. A multiply-add counts as 6 FLOP there: 2
forward, and 2 for each gradient.
"""

import argparse
import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.machine import publish
from benchmarks.speed.augmentation import ONE_CORE
from kaggle_kit.training.executors.worker_process import ALLOCATOR

BATCH, ROUNDS, STEPS = 128, 15, 32
SHAPES = [
    (28, 32, 32),
    (14, 32, 32),
    (14, 64, 64),
    (8, 64, 64),
    (7, 32, 32),
    (7, 64, 64),
    (7, 128, 128),
]
NETWORKS: list[dict[str, Any]] = [
    {},
    {"filters": 48},
    {"blocks": 2},
    {"filters": 64, "growth": 1.0},
    {"view": "edges"},
    {"batch_norm": True},
]
Figures = dict[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.one:
        print(json.dumps({"convolutions": convolutions(), "networks": networks()}))
        return
    with_pages, without = (_in_a_process(memory) for memory in (ALLOCATOR, {}))
    publish(_table(with_pages, without), options.out)


def _in_a_process(memory: dict[str, str]) -> dict[str, Figures]:
    command = [sys.executable, "-m", __spec__.name, "--one"]
    env = {name: value for name, value in os.environ.items() if name not in ALLOCATOR}
    env |= ONE_CORE | memory | {"KERAS_BACKEND": "jax"}
    output = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures: dict[str, dict[str, list[float]]] = json.loads(output.splitlines()[-1])
    return figures


def _table(with_pages: dict[str, Figures], without: dict[str, Figures]) -> list[str]:
    columns = ["product, GFLOP/s", "forward", "gradient of the inputs"]
    columns += ["gradient of the weights", "all three, XLA", "all three, kaggle-kit"]
    lines = [f"| convolution, 128 images | {' | '.join(columns)} |", "|---" * 7 + "|"]
    for name, (product, *shares) in with_pages["convolutions"].items():
        other = without["convolutions"][name][1:]
        cells = [f"{share:.0%} ({slow:.0%})" for share, slow in zip(shares, other, strict=True)]
        lines.append(f"| {name} | {product:.0f} | {' | '.join(cells)} |")
    lines += [
        "",
        "| network | multiply-adds an image, millions | ms a row | share of the product |",
        "|---|---|---|---|",
    ]
    for name, (size, seconds, share) in with_pages["networks"].items():
        _, slow, lower = without["networks"][name]
        lines.append(
            f"| {name} | {size / 1e6:.1f} | {1e3 * seconds:.2f} ({1e3 * slow:.2f}) "
            f"| {share:.0%} ({lower:.0%}) |"
        )
    return lines


def product() -> float:
    """The FLOP/s of a large float32 product."""
    import jax
    import numpy as np

    matrix = jax.numpy.asarray(np.random.default_rng(0).normal(size=(2048, 2048)), "float32")
    return 2 * 2048**3 / best(jax.jit(jax.numpy.matmul), matrix, matrix)


def best(call: Callable[..., Any], *arguments: Any) -> float:
    """The seconds of the fastest call."""
    import jax

    jax.block_until_ready(call(*arguments))
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        jax.block_until_ready(call(*arguments))
        times.append(time.perf_counter() - started)
    return min(times)


def convolutions() -> Figures:
    """Of each shape: the product's GFLOP/s, and the shares of it that the parts reach."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    import jax
    import numpy as np

    from kaggle_kit.networks.convolution import LAYOUT, Conv2D

    def plain(images: Any, kernel: Any) -> Any:
        return jax.lax.conv_general_dilated(
            images, kernel, (1, 1), "SAME", dimension_numbers=LAYOUT
        )

    def of_images(images: Any, kernel: Any, wanted: Any) -> Any:
        return jax.vjp(lambda images: plain(images, kernel), images)[1](wanted)

    def of_weights(images: Any, kernel: Any, wanted: Any) -> Any:
        return jax.vjp(lambda kernel: plain(images, kernel), kernel)[1](wanted)

    def all_three(images: Any, kernel: Any, wanted: Any, convolve: Any = plain) -> Any:
        outputs, gradients = jax.vjp(convolve, images, kernel)
        return outputs, gradients(wanted)

    figures = {}
    random = np.random.default_rng(0)
    for size, channels, filters in SHAPES:
        layer = Conv2D(filters, 3, use_bias=False)
        layer.build((BATCH, size, size, channels))

        def ours(images: Any, kernel: Any, layer: Any = layer) -> Any:
            return layer.stateless_call([kernel], [], images, training=True)[0]

        images, kernel, wanted = (
            jax.numpy.asarray(random.normal(size=shape), "float32")
            for shape in (
                (BATCH, size, size, channels),
                (3, 3, channels, filters),
                (BATCH, size, size, filters),
            )
        )
        rate = product()
        flops = 2 * BATCH * size**2 * 9 * channels * filters
        parts = [of_images, of_weights, all_three, functools.partial(all_three, convolve=ours)]
        times = [best(jax.jit(plain), images, kernel)]
        times += [best(jax.jit(part), images, kernel, wanted) for part in parts]
        counts = [1, 1, 1, 3, 3]
        shares = [n * flops / t / rate for n, t in zip(counts, times, strict=True)]
        figures[f"{size}×{size}×{channels}→{filters}"] = [rate / 1e9, *shares]
    return figures


def networks() -> Figures:
    """Of each network: multiply-adds an image, seconds a row, and the share of the product."""
    import numpy as np

    from kaggle_kit.competition.problem import DIGITS
    from kaggle_kit.training.fold_task import FoldTask
    from kaggle_kit.training.search_space import search_space
    from kaggle_kit.training.train_fold import begin, compile_for

    random = np.random.default_rng(0)
    images = random.integers(0, 256, (STEPS * BATCH, 28, 28), dtype=np.uint8)
    targets = np.eye(10, dtype=np.float32)[random.integers(0, 10, len(images))]
    defaults = search_space("cnn", DIGITS).values | {"batch_size": BATCH}
    figures = {}
    for changes in NETWORKS:
        task = FoldTask(DIGITS, "cnn", defaults | changes, fold=0, epochs=8, seed=0)
        model, recipe = begin(task)
        trained = compile_for(task, model, recipe, STEPS)
        rate, times = product(), []
        for _ in range(5):
            started = time.perf_counter()
            trained.fit(images, targets, batch_size=BATCH, verbose=0)
            times.append((time.perf_counter() - started) / len(images))
        size = sum(_multiply_adds(layer) for layer in model.layers)
        figures[json.dumps(changes)] = [size, min(times), 6 * size / min(times) / rate]
    return figures


def _multiply_adds(layer: Any) -> int:
    if not hasattr(layer, "kernel"):
        return 0
    _, *sizes, _ = layer.output.shape
    count = int(layer.kernel.shape[0])
    for size in (*layer.kernel.shape[1:], *sizes):
        count *= int(size)
    return count


if __name__ == "__main__":
    main()
