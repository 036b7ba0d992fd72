"""Trained networks as one model that has only Keras' own layers and operations.

model = as_plain_keras({"fold0_": network, "fold1_": other}, problem.image_shape)

A file with layers of the kit, or of another package, could be read only where that is installed.
Such layers without weights are therefore called with symbolic tensors, so that only their
operations remain, which must be those of `keras.ops`. Such a layer with weights names the layer of
Keras that replaces it, with the same configuration and weights, in its attribute `counterpart`.
"""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from kaggle_kit.ensemble.shares import Share
from kaggle_kit.errors import ExportError, in_words
from kaggle_kit.networks.backend import keras, ready_to_save
from kaggle_kit.networks.model import mirrored


def as_plain_keras(
    networks: Mapping[str, Any],
    image_shape: tuple[int, ...],
    shares: Mapping[str, Share] = MappingProxyType({}),
) -> Any:
    """One model that computes the mean of the logits of some networks.

    Parameters
    ----------
    networks : mapping of str to keras.Model
        Each network maps pixels (n, height, width), 0..255, to logits (n, classes). The key of a
        network becomes the prefix of the names of its layers.
    image_shape : (height, width) or (height, width, 3)
    shares : mapping of str to Share
        Those of networks that do not count the same as the others, or that see the mirror image.

    Returns
    -------
    keras.Model
        It maps pixels, float32 of shape (n, height, width), 0..255, to logits (n, classes). If
        several networks compute the same values from the image, it computes them once.

    Raises
    ------
    ExportError
        A layer that is not of Keras has weights, but no counterpart; or it computes with other
        operations than those of Keras.
    """
    ready_to_save()
    each = {name: shares.get(name, Share()) for name in networks}
    counted = {name: share for name, share in each.items() if share.scale}
    both = {name: share.scale for name, share in counted.items() if share.mirror}
    alone = {name: share.scale for name, share in counted.items() if not share.mirror}
    pixels = keras.Input(image_shape, name="pixels")
    parts = []
    if both:
        seen = keras.Input(image_shape, name="pixels")
        view = keras.Model(seen, _mean(networks, both, seen), name="view")
        name = "mirrored" if alone else "logits"
        parts.append(keras.layers.Average(name=name)([view(pixels), view(mirrored(pixels))]))
    if alone:
        parts.append(_mean(networks, alone, pixels, "plain" if both else "logits"))
    mean = keras.layers.Add(name="logits")(parts) if len(parts) > 1 else parts[0]
    return keras.Model(pixels, mean, name="kaggle_kit")


def _mean(
    networks: Mapping[str, Any], scales: Mapping[str, float], pixels: Any, name: str = "logits"
) -> Any:
    """The part of some networks, by their scales, in the mean of the logits of all `networks`."""
    copy, count = _Copy(), len(networks)
    logits = {prefix: copy.logits(networks[prefix], prefix, pixels) for prefix in scales}
    if len(scales) == count and all(scale == 1 for scale in scales.values()):
        parts, layer = [*logits.values()], keras.layers.Average
    else:
        layer = keras.layers.Add
        parts = [
            keras.layers.Rescaling(scale / count, name=f"{prefix}weight")(logits[prefix])
            for prefix, scale in scales.items()
        ]
    return layer(name=name)(parts) if len(parts) > 1 else parts[0]


class _Copy:
    def __init__(self) -> None:
        self._computed: dict[tuple[Any, ...], Any] = {}

    def logits(self, network: Any, prefix: str, pixels: Any) -> Any:
        def call(layer: Any, *inputs: Any, **options: Any) -> Any:
            return self._call(layer, prefix, *inputs, **options)

        # Of a Sequential model, clone_model makes no functional copy.
        copy = keras.models.clone_model(
            keras.Model(network.inputs[0], network.outputs[0]),
            input_tensors=pixels,
            clone_function=_itself,
            call_function=call,
        )
        return copy.outputs[0]

    def _call(self, layer: Any, prefix: str, *inputs: Any, **options: Any) -> Any:
        if _is_nested(layer):
            return self.logits(layer, f"{prefix}{layer.name}_", *inputs)
        if layer.weights or (layer.variables and _is_of_keras(layer)):
            copy = _plain_layer(layer, prefix)
            output = copy(*inputs, **options)
            copy.set_weights(layer.get_weights())
            return output
        key = (type(layer), _settings(layer), *map(id, inputs))
        if key not in self._computed:
            compute = _plain_layer(layer, prefix) if _is_of_keras(layer) else _operations(layer)
            self._computed[key] = compute(*inputs, **options)
        return self._computed[key]


def _itself(layer: Any) -> Any:
    return layer


def _is_nested(layer: Any) -> bool:
    """Whether a layer is a model that has layers, at any depth, which are not of Keras."""
    one = len(getattr(layer, "inputs", None) or []) == len(getattr(layer, "outputs", [])) == 1
    return one and not all(map(_is_plain, layer.layers))


def _is_plain(layer: Any) -> bool:
    return _is_of_keras(layer) and all(map(_is_plain, getattr(layer, "layers", [])))


def _plain_layer(layer: Any, prefix: str) -> Any:
    kind = type(layer) if _is_of_keras(layer) else getattr(layer, "counterpart", None)
    if kind is None:
        raise ExportError(
            f"{type(layer).__name__} has weights of its own, and names no layer of Keras instead",
            hint="set its class attribute `counterpart` to the class of Keras that has the same "
            "configuration and weights, as docs/exports.md says",
        )
    return kind.from_config(layer.get_config() | {"name": f"{prefix}{layer.name}"})


def _operations(layer: Any) -> Callable[..., Any]:
    """What a layer computes, as a function of symbolic tensors."""

    def compute(*inputs: Any, **options: Any) -> Any:
        try:
            return layer.call(*inputs, **options)
        except Exception as error:
            raise ExportError(
                f"{type(layer).__name__} cannot be exported: {in_words(error)[:300]}",
                hint="its `call` may use keras.ops alone",
            ) from error

    return compute


def _settings(layer: Any) -> str:
    """The configuration without the name; equal if two layers without weights compute the same."""
    config = {name: value for name, value in layer.get_config().items() if name != "name"}
    return json.dumps(config, sort_keys=True, default=str)


def _is_of_keras(layer: Any) -> bool:
    return bool(type(layer).__module__.split(".")[0] == "keras")
