"""Convert a .keras file to another format, and predict logits with a file of any format.

python -P export_formats.py convert onnx model.keras model.onnx
python -P export_formats.py predict onnx model.onnx images.npy logits.npy

This script runs in a separate process and imports nothing of the kit. A file that it can read can
therefore be read without the kit.
"""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
BATCH = 250
BLOCK = 2000  # images that are predicted at a time: more of large ones need much memory


def _to_h5(model: Any, path: str) -> None:
    import h5py
    from keras.src.legacy.saving.legacy_h5_format import save_model_to_hdf5

    # The description of an ensemble can exceed 64 KB, the limit of an attribute in HDF5's first
    # layout.
    with h5py.File(path, "w", libver=("v108", "v108")) as file:
        save_model_to_hdf5(model, file, include_optimizer=False)
        # For this format, Keras describes the model by class names without modules. It would then
        # read an operation as the layer of the same name. `to_json` writes the modules, too.
        file.attrs["model_config"] = model.to_json()


def _to_onnx(model: Any, path: str) -> None:
    import keras

    (pixels,) = model.inputs
    signature = [keras.InputSpec(pixels.dtype, pixels.shape, name=pixels.name)]
    model.export(path, format="onnx", verbose=False, input_signature=signature)


def _to_tflite(model: Any, path: str) -> None:
    import tensorflow as tf

    # Allow only built-in operations: the runtime on a phone does not have TensorFlow's own ones.
    builtin = {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}
    model.export(path, format="litert", verbose=False, target_spec=builtin)


CONVERTERS = {"h5": _to_h5, "onnx": _to_onnx, "tflite": _to_tflite}


def _ask_keras(path: str, images: Images) -> Any:
    import keras

    model = keras.saving.load_model(path, compile=False)
    return model.predict(images, batch_size=BATCH, verbose=0)


def _ask_onnx(path: str, images: Images) -> Any:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (pixels,) = session.get_inputs()
    return session.run(None, {pixels.name: images.astype(np.float32)})[0]


def _ask_tflite(path: str, images: Images) -> Any:
    interpreter = _interpreter()(path)
    (pixels,), (logits,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(pixels["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(pixels["index"], images.astype(np.float32))
    interpreter.invoke()
    return interpreter.get_tensor(logits["index"])


def _interpreter() -> Any:
    """The Interpreter of LiteRT if it is installed, otherwise TensorFlow's deprecated one."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        import tensorflow as tf

        return tf.lite.Interpreter
    return Interpreter


RUNTIMES = {"keras": _ask_keras, "h5": _ask_keras, "onnx": _ask_onnx, "tflite": _ask_tflite}


def _convert(name: str, source: str, path: str) -> None:
    import keras

    CONVERTERS[name](keras.saving.load_model(source, compile=False), path)


def _predict(name: str, path: str, images: str, logits: str) -> None:
    every = np.load(images)
    starts = range(0, len(every), BLOCK)
    np.save(logits, np.concatenate([RUNTIMES[name](path, every[i : i + BLOCK]) for i in starts]))


if __name__ == "__main__":
    verb, *rest = sys.argv[1:]
    (_convert if verb == "convert" else _predict)(*rest)
