"""Measure how fast each backend trains networks, and how much of the processor it uses.

    python -m benchmarks.speed.training [--epochs N]

The kit's own training (distortion, view, optimizer, scoring of a held-out twentieth) runs on one
core, on random images, in one process per backend. The fastest epoch counts. The share of the
matrix rate is the FLOP/s of the dense layers' products, forward and backward, divided by the FLOP/s
of a large float32 product, which the same process measures before and after the training. All other
work of the training lowers this share. It can exceed 100% with bfloat16 factors, which the kit uses
on JAX if the processor supports them.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import time

from benchmarks.machine import footer
from benchmarks.speed.augmentation import BACKENDS, ONE_CORE

ROWS, BATCH = 10_240, 256
NETWORKS = {
    "gradients 512-512": {"units": 512, "taper": 1.0},
    "gradients 1024-512": {"units": 1024, "taper": 0.5},
    "second gradients 512-512": {"view": "second_gradients", "units": 512, "taper": 1.0},
    "gradients 2048-1024-512": {"units": 2048, "taper": 0.5, "hidden_layers": 3},
    "pixels 2048-1024-512": {
        "view": "pixels",
        "units": 2048,
        "taper": 0.5,
        "hidden_layers": 3,
    },
    "pixels 1024-512, not distorted": {
        "view": "pixels",
        "units": 1024,
        "taper": 0.5,
        "distortion": 0.0,
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", choices=BACKENDS, help=argparse.SUPPRESS)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.epochs)))
        return
    columns = {backend: _in_a_process(backend, options.epochs) for backend in BACKENDS}
    print("| network, one core | jax, µs a row | tensorflow, µs a row | tensorflow / jax |", end="")
    print(" jax, share of the matrix rate | tensorflow, the same |\n|---|---|---|---|---|---|")
    for name in NETWORKS:
        jax, tensorflow = (columns[backend][name] for backend in BACKENDS)
        print(
            f"| {name} | {jax[0]:.0f} | {tensorflow[0]:.0f} | {tensorflow[0] / jax[0]:.2f} ", end=""
        )
        print(f"| {jax[1]:.0%} | {tensorflow[1]:.0%} |")
    print(f"\n{footer()}")


def _in_a_process(backend: str, epochs: int) -> dict[str, tuple[float, float]]:
    command = [sys.executable, "-m", __spec__.name, "--one", backend, "--epochs", str(epochs)]
    env = os.environ | ONE_CORE | {"KERAS_BACKEND": backend}
    output = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures: dict[str, tuple[float, float]] = json.loads(output.splitlines()[-1])
    return figures


def measure(epochs: int) -> dict[str, tuple[float, float]]:
    """Return, for each network, the microseconds per row and the share of the matrix rate."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    import numpy as np

    from kaggle_kit.competition.problem import DIGITS
    from kaggle_kit.competition.registry import get_competition
    from kaggle_kit.data.dataset import Findings, ImageSet
    from kaggle_kit.networks.backend import keras_tuner
    from kaggle_kit.networks.families import get_family
    from kaggle_kit.training.fold_task import FoldTask
    from kaggle_kit.training.recipe import Recipe
    from kaggle_kit.training.train_fold import train_fold

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (ROWS * 20 // 19 + 1, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 10, len(images)).astype(np.uint8)
    digits = ImageSet(images, labels, Findings(), "random")
    folds = np.where(np.arange(len(images)) < ROWS, 1, 0).astype(np.int8)
    get_competition("digit-recognizer")
    figures = {}
    for name, changes in NETWORKS.items():
        hp = keras_tuner.HyperParameters()
        hp.values = {**changes, "batch_size": BATCH}
        model = get_family("dense").build(hp, DIGITS)
        Recipe.declare(hp, DIGITS)
        task = FoldTask(DIGITS, "dense", hp.values, fold=0, epochs=epochs, seed=0)
        rate = matrix_rate()
        history = train_fold(task, digits, folds).history
        rate = (rate + matrix_rate()) / 2
        ends = [row["seconds"] for row in history]
        fastest = min(b - a for a, b in itertools.pairwise(ends)) / ROWS
        figures[name] = (fastest * 1e6, operations(model) / fastest / rate)
    return figures


def operations(model: object) -> int:
    """The number of floating-point operations of the dense layers for one row of training.

    Each product is computed once forward, once backward for its weights, and once backward for its
    inputs, except in the first layer.
    """
    kernels = [w.shape for w in model.trainable_weights if len(w.shape) == 2]  # type: ignore[attr-defined]
    sizes = [a * b for a, b in kernels]
    return 6 * sum(sizes) - 2 * sizes[0]


def matrix_rate(size: int = 2048, seconds: float = 1.0) -> float:
    """The FLOP/s of float32 products of square matrices with the library that NumPy uses."""
    import numpy as np

    square = np.random.default_rng(0).random((size, size), dtype=np.float32)
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        square @ square
        best = min(best, time.perf_counter() - started)
    return 2 * size**3 / best


if __name__ == "__main__":
    main()
