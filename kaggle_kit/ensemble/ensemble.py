"""A committee of networks a fold, trained from best.json alone, averaged by their logits.

The mean of logits (the geometric mean of the probabilities, up to their scale) is the one function
that the kit evaluates, submits and explains.
"""

import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.dataset import Digits
from kaggle_kit.errors import RunError
from kaggle_kit.evaluation.metrics import Evaluation, Logits
from kaggle_kit.evaluation.novelty import Familiar
from kaggle_kit.training.executors.base import run_tasks
from kaggle_kit.training.folds import Folds
from kaggle_kit.training.progress import Estimate, Progress, Show
from kaggle_kit.training.train_fold import (
    EpochEnd,
    FoldResult,
    FoldTask,
    build_model,
    predict_logits,
    train_fold,
)
from kaggle_kit.workspace.files import replacing, write_bytes, write_json
from kaggle_kit.workspace.fit_status import (
    MADE_OF,
    fingerprint,
    is_begun,
    load_evaluation,
    missing_networks,
    networks,
)
from kaggle_kit.workspace.paths import Run, read_json, read_table, write_arrays

REFIT = "delete it and run `kaggle-kit fit` again"


class Ensemble:
    """The trained networks of a run, ready to predict.

    Attributes
    ----------
    committees : list of list of keras.Model
        The networks of each fold.
    """

    def __init__(self, committees: list[list[Any]]) -> None:
        self.committees = committees

    @classmethod
    def load(cls, run: Run, competition: Competition) -> "Ensemble":
        """Rebuild the networks from best.json and load their weights.

        Raises
        ------
        RunError
            The ensemble is not there, or a file of it is damaged.
        """
        folds = read_json(run.best, *MADE_OF)["folds"]
        return cls([load_committee(run, competition, fold) for fold in range(folds)])

    @classmethod
    def load_one(cls, run: Run, competition: Competition, network: tuple[int, int]) -> "Ensemble":
        """One network (fold, member) of the run, as an ensemble of its own; see `load`."""
        best = read_json(run.best, *MADE_OF)
        return cls([[_load_network(run, best, competition, network)]])

    def logits(self, images: NDArray[np.uint8]) -> Logits:
        """Mean logits (n, classes) float32 of images (n, height, width), 0..255."""
        logits: Logits = np.mean([_mean_logits(c, images) for c in self.committees], axis=0)
        return logits

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Softmax of the mean logits, shape (n, classes)."""
        probabilities: NDArray[np.float32] = softmax(self.logits(images), axis=1)
        return probabilities

    def stream_labels(self, blocks: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
        """Labels (n,) uint8 of each block of images (n, height, width), one in memory at a time."""
        return (self.logits(block).argmax(axis=1).astype(np.uint8) for block in blocks)

    def out_of_fold_members(self, images: NDArray[np.uint8], folds: Folds) -> Logits:
        """Logits (members, n, classes) of each training image, by each network of its fold.

        Those are the networks that did not train on it.
        """
        parts = [_member_logits(c, images[folds == k]) for k, c in enumerate(self.committees)]
        members, _, classes = parts[0].shape
        together = np.empty((members, len(images), classes), dtype=np.float32)
        for fold, part in enumerate(parts):
            together[:, folds == fold] = part
        return together

    def out_of_fold_logits(self, images: NDArray[np.uint8], folds: Folds) -> Logits:
        """Mean logits (n, classes) of each training image, by the networks of its fold."""
        logits: Logits = self.out_of_fold_members(images, folds).mean(axis=0)
        return logits


def load_committee(run: Run, competition: Competition, fold: int) -> list[Any]:
    """The networks of one fold, as keras.Model; raises RunError as `Ensemble.load` does."""
    best = read_json(run.best, *MADE_OF)
    members = range(len(best["members"]))
    return [_load_network(run, best, competition, (fold, member)) for member in members]


def _member_logits(committee: list[Any], images: NDArray[np.uint8]) -> Logits:
    return np.stack([predict_logits(model, images) for model in committee])


def _load_network(
    run: Run, best: dict[str, Any], competition: Competition, network: tuple[int, int]
) -> Any:
    path = run.weights(*network)
    if not path.exists():
        raise RunError(f"{path} is missing", hint="run `kaggle-kit fit` first")
    model = build_model(best["family"], member_values(best, network[1]), competition)
    try:
        model.load_weights(path)
    except Exception as error:
        raise RunError(f"{path} cannot be loaded: {error}", hint=REFIT) from error
    return model


def _mean_logits(committee: list[Any], images: NDArray[np.uint8]) -> Logits:
    logits: Logits = _member_logits(committee, images).mean(axis=0)
    return logits


def member_values(best: dict[str, Any], member: int) -> dict[str, Any]:
    """The hyperparameters of a member of the committee: the chosen ones, but for its own."""
    values: dict[str, Any] = best["hyperparameters"] | best["members"][member]
    return values


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

        Writes models/, history.csv, familiar.npz, oof.npz (logits, those of each member, labels,
        fold) and test.npz (logits).
        """
        self._run.robustness.unlink(missing_ok=True)  # of the networks that were there before
        if not is_begun(self._run, self._made_from):
            self._discard()
        self._train()
        self._gather_history()
        ensemble = Ensemble.load(self._run, self._competition)
        members = ensemble.out_of_fold_members(self._digits.images, self._folds)
        write_arrays(self._run.familiar, **vars(Familiar.of(self._digits.images)))
        write_arrays(self._run.test, logits=ensemble.logits(test.images))
        write_arrays(
            self._run.oof,
            logits=members.mean(axis=0),
            members=members,
            labels=self._digits.known_labels,
            fold=self._folds,
        )
        return load_evaluation(self._run)

    def _discard(self) -> None:
        made = (self._run.oof, self._run.test, self._run.familiar, self._run.history)
        for path in (*made, self._run.submission):
            path.unlink(missing_ok=True)
        if self._run.models.exists():
            shutil.rmtree(self._run.models)
        write_json(self._run.made_from, self._made_from)

    def _train(self) -> None:
        every, missing = networks(self._best), missing_networks(self._run)
        done = 1 - len(missing) / len(every)
        estimate = Estimate(done)
        trained = dict.fromkeys(missing, 0.0)

        def epoch_ended(event: EpochEnd) -> None:
            network = (event.fold, event.member)
            # One that begins again, as its worker died, takes nothing back.
            trained[network] = max(event.epoch / event.epochs, trained[network])
            fraction = done + sum(trained.values()) / len(every)
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

        calls = (
            partial(train_fold, self._task(*network), self._digits, self._folds)
            for network in missing
        )
        for result in run_tasks(self._executor, calls, epoch_ended):
            self._store(result)

    def _task(self, fold: int, member: int) -> FoldTask:
        return FoldTask(
            competition=self._competition,
            family=self._best["family"],
            hyperparameters=member_values(self._best, member),
            fold=fold,
            epochs=self._best["epochs"],
            seed=self._best["seed"] + fold + 1000 * member,
            member=member,
            keep_weights=True,
        )

    def _gather_history(self) -> None:
        tables = [
            read_table(self._run.network_history(*network)) for network in networks(self._best)
        ]
        with replacing(self._run.history) as temporary:
            pd.concat(tables).to_csv(temporary, index=False)

    def _store(self, result: FoldResult) -> None:
        fold, member = result.fold, result.member
        if result.weights is None:
            raise RunError(f"fold {fold} came back without its weights")
        with replacing(self._run.network_history(fold, member)) as temporary:
            pd.DataFrame(result.history).to_csv(temporary, index=False)
        # The weights come last: where they are, the network is finished.
        write_bytes(self._run.weights(fold, member), result.weights)
