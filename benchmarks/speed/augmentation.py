"""Measure the time to distort an image on one core, compared with Keras' own layers.

    python -m benchmarks.speed.augmentation            both backends, as Markdown
    python -m benchmarks.speed.augmentation --one jax  one of them, as JSON

Every layer is called inside one compiled function, with batches of 256 images of 28x28. The fastest
of several rounds counts, because other programs may slow down some rounds.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.machine import footer

BACKENDS = ("jax", "tensorflow")
BATCH, CALLS, ROUNDS = 256, 20, 7
ONE_CORE = {
    "NPROC": "1",
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", choices=BACKENDS)
    chosen = parser.parse_args().one
    if chosen:
        print(json.dumps(measure(chosen)))
        return
    columns = [_in_a_process(backend) for backend in BACKENDS]
    print("| layer, µs an image | " + " | ".join(BACKENDS) + " |\n|---|---|---|")
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")
    print(f"\n{footer()}")


def _in_a_process(backend: str) -> dict[str, str]:
    command = [sys.executable, "-m", __spec__.name, "--one", backend]
    env = os.environ | ONE_CORE | {"KERAS_BACKEND": backend}
    output = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    microseconds: dict[str, str] = json.loads(output.splitlines()[-1])
    return microseconds


def measure(backend: str) -> dict[str, str]:
    """The microseconds per image of each layer, or the reason why it fails."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    import numpy as np

    from kaggle_kit.networks.backend import keras
    from kaggle_kit.networks.distortion import Distort, Distortion
    from kaggle_kit.networks.gradient_features import OrientedGradients, SecondGradients
    from kaggle_kit.networks.normalisation import AVERAGE, Upright

    images = np.random.default_rng(0).integers(0, 256, (BATCH, 28, 28)).astype(np.float32)
    layers = keras.layers
    theirs = {
        "RandomRotation": [layers.RandomRotation(0.04)],
        "rotation + zoom + translation": [
            layers.RandomRotation(0.04),
            layers.RandomZoom(0.13),
            layers.RandomTranslation(0.05, 0.05),
        ],
        "RandomShear": [layers.RandomShear(0.15, 0.15)],
        "RandomElasticTransform": [layers.RandomElasticTransform(factor=1.0, scale=1.0)],
    }
    distort = Distort(Distortion(), seed=0)
    ours = {
        "Distort (affine + elastic)": [distort],
        "OrientedGradients": [OrientedGradients()],
        "SecondGradients": [SecondGradients()],
        "Upright(AVERAGE)": [Upright(AVERAGE)],
    }
    result = {name: _timed(chain, images, backend) for name, chain in ours.items()}
    for name, chain in theirs.items():
        result[name] = _timed(chain, images[..., None], backend)
    return result


def _timed(chain: list[Any], images: Any, backend: str) -> str:
    try:
        call = _compiled(chain, backend)
        call(images)
        best = min(_round(call, images) for _ in range(ROUNDS))
    except Exception as error:  # noqa: BLE001  a layer that cannot be compiled is a result
        return f"fails: {type(error).__name__}"
    return f"{best * 1e6:.1f}"


def _round(call: Callable[[Any], None], images: Any) -> float:
    started = time.perf_counter()
    for _ in range(CALLS):
        call(images)
    return (time.perf_counter() - started) / CALLS / BATCH


def _compiled(chain: list[Any], backend: str) -> Callable[[Any], None]:
    """A function of a batch, compiled as the Keras trainer of the backend would compile it."""

    def apply(batch: Any) -> Any:
        for layer in chain:
            batch = layer(batch, training=True)
        return batch

    if backend == "tensorflow":
        import tensorflow as tf

        traced = tf.function(apply)

        def run(batch: Any) -> None:
            traced(batch).numpy()

        return run
    import jax

    from kaggle_kit.networks.backend import keras

    seeds = [v for layer in chain for v in layer.variables]

    def stateless(values: list[Any], batch: Any) -> tuple[list[Any], Any]:
        with keras.StatelessScope(state_mapping=list(zip(seeds, values, strict=True))) as scope:
            result = apply(batch)
        return [scope.get_current_value(v) for v in seeds], result

    compiled = jax.jit(stateless)
    state = [[v.value for v in seeds]]

    def call(batch: Any) -> None:
        state[0], result = compiled(state[0], batch)
        result.block_until_ready()

    return call


if __name__ == "__main__":
    main()
