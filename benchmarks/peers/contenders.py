"""The contenders of peers.py, each used as its documentation recommends.

    python -m benchmarks.peers.contenders NAME BUDGET FOLDER

The script reads data.npz in FOLDER, trains for about BUDGET seconds, and writes answer.npy. It runs
in the environment of the peers, except for the kit itself.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

STARTED = time.monotonic()
CORES = len(os.sched_getaffinity(0))
Array = Any
Data = tuple[Array, Array, Array]


def kit(data: Data, budget: float) -> Array:
    """The preset quick; for more than 600 s, standard with its budgets scaled to the given one."""
    import kaggle_kit as kk

    train_x, train_y, test_x = data
    size = {"preset": "standard", "time_budget": 0.85 * budget} if budget > 600 else {}
    model = kk.ImageClassifier(**size, verbose=False)
    model.fit(train_x.reshape(-1, 28, 28), train_y)
    return model.predict(test_x.reshape(-1, 28, 28))


def autogluon(data: Data, budget: float) -> Array:
    import pandas as pd
    from autogluon.tabular import TabularPredictor

    train_x, train_y, test_x = data
    train = pd.DataFrame(train_x).add_prefix("pixel").assign(label=train_y)
    preset = "best_quality" if budget > 600 else "medium_quality"
    left = 0.85 * budget - (time.monotonic() - STARTED)
    predictor = TabularPredictor(label="label", eval_metric="accuracy", path="autogluon")
    predictor.fit(train, time_limit=left, presets=preset, num_cpus=CORES)
    return predictor.predict(pd.DataFrame(test_x).add_prefix("pixel")).to_numpy()


def autokeras(data: Data, budget: float) -> Array:
    """Its image classifier: half of the time for the search, half for the fit of the best trial."""
    import autokeras as ak
    import keras

    train_x, train_y, test_x = data
    trials = 3 if budget > 600 else 1
    ends = [STARTED + 0.42 * budget * (i + 1) / trials for i in range(trials)]
    ends.append(STARTED + 0.85 * budget)

    class StopInTime(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, *_: Any, **__: Any) -> None:
            self.end = ends.pop(0) if len(ends) > 1 else ends[0]

        def on_train_batch_end(self, *_: Any, **__: Any) -> None:
            if time.monotonic() > self.end:
                self.model.stop_training = True

    classifier = ak.ImageClassifier(max_trials=trials, overwrite=True, seed=0)
    classifier.fit(
        train_x.reshape(-1, 28, 28, 1), train_y, epochs=10, callbacks=[StopInTime()], verbose=2
    )
    return classifier.predict(test_x.reshape(-1, 28, 28, 1)).astype(int).ravel()


def keras_tuner_and_folds(data: Data, budget: float) -> Array:
    """Stock random search on one split for a third of the time, then one network per fold."""
    import keras
    import keras_tuner
    from sklearn.model_selection import StratifiedKFold

    train_x, train_y, test_x = data
    search_end, end = STARTED + 0.35 * budget, STARTED + 0.8 * budget

    def build(hp: Any) -> Any:
        model = keras.Sequential([keras.Input((784,)), keras.layers.Rescaling(1 / 255)])
        for _ in range(hp.Int("layers", 1, 3)):
            model.add(keras.layers.Dense(hp.Choice("units", [128, 256, 512]), activation="relu"))
            model.add(keras.layers.Dropout(hp.Float("dropout", 0, 0.5, step=0.1)))
        model.add(keras.layers.Dense(10, activation="softmax"))
        rate = hp.Float("rate", 1e-4, 1e-2, sampling="log")
        model.compile(
            keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        return model

    class Tuner(keras_tuner.RandomSearch):  # type: ignore[misc]
        def on_trial_end(self, trial: Any) -> None:
            super().on_trial_end(trial)
            if time.monotonic() > search_end:
                self.oracle.max_trials = 1  # 0 would mean no limit

    tuner = Tuner(build, objective="val_accuracy", max_trials=1000, seed=1, directory="tuner")

    class StopInTime(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, *_: Any, **__: Any) -> None:
            self.model.stop_training = time.monotonic() > search_end

    tuner.search(
        train_x,
        train_y,
        validation_split=0.2,
        epochs=10,
        batch_size=128,
        callbacks=[StopInTime()],
        verbose=0,
    )
    best = tuner.get_best_hyperparameters()[0]
    total = np.zeros((len(test_x), 10))
    for index, (rows, others) in enumerate(StratifiedKFold(5).split(train_x, train_y)):
        left = end - time.monotonic()
        model = build(best)
        stop = keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)
        share = _Deadline(time.monotonic() + left / (5 - index))
        model.fit(
            train_x[rows],
            train_y[rows],
            validation_data=(train_x[others], train_y[others]),
            epochs=100,
            batch_size=128,
            callbacks=[stop, keras.callbacks.LambdaCallback(on_epoch_end=share(model))],
            verbose=0,
        )
        total += model.predict(test_x, verbose=0)
    return total.argmax(axis=1)


class _Deadline:
    def __init__(self, end: float) -> None:
        self._end = end

    def __call__(self, model: Any) -> Callable[..., None]:
        def check(*_: Any) -> None:
            model.stop_training = model.stop_training or time.monotonic() > self._end

        return check


def plain_keras(data: Data, _: float) -> Array:
    from benchmarks.peers import notebooks

    return notebooks.dense(data)


def keras_io(data: Data, _: float) -> Array:
    from benchmarks.peers import notebooks

    return notebooks.keras_io(data)


def fifteen_cnns(data: Data, budget: float) -> Array:
    """C. Deotte's notebook, cut to the budget; its author ran it for hours on a GPU."""
    from benchmarks.peers import notebooks

    return notebooks.fifteen_cnns(data, STARTED + 0.85 * budget)


def mlp(data: Data, _: float) -> Array:
    from sklearn.neural_network import MLPClassifier

    train_x, train_y, test_x = data
    model = MLPClassifier((512, 256), early_stopping=True, random_state=0)
    return model.fit(train_x / 255, train_y).predict(test_x / 255)


def svc(data: Data, _: float) -> Array:
    from sklearn.svm import SVC

    train_x, train_y, test_x = data
    return SVC(C=10, cache_size=2000).fit(train_x / 255, train_y).predict(test_x / 255)


def lightgbm(data: Data, _: float) -> Array:
    from lightgbm import LGBMClassifier

    train_x, train_y, test_x = data
    model = LGBMClassifier(n_estimators=200, random_state=0, n_jobs=CORES, verbose=-1)
    return model.fit(train_x, train_y).predict(test_x)


CONTENDERS: dict[str, Callable[[Data, float], Array]] = {
    "kaggle-kit": kit,
    "AutoGluon": autogluon,
    "AutoKeras": autokeras,
    "KerasTuner and folds": keras_tuner_and_folds,
    "plain Keras notebook": plain_keras,
    "keras.io's CNN": keras_io,
    "15 CNNs": fifteen_cnns,
    "MLPClassifier": mlp,
    "SVC": svc,
    "LightGBM": lightgbm,
}


# These contenders accept no budget: the result after the time that they take is all they can reach.
UNTIMED = {"plain Keras notebook", "keras.io's CNN", "MLPClassifier", "SVC", "LightGBM"}


def main() -> None:
    name, budget, folder = sys.argv[1:]
    with np.load(Path(folder) / "data.npz") as stored:
        data = (stored["train_x"], stored["train_y"], stored["test_x"])
    os.chdir(folder)
    answer = CONTENDERS[name](data, float(budget))
    np.save(Path(folder) / "answer.npy", answer)


if __name__ == "__main__":
    main()
