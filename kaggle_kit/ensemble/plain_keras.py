"""Trained networks as one model that has only Keras' own layers and operations.

model = as_plain_keras({"fold0_": network, "fold1_": other}, problem.image_shape)

A file with layers of the kit could be read only where the kit is installed. The kit's layers
without weights are therefore called with symbolic tensors, so that only their operations remain.
The kit's layers with weights are replaced by those of Keras that they speed up.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kaggle_kit.ensemble.shares import Share
from kaggle_kit.errors import ExportError
from kaggle_kit.networks.backend import keras, ready_to_save
from kaggle_kit.networks.bfloat16_dense import Dense
from kaggle_kit.networks.convolution import Conv2D
from kaggle_kit.networks.model import mirrored

COUNTERPARTS = {Dense: keras.layers.Dense, Conv2D: keras.layers.Conv2D}


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
        A layer of the kit has weights, but no counterpart in Keras.
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

        copy = keras.models.clone_model(
            network, input_tensors=pixels, clone_function=_itself, call_function=call
        )
        return copy.outputs[0]

    def _call(self, layer: Any, prefix: str, *inputs: Any, **options: Any) -> Any:
        if layer.variables:
            copy = _plain_layer(layer, prefix)
            output = copy(*inputs, **options)
            copy.set_weights(layer.get_weights())
            return output
        key = (type(layer), _settings(layer), *map(id, inputs))
        if key not in self._computed:
            compute = layer.call if _is_ours(layer) else _plain_layer(layer, prefix)
            self._computed[key] = compute(*inputs, **options)
        return self._computed[key]


def _itself(layer: Any) -> Any:
    return layer


def _plain_layer(layer: Any, prefix: str) -> Any:
    kind = COUNTERPARTS.get(type(layer), type(layer))
    if kind is type(layer) and _is_ours(layer):
        raise ExportError(
            f"{type(layer).__name__} has weights of its own, and Keras has no such layer",
            hint="name the Keras layer that replaces it in kaggle_kit/ensemble/plain_keras.py",
        )
    return kind.from_config(layer.get_config() | {"name": f"{prefix}{layer.name}"})


def _settings(layer: Any) -> str:
    """The configuration without the name; equal if two layers without weights compute the same."""
    config = {name: value for name, value in layer.get_config().items() if name != "name"}
    return json.dumps(config, sort_keys=True, default=str)


def _is_ours(layer: Any) -> bool:
    return type(layer).__module__.split(".")[0] == __name__.split(".")[0]
