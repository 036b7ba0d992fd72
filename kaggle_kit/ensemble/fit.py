"""Train the committee of each fold from best.json; finished networks are kept."""

import shutil
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.shares import held_out_mean_of, shares_of
from kaggle_kit.ensemble.views import Views, is_tried
from kaggle_kit.errors import RunError
from kaggle_kit.evaluation.metrics import Evaluation, Logits
from kaggle_kit.evaluation.novelty import NoveltyDetector
from kaggle_kit.networks.model import mirrored
from kaggle_kit.tracking.log import NO_LOG, Log
from kaggle_kit.tracking.tracker import FIT
from kaggle_kit.training.executors.base import FoldExecutor, run_tasks
from kaggle_kit.training.fold_task import EpochEnd, FoldResult, FoldTask
from kaggle_kit.training.progress import Estimate, Progress, Show
from kaggle_kit.training.task_data import TaskData
from kaggle_kit.training.train_fold import train_fold
from kaggle_kit.workspace.best import Best, NetworkId
from kaggle_kit.workspace.files import replacing, write_bytes, write_json
from kaggle_kit.workspace.fit_status import (
    fingerprint,
    is_begun,
    load_evaluation,
    missing_networks,
)
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import HISTORY, read_table, write_arrays

MOST_CLASSES = 100  # whose confusion matrix is logged


class Fit:
    """Train the ensemble of a run. Networks that an earlier call finished are kept.

    Parameters
    ----------
    run : Run
    data : TaskData
        The training images, with their labels and folds.
    executor : FoldExecutor
    show : callable
        Called with a Progress after each epoch.
    log : Log
        Told of epochs and of the evaluation.
    """

    def __init__(
        self, run: Run, data: TaskData, executor: FoldExecutor, show: Show, *, log: Log = NO_LOG
    ) -> None:
        self._run, self._data, self._executor, self._show = run, data, executor, show
        self._log = log
        self._best = Best.read(run.best)
        self._made_from = fingerprint(run, data.train.sha256)

    def run(self, test: ImageSet) -> Evaluation:
        """Train the missing networks, predict, and evaluate the out-of-fold predictions.

        Writes models/, history.csv, familiar.npz, oof.npz (logits, logits of each member, labels,
        fold) and test.npz (logits). Of photographs, these logits may be means over the image and
        its mirror image: `views.py` chooses.
        """
        self._run.robustness.unlink(missing_ok=True)  # it was measured on the earlier networks
        is_new = not is_begun(self._run, self._made_from)
        if is_new:
            self._discard()
        self._log.begin(FIT, self._best.hyperparameters, fresh=is_new)
        self._train()
        self._gather_history()
        train, folds = self._data.train, self._data.folds
        self._run.oof.unlink(missing_ok=True)  # it is of the earlier choice of views
        self._run.views.unlink(missing_ok=True)
        ensemble = Ensemble.load(self._run)
        members = self._out_of_fold(ensemble)
        familiar = NoveltyDetector.of(train.images, train.known_labels, self._data.problem.classes)
        write_arrays(self._run.familiar, **vars(familiar))
        write_arrays(self._run.test, logits=ensemble.logits(test.images))
        write_arrays(
            self._run.oof,
            logits=held_out_mean_of(members, folds, ensemble.shares),
            members=members,
            labels=train.known_labels,
            fold=folds,
        )
        evaluation = load_evaluation(self._run)
        self._log.keep(_tables(evaluation, self._data.problem.class_names))
        self._log.end(FIT, evaluation.summary)
        self._log.score(evaluation.summary)
        return evaluation

    def _out_of_fold(self, ensemble: Ensemble) -> Logits:
        """Logits (members, n, classes) of the training images; chooses the views of `ensemble`."""
        train, folds, problem = self._data.train, self._data.folds, self._data.problem
        members = ensemble.out_of_fold_members(train.images, folds)
        if self._best.blend or not is_tried(problem):  # a blend's views are those of its runs
            return members
        other = ensemble.out_of_fold_members(mirrored(train.images), folds)
        both: Logits = np.mean([members, other], axis=0)
        means = (members.mean(axis=0), both.mean(axis=0))
        views = Views.choose(problem, *means, train.known_labels, folds)
        views.write(self._run)
        ensemble.shares = shares_of(self._run)
        return both if views.mirror else members

    def _discard(self) -> None:
        made = (self._run.oof, self._run.test, self._run.familiar, self._run.history)
        for path in (*made, self._run.submission):
            path.unlink(missing_ok=True)
        if self._run.models.exists():
            shutil.rmtree(self._run.models)
        write_json(self._run.made_from, self._made_from)

    def _train(self) -> None:
        every, missing = self._best.networks, missing_networks(self._run)
        done = 1 - len(missing) / len(every)
        estimate = Estimate(done)
        trained = dict.fromkeys(missing, 0.0)

        def epoch_ended(event: EpochEnd) -> None:
            self._log.epoch(event.name, event.step, event.metrics)
            network = NetworkId(event.fold, event.member)
            # Progress does not fall when a network begins again because its worker died.
            trained[network] = max(event.epoch / event.epochs, trained[network])
            fraction = done + sum(trained.values()) / len(every)
            self._show(
                Progress(
                    stage="fit",
                    fold=event.fold + 1,
                    folds=self._best.folds,
                    epoch=event.epoch,
                    epochs=event.epochs,
                    accuracy=event.accuracy,
                    fraction=fraction,
                    seconds_left=estimate.seconds_left(fraction),
                )
            )

        calls = (
            partial(train_fold, self._task(network), self._data.train, self._data.folds)
            for network in missing
        )
        for result in run_tasks(self._executor, calls, epoch_ended):
            self._log.trained(_name(result.fold, result.member), result.history)
            self._store(result)

    def _task(self, network: NetworkId) -> FoldTask:
        fold, member = network
        best, number = self._best.origin_of(member)
        return FoldTask(
            problem=self._data.problem,
            family=best.family,
            hyperparameters=best.values_of(number),
            fold=fold,
            epochs=best.epochs,
            seed=best.seed + fold + 1000 * number,
            member=member,
            keep_weights=True,
            name=_name(fold, member),
        )

    def _gather_history(self) -> None:
        histories = [self._run.network_history(*network) for network in self._best.networks]
        tables = [read_table(path, numbers=HISTORY) for path in histories]
        with replacing(self._run.history) as temporary:
            pd.concat(tables).to_csv(temporary, index=False)

    def _store(self, result: FoldResult) -> None:
        fold, member = result.fold, result.member
        if result.weights is None:
            raise RunError(f"fold {fold} came back without its weights")
        with replacing(self._run.network_history(fold, member)) as temporary:
            pd.DataFrame(result.history).to_csv(temporary, index=False)
        # The weights are written last, so that a network with weights is finished.
        write_bytes(self._run.weights(fold, member), result.weights)


def _tables(evaluation: Evaluation, names: Sequence[str]) -> dict[str, str]:
    """The evaluation as texts for a log; with many classes, without the confusion matrix."""
    texts = {"classification_report.txt": evaluation.text_report}
    if len(names) <= MOST_CLASSES:
        classes = list(names)
        matrix = pd.DataFrame(evaluation.confusion, index=classes, columns=classes)
        texts["confusion_matrix.csv"] = matrix.to_csv(index_label="true", lineterminator="\n")
    return texts


def _name(fold: int, member: int) -> str:
    """What a network is called in a log."""
    return f"{FIT}/fold{fold}-member{member}"
