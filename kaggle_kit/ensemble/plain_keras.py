"""Trained networks as one model of nothing but Keras' own layers and operations.

model = as_stock({"fold0_": network, "fold1_": other}, competition.image_shape)

A file of the kit's own layers could be read only where the kit is. Those without weights are
therefore called with symbolic tensors, which leaves the operations they consist of, and its dense
layer gives its weights to Keras'.
"""

import json
from collections.abc import Mapping
from typing import Any

from kaggle_kit.errors import ExportError
from kaggle_kit.networks.backend import keras, ready_to_save
from kaggle_kit.networks.bfloat16_dense import Dense


def as_stock(networks: Mapping[str, Any], image_shape: tuple[int, int]) -> Any:
    """The mean of the logits of some networks as one model.

    Parameters
    ----------
    networks : mapping of str to keras.Model
        Each from pixels (n, height, width), 0..255, to logits (n, classes); by what the names of
        its layers shall begin with.

    Returns
    -------
    keras.Model
        From pixels, float32 of shape (n, height, width), 0..255, to logits (n, classes). What
        several networks compute alike from the image, it computes once.

    Raises
    ------
    ExportError
        A layer of the kit has weights and no counterpart in Keras.
    """
    ready_to_save()
    pixels = keras.Input(image_shape, name="pixels")
    copy = _Copy()
    logits = [copy.logits(network, prefix, pixels) for prefix, network in networks.items()]
    mean = keras.layers.Average(name="logits")(logits) if len(logits) > 1 else logits[0]
    return keras.Model(pixels, mean, name="kaggle_kit")


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
            copy = _stock_layer(layer, prefix)
            output = copy(*inputs, **options)
            copy.set_weights(layer.get_weights())
            return output
        key = (type(layer), _settings(layer), *map(id, inputs))
        if key not in self._computed:
            compute = layer.call if _is_ours(layer) else _stock_layer(layer, prefix)
            self._computed[key] = compute(*inputs, **options)
        return self._computed[key]


def _itself(layer: Any) -> Any:
    return layer


def _stock_layer(layer: Any, prefix: str) -> Any:
    if _is_ours(layer) and not isinstance(layer, Dense):
        raise ExportError(
            f"{type(layer).__name__} has weights of its own, and Keras has no such layer",
            hint="say in kaggle_kit/ensemble/plain_keras.py which of Keras' layers take its place",
        )
    kind = keras.layers.Dense if isinstance(layer, Dense) else type(layer)
    return kind.from_config(layer.get_config() | {"name": f"{prefix}{layer.name}"})


def _settings(layer: Any) -> str:
    """What two layers without weights have in common if they compute the same."""
    config = {name: value for name, value in layer.get_config().items() if name != "name"}
    return json.dumps(config, sort_keys=True, default=str)


def _is_ours(layer: Any) -> bool:
    return type(layer).__module__.split(".")[0] == __name__.split(".")[0]
