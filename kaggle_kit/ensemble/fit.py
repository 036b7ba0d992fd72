"""Train the committee of each fold from best.json; networks that are finished are kept."""

import shutil
from concurrent.futures import Executor
from functools import partial

import pandas as pd

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.dataset import Digits
from kaggle_kit.ensemble.ensemble import Ensemble, member_values
from kaggle_kit.errors import RunError
from kaggle_kit.evaluation.metrics import Evaluation
from kaggle_kit.evaluation.novelty import Familiar
from kaggle_kit.training.executors.base import run_tasks
from kaggle_kit.training.fold_task import EpochEnd, FoldResult, FoldTask
from kaggle_kit.training.folds import Folds
from kaggle_kit.training.progress import Estimate, Progress, Show
from kaggle_kit.training.train_fold import train_fold
from kaggle_kit.workspace.files import replacing, write_bytes, write_json
from kaggle_kit.workspace.fit_status import (
    MADE_OF,
    fingerprint,
    is_begun,
    load_evaluation,
    missing_networks,
    networks,
)
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_json, read_table, write_arrays


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
