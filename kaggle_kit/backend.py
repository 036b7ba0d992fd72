"""The one place where Keras and KerasTuner are imported, after Keras' backend is chosen.

JAX trains this kit's networks about twice as fast as TensorFlow on a CPU, so it is the default;
`KERAS_BACKEND=tensorflow` (or a Keras imported earlier) overrides it.
"""

import importlib.util
import os
import platform
from pathlib import Path


def _set_defaults() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if importlib.util.find_spec("jax") is None:
        return
    os.environ.setdefault("KERAS_BACKEND", "jax")
    # Several workers share a GPU only if none takes most of its memory at the start.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    # Folds share one compiled program, and so do the runs after them. Code compiled for one
    # machine's processor must not reach another's through a shared home, hence the node.
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = base / "kaggle-kit" / f"xla-{platform.node()}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:  # a home that is read-only: programs are compiled each time
        return
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(cache))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")
    os.environ.setdefault("JAX_RAISE_PERSISTENT_CACHE_ERRORS", "false")


_set_defaults()

import keras  # noqa: E402  the environment must be set before
import keras_tuner  # noqa: E402  it imports Keras

__all__ = ["keras", "keras_tuner"]
