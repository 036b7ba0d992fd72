"""One model a fold, trained from best.json alone, averaged by their logits.

The mean of logits (the geometric mean of the probabilities, up to their scale) is the one function
that the kit evaluates, submits and explains.
"""

import shutil
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from kaggle_kit.competition import Competition
from kaggle_kit.data import Digits
from kaggle_kit.errors import RunError
from kaggle_kit.evaluate import Evaluation, Logits
from kaggle_kit.executor import channel, run_tasks
from kaggle_kit.files import replacing, write_bytes, write_json
from kaggle_kit.fitted import MADE_OF, fingerprint, is_begun, load_evaluation, missing_folds
from kaggle_kit.folds import Folds
from kaggle_kit.progress import Estimate, Progress, Show
from kaggle_kit.runs import Run, read_json, read_table, write_arrays
from kaggle_kit.training import (
    EpochEnd,
    FoldResult,
    FoldTask,
    build_model,
    predict_logits,
    train_fold,
)

REFIT = "delete it and run `kaggle-kit fit` again"


class Ensemble:
    """The trained models of a run, ready to predict."""

    def __init__(self, models: list[Any]) -> None:
        self.models = models

    @classmethod
    def load(cls, run: Run, competition: Competition) -> "Ensemble":
        """Rebuild the networks from best.json and load their weights.

        Raises
        ------
        RunError
            The ensemble is not there, or a file of it is damaged.
        """
        best = read_json(run.best, *MADE_OF)
        models = []
        for fold in range(best["folds"]):
            path = run.weights(fold)
            if not path.exists():
                raise RunError(f"{path} is missing", hint="run `kaggle-kit fit` first")
            model = build_model(best["family"], best["hyperparameters"], competition)
            try:
                model.load_weights(path)
            except Exception as error:
                raise RunError(f"{path} cannot be loaded: {error}", hint=REFIT) from error
            models.append(model)
        return cls(models)

    def logits(self, images: NDArray[np.uint8]) -> Logits:
        """Mean logits (n, classes) float32 of images (n, height, width), 0..255."""
        logits: Logits = np.mean([predict_logits(model, images) for model in self.models], axis=0)
        return logits

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Softmax of the mean logits, shape (n, classes)."""
        probabilities: NDArray[np.float32] = softmax(self.logits(images), axis=1)
        return probabilities

    def out_of_fold_logits(self, images: NDArray[np.uint8], folds: Folds) -> Logits:
        """Logits (n, classes) of each training image, by the model that did not train on it."""
        logits = [predict_logits(m, images[folds == k]) for k, m in enumerate(self.models)]
        together = np.empty((len(images), logits[0].shape[1]), dtype=np.float32)
        for fold, part in enumerate(logits):
            together[folds == fold] = part
        return together


class Fit:
    """Train the ensemble of a run; models that an earlier call finished are kept.

    Parameters
    ----------
    data : (Digits, Folds, Competition)
        Training images with labels, the fold of each, and what they are.
    executor : concurrent.futures.Executor
    show : callable
        Told of each epoch.
    """

    def __init__(
        self, run: Run, data: tuple[Digits, Folds, Competition], executor: Executor, show: Show
    ) -> None:
        self._run, self._executor, self._show = run, executor, show
        self._digits, self._folds, self._competition = data
        self._best = read_json(run.best, *MADE_OF)
        self._made_from = fingerprint(run, self._digits.sha256)

    def run(self, test: Digits) -> Evaluation:
        """Train what is missing, predict, and judge the out-of-fold predictions.

        Writes models/, history.csv, oof.npz (logits, labels, fold) and test.npz (logits).
        """
        if not is_begun(self._run, self._made_from):
            self._discard()
        self._train()
        self._gather_history()
        ensemble = Ensemble.load(self._run, self._competition)
        logits = ensemble.out_of_fold_logits(self._digits.images, self._folds)
        write_arrays(self._run.test, logits=ensemble.logits(test.images))
        write_arrays(
            self._run.oof, logits=logits, labels=self._digits.known_labels, fold=self._folds
        )
        return load_evaluation(self._run)

    def _discard(self) -> None:
        for path in (self._run.oof, self._run.test, self._run.history, self._run.submission):
            path.unlink(missing_ok=True)
        if self._run.models.exists():
            shutil.rmtree(self._run.models)
        write_json(self._run.made_from, self._made_from)

    def _train(self) -> None:
        missing = missing_folds(self._run)
        done = 1 - len(missing) / self._best["folds"]
        estimate = Estimate(done)

        def epoch_ended(event: EpochEnd) -> None:
            position = missing.index(event.fold) + event.epoch / event.epochs
            fraction = done + position / self._best["folds"]
            self._show(
                Progress(
                    stage="fit",
                    fold=event.fold + 1,
                    folds=self._best["folds"],
                    epoch=event.epoch,
                    epochs=event.epochs,
                    accuracy=event.accuracy,
                    fraction=fraction,
                    seconds_left=estimate.seconds_left(fraction),
                )
            )

        tell = channel(self._executor, epoch_ended)
        calls = (
            (train_fold, task, self._digits, self._folds, tell) for task in self._tasks(missing)
        )
        for result in run_tasks(self._executor, calls):
            self._store(result)

    def _tasks(self, folds: list[int]) -> Iterator[FoldTask]:
        for fold in folds:
            yield FoldTask(
                competition=self._competition,
                family=self._best["family"],
                hyperparameters=self._best["hyperparameters"],
                fold=fold,
                epochs=self._best["epochs"],
                seed=self._best["seed"] + fold,
                keep_weights=True,
            )

    def _gather_history(self) -> None:
        folds = range(self._best["folds"])
        tables = [read_table(self._run.fold_history(fold)) for fold in folds]
        with replacing(self._run.history) as temporary:
            pd.concat(tables).to_csv(temporary, index=False)

    def _store(self, result: FoldResult) -> None:
        if result.weights is None:
            raise RunError(f"fold {result.fold} came back without its weights")
        with replacing(self._run.fold_history(result.fold)) as temporary:
            pd.DataFrame(result.history).to_csv(temporary, index=False)
        # The weights come last: where they are, the fold is finished.
        write_bytes(self._run.weights(result.fold), result.weights)
