"""Choose Keras' backend, then import Keras and KerasTuner; other modules import them from here.

On a CPU, JAX trains the networks of this kit about twice as fast as TensorFlow, so JAX is the
default. `KERAS_BACKEND=tensorflow` (or a Keras imported earlier) overrides it.
"""

import contextlib
import functools
import importlib.util
import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kaggle_kit.errors import InputError

BACKENDS = ("jax", "tensorflow", "torch")


def _choose_backend() -> None:
    """Let KERAS_BACKEND name a backend that trains and is installed; JAX unless it says so."""
    asked = os.environ.get("KERAS_BACKEND", "").strip().lower()
    installed = [name for name in BACKENDS if importlib.util.find_spec(name) is not None]
    if asked and asked not in installed:
        raise InputError(
            f"KERAS_BACKEND is {asked!r}, expected one of {', '.join(installed)}",
            hint="unset KERAS_BACKEND",
        )
    if asked or "jax" in installed:
        os.environ["KERAS_BACKEND"] = asked or "jax"


def _cache_folder() -> Path | None:
    """The kit's folder for what later runs can use again; None if there can be none."""
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        folder = base / "kaggle-kit"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # read-only, or no home
        return None
    return folder


def _set_defaults() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    cache = _cache_folder()
    # ~/.keras/keras.json is shared with other programs, and must not change results.
    os.environ.setdefault("KERAS_HOME", str((cache or Path(os.devnull)) / "keras"))
    if os.environ.get("KERAS_BACKEND") != "jax":
        return
    # Several workers can share a GPU only if none of them reserves most of its memory at the start.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    if cache is None:  # programs are compiled each time
        return
    # Folds and later runs share one compiled program. The name of the machine is part of the path,
    # because a shared home must not pass code compiled for one processor to another machine.
    programs = cache / f"xla-{platform.node()}"
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(programs))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")
    os.environ.setdefault("JAX_RAISE_PERSISTENT_CACHE_ERRORS", "false")


_choose_backend()
_set_defaults()

import keras  # noqa: E402  the environment must be set first
import keras_tuner  # noqa: E402  it imports Keras

keras.config.set_floatx("float32")
keras.config.set_dtype_policy("float32")
keras.config.set_image_data_format("channels_last")
keras.config.set_epsilon(1e-7)
ops = keras.ops

__all__ = ["compiled", "has_accelerator", "keras", "keras_tuner", "ops", "ready_to_save"]


def compiled(networks: list[Any], *, training: bool = False) -> list[Callable[[Any], Any]]:
    """Turn networks of one architecture into functions from a batch of images to their outputs.

    On JAX the functions share one program, and a call avoids the overhead of `predict`. The
    functions use the weights that the networks have now. With `training`, the outputs are those
    of the training mode.
    """
    if keras.backend.backend() != "jax":
        if training:
            return [functools.partial(network, training=True) for network in networks]
        return [network.predict_on_batch for network in networks]
    import jax

    def predict(trained: list[Any], other: list[Any], images: Any) -> Any:
        return networks[0].stateless_call(trained, other, images, training=training)[0]

    def copies(variables: list[Any]) -> list[Any]:
        # Copy them, because Keras donates its buffers when it next predicts or trains.
        return [jax.numpy.copy(variable.value) for variable in variables]

    program = jax.jit(predict)
    return [
        functools.partial(
            program, copies(network.trainable_variables), copies(network.non_trainable_variables)
        )
        for network in networks
    ]


def has_accelerator() -> bool:
    """Whether the backend is JAX and runs on a GPU or TPU."""
    if keras.backend.backend() != "jax":
        return False
    import jax

    return bool(jax.default_backend() != "cpu")


def ready_to_save() -> None:
    """Import TensorFlow, if it is installed, without its messages on standard error.

    Keras imports TensorFlow whenever it describes a model, on any backend. TensorFlow prints some
    lines before it reads TF_CPP_MIN_LOG_LEVEL.
    """
    if importlib.util.find_spec("tensorflow") is not None:
        with _muted():
            importlib.import_module("tensorflow")


@contextlib.contextmanager
def _muted() -> Iterator[None]:
    """Discard everything that C and C++ code writes to standard error."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
