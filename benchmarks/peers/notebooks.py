"""Networks of public notebooks, in Keras: the ones that most competitors begin with, and the best.

`dense` and `keras_io` train for the number of epochs that their authors chose.
`fifteen_cnns` stops in time. Each takes pixels 0..255 of shape (n, 784) and labels, and returns
the labels of other pixels.
"""

import math
import time
from typing import Any

import keras

Array = Any
Data = tuple[Array, Array, Array]

NETWORKS, EPOCHS = 15, 45  # of the notebook with 15 CNNs
LEAST_EPOCHS = 10  # a network that is trained less is worth less than a second network
FIRST_RATE, LAST_SHARE = 1e-3, 0.95**EPOCHS  # the notebook multiplies the rate by 0.95 an epoch
BATCH = 64


def dense(data: Data) -> Array:
    """The network that most competitors begin with: 512-256, dropout, 20 epochs."""
    train_x, train_y, test_x = data
    model = keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(512, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(256, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(train_x / 255, train_y, epochs=20, batch_size=128, validation_split=0.1, verbose=2)
    return model.predict(test_x / 255, verbose=0).argmax(axis=1)


def keras_io(data: Data) -> Array:
    """The CNN of keras.io's example "Simple MNIST convnet", by F. Chollet, as it stands there."""
    train_x, train_y, test_x = data
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(_images(train_x), train_y, epochs=15, batch_size=128, validation_split=0.1, verbose=2)
    return model.predict(_images(test_x), verbose=0).argmax(axis=1)


def fifteen_cnns(data: Data, end: float) -> Array:
    """The sum of the probabilities of the CNNs of C. Deotte's notebook "25 Million Images!".

    The notebook trains 15 networks for 45 epochs each. Here the first network's first epoch is
    timed, and then there are as many networks and epochs as fit before `end`, in seconds of
    `time.monotonic`. The learning rate falls to the same share of its first value. If not even one
    more epoch fits, the network that was timed goes on until the end.
    """
    train_x, train_y, test_x = data
    images, others = _images(train_x), _images(test_x)
    model, started = _deotte(), time.monotonic()
    model.fit(images, train_y, epochs=1, batch_size=BATCH, verbose=2)
    epoch = time.monotonic() - started  # compilation included, so all is ready in time
    affordable = max(1, int((end - time.monotonic()) / epoch))
    networks = min(NETWORKS, max(1, affordable // LEAST_EPOCHS))
    epochs = min(EPOCHS, affordable // networks)
    total = 0
    for _ in range(networks):
        model = model if affordable < 2 else _deotte()
        falling = keras.callbacks.LearningRateScheduler(
            lambda at: FIRST_RATE * math.pow(LAST_SHARE, at / epochs)
        )
        model.fit(
            images,
            train_y,
            epochs=epochs,
            batch_size=BATCH,
            callbacks=[falling, _StopAt(end)],
            verbose=2,
        )
        total = total + model.predict(others, verbose=0)
        if time.monotonic() > end:
            break
    return total.argmax(axis=1)


def _deotte() -> Any:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.RandomRotation(10 / 360, fill_mode="nearest"),
            layers.RandomZoom(0.1, 0.1, fill_mode="nearest"),
            layers.RandomTranslation(0.1, 0.1, fill_mode="nearest"),
        ]
    )
    for filters in (32, 64):
        for convolution in (
            layers.Conv2D(filters, 3, activation="relu"),
            layers.Conv2D(filters, 3, activation="relu"),
            layers.Conv2D(filters, 5, strides=2, padding="same", activation="relu"),
        ):
            model.add(convolution)
            model.add(layers.BatchNormalization())
        model.add(layers.Dropout(0.4))
    model.add(layers.Conv2D(128, 4, activation="relu"))
    model.add(layers.BatchNormalization())
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.4))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class _StopAt(keras.callbacks.Callback):  # type: ignore[misc]  # Keras is untyped
    def __init__(self, end: float) -> None:
        super().__init__()
        self._end = end

    def on_train_batch_end(self, *_: Any, **__: Any) -> None:
        if time.monotonic() > self._end:
            self.model.stop_training = True


def _images(pixels: Array) -> Array:
    return pixels.reshape(-1, 28, 28, 1).astype("float32") / 255
