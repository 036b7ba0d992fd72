"""A network of the user's own as a family: `build(hp)` as KerasTuner takes it.

The model may take pixels as (height, width), with an axis for the channels, or flat. Its outputs
may be logits, probabilities, or one probability of the second class. It becomes a network from
pixels 0..255 to logits.
"""

import functools
import inspect
import linecache
import math
import types
from typing import Any

from kaggle_kit.competition.problem import Problem
from kaggle_kit.errors import InputError, in_words
from kaggle_kit.networks.backend import keras, keras_tuner, ops
from kaggle_kit.networks.families.own_text import EXAMPLE, parts_of

MOST_BUILDS = 60  # to find hyperparameters that depend on others
CROSS_ENTROPY = "crossentropy"
TINY = 1e-7


class OwnFamily:
    """The family of an own text; see `Family`."""

    def __init__(self, text: str) -> None:
        self._file, self._name, source = parts_of(text)
        module = types.ModuleType(f"kaggle_kit_own_{abs(hash(text))}")
        place = f"<{self._file}>"
        # Tracebacks and `inspect` find the lines there.
        linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
        try:
            exec(compile(source, place, "exec"), module.__dict__)  # noqa: S102  the user's own code
        except ImportError as error:
            raise InputError(
                f"{self._file} needs a module that is not installed: {error}",
                hint="a network of one's own is a single file",
            ) from error
        except Exception as error:
            raise self._error(error) from error
        self._module = module
        self._build = module.__dict__.get(self._name)
        if not callable(self._build):
            raise InputError(f"{self._file} has no function {self._name}", hint=EXAMPLE)

    def known_good(self, _: Problem) -> list[dict[str, Any]]:
        """The points in KNOWN_GOOD of the source; else the defaults."""
        points: list[dict[str, Any]] = list(self._module.__dict__.get("KNOWN_GOOD", [{}]))
        return points

    def committee(self, _: dict[str, Any], members: int) -> list[dict[str, Any]]:
        return [{} for _ in range(members)]

    def build(self, hp: Any, problem: Problem) -> Any:
        """Build the network; `make_optimizer` of the model is set if `build` compiled it.

        Raises
        ------
        InputError
            `build` raises an error, or returns no Keras model for these images and classes.
        """
        model = self._call(hp, problem)
        if not isinstance(model, keras.Model):
            raise InputError(
                f"{self._name} returned {type(model).__name__}, expected a Keras model",
                hint=EXAMPLE,
            )
        optimizer = self._taken_apart(model)
        try:
            network = _from_pixels(model, problem, self._name)
        except InputError:
            raise
        except Exception as error:
            raise self._error(error) from error
        if optimizer is not None:
            network.make_optimizer = lambda: optimizer  # an optimizer itself would become a part
        return network

    def space(self, problem: Problem) -> keras_tuner.HyperParameters:
        """All hyperparameters, including those that appear only for some values of others."""
        space = keras_tuner.HyperParameters()
        self._call(space, problem)
        tried, builds = set(), 0
        while builds < MOST_BUILDS:
            todo = [
                (one.name, value)
                for one in space.space
                for value in _extremes(one)
                if (one.name, value) not in tried
            ]
            if not todo:
                break
            for name, value in todo[: MOST_BUILDS - builds]:
                tried.add((name, value))
                builds += 1
                changed = space.copy()
                changed.values[name] = value
                self._call(changed, problem)
                space.merge(changed, overwrite=False)
        return space

    def _call(self, hp: Any, problem: Problem) -> Any:
        takes = len(inspect.signature(self._build).parameters)  # type: ignore[arg-type]
        try:
            return self._build(hp, problem) if takes > 1 else self._build(hp)  # type: ignore[misc]
        except Exception as error:
            raise self._error(error) from error

    def _error(self, error: Exception) -> InputError:
        what = f"{type(error).__name__}: {in_words(error)}"
        return InputError(f"{self._file}:{self._name} fails: {what[:300]}", hint=EXAMPLE)

    def _taken_apart(self, model: Any) -> Any:
        """The optimizer of a compiled model, which loses it; None if it is not compiled."""
        if not getattr(model, "compiled", False):
            return None
        loss = model.loss
        name = loss if isinstance(loss, str) else getattr(loss, "name", None) or str(loss)
        if CROSS_ENTROPY not in str(name).replace("_", "").lower():
            raise InputError(
                f"{self._name} compiles with the loss {name}, expected a cross-entropy",
                hint="compile with sparse_categorical_crossentropy, or do not compile",
            )
        optimizer, model.optimizer, model.compiled = model.optimizer, None, False
        return optimizer


@functools.lru_cache(maxsize=16)
def own_family(text: str) -> OwnFamily:
    return OwnFamily(text)


def _extremes(one: Any) -> list[Any]:
    """Values of a hyperparameter for which others may appear."""
    values = getattr(one, "values", None)
    if values is not None:
        return list(values)
    if hasattr(one, "min_value"):
        return [one.min_value, one.max_value]
    return [True, False] if isinstance(one.default, bool) else []


def _from_pixels(model: Any, problem: Problem, name: str) -> Any:
    """The model as a network from pixels 0..255 to logits."""
    inputs = getattr(model, "inputs", None) or []  # none of a model that is not built yet
    if len(inputs) > 1:
        raise InputError(f"{name} has {len(inputs)} inputs, expected the image alone")
    pixels = keras.Input(problem.image_shape, name="pixels")
    low, high = problem.range
    x = pixels
    if (low, high) != (0, 255):
        x = keras.layers.Rescaling((high - low) / 255, offset=low)(x)
    x = _in_shape(x, inputs, problem, name)
    kind = _activation_removed(model)
    outputs = model(x)
    found = tuple(outputs.shape)[1:]
    if found == (1,) and problem.classes == 2:
        if kind == "probabilities":
            outputs = ops.log(ops.maximum(outputs, TINY)) - ops.log(ops.maximum(1 - outputs, TINY))
        logits = keras.layers.Concatenate(name="logits")([0 * outputs, outputs])
    elif found == (problem.classes,):
        logits = ops.log(ops.maximum(outputs, TINY)) if kind == "probabilities" else outputs
    else:
        raise InputError(
            f"{name} gives outputs of shape {found}, expected {problem.classes}: one for each class"
        )
    return keras.Model(pixels, logits, name="own")


def _in_shape(x: Any, inputs: list[Any], problem: Problem, name: str) -> Any:
    """Pixels in the shape that the model takes."""
    height, width = problem.size
    whole = (height, width, problem.channels)
    wanted = tuple(inputs[0].shape)[1:] if inputs else whole
    shapes = [problem.image_shape, whole, (math.prod(whole),)]
    for shape in shapes:
        fits = len(shape) == len(wanted)
        if fits and all(w in {None, s} for w, s in zip(wanted, shape, strict=True)):
            return x if shape == problem.image_shape else keras.layers.Reshape(shape)(x)
    raise InputError(
        f"{name} takes images of shape {wanted}, these are {problem.image_shape}",
        hint=f"build(hp, problem) may use problem.image_shape; {EXAMPLE}",
    )


def _activation_removed(model: Any) -> str:
    """Take softmax or sigmoid off the last layer; "probabilities" if that is not possible."""
    last = model.layers[-1] if model.layers else None
    ends = (keras.activations.softmax, keras.activations.sigmoid)
    if getattr(last, "activation", None) in ends:
        last.activation = keras.activations.linear  # type: ignore[union-attr]
        return "logits"
    return "probabilities" if isinstance(last, keras.layers.Softmax) else "logits"
