"""Search the space of a family of networks under stratified cross-validation.

KerasTuner's oracle proposes trials, and every fold of a trial is a task for an executor. A trial is
first trained for a third of its epochs. Its networks then train on to the last epoch. A trial is
given up as soon as it is clearly worse than the best trial was at the same point
(`evaluation.significance`). The only output of the search is the chosen trial, which becomes
best.json.
"""

import json
import math
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from kaggle_kit.errors import KitError, RunError, TrainingError
from kaggle_kit.networks.backend import keras_tuner
from kaggle_kit.networks.families import get_family
from kaggle_kit.search.ensemble_plan import EnsemblePlan, best_of, networks_per_worker, slowdown
from kaggle_kit.search.oracles import make_oracle
from kaggle_kit.search.plan_file import begin_plan, write_plan
from kaggle_kit.search.presets import SearchPlan
from kaggle_kit.search.running_trial import RunningTrial, rungs
from kaggle_kit.search.trial_results import EARLIER_NAMES, TrialResult, choose, trials_table
from kaggle_kit.tracking.log import NO_LOG, Log
from kaggle_kit.training.executors.base import FoldExecutor, run_tasks
from kaggle_kit.training.fold_task import EpochEnd, FoldResult, FoldTask
from kaggle_kit.training.progress import Estimate, Progress, Show
from kaggle_kit.training.search_space import check_points, search_space
from kaggle_kit.training.task_data import TaskData
from kaggle_kit.training.train_fold import train_fold
from kaggle_kit.workspace.best import Best, TrialStatus
from kaggle_kit.workspace.files import replacing
from kaggle_kit.workspace.paths import Run

HOPELESS = 3  # the search ends if this number of trials failed and none succeeded


class CrossValSearch:
    """One search. A later search in the same run folder continues it.

    Parameters
    ----------
    plan : SearchPlan
    run : Run
        The run that gets the state of the search and trials.csv.
    data : TaskData
    executor : FoldExecutor
    show : callable
        Called with a Progress after each epoch.
    log : Log
        Told of trials, epochs and scores.
    """

    def __init__(
        self,
        plan: SearchPlan,
        run: Run,
        data: TaskData,
        executor: FoldExecutor,
        show: Show,
        *,
        log: Log = NO_LOG,
    ) -> None:
        self._plan, self._run, self._data = plan, run, data
        self._executor, self._show, self._log = executor, show, log
        space = search_space(plan.family, data.problem)
        known_good = plan.starting_points or get_family(plan.family).known_good(data.problem)
        check_points(known_good, space, plan.family)
        self._oracle = make_oracle(plan, space, run.tuner, known_good=known_good)
        self._check_state(space)
        self._results = {
            trial: TrialResult.from_state(state) for trial, state in self._oracle.results.items()
        }
        completed = [result for result in self.results if result.status == TrialStatus.COMPLETED]
        self._best = choose(completed) if completed else None
        self._cut = {result.trial for result in self.results if result.status == TrialStatus.CUT}
        self._started: float = time.monotonic() - self._oracle.seconds
        self._estimate = Estimate(self._fraction())
        self._first_failure: Exception | None = None
        self._running: RunningTrial
        networks = networks_per_worker(plan, executor.workers)
        # In seconds per epoch. Half of the epochs must fit into the budget, so that the search does
        # not miss a network that learns more in half of the epochs.
        epochs = networks * plan.fit_epochs / 2
        self._affordable = plan.fit_budget / (epochs * slowdown(plan.folds))
        self._done = begin_plan(run.plan, plan, executor.workers)

    @property
    def results(self) -> list[TrialResult]:
        """The results of all trials that were begun, in order."""
        return list(self._results.values())

    @property
    def seconds(self) -> float:
        """Seconds spent, over all sessions; a trial that was killed does not count."""
        return time.monotonic() - self._started

    @property
    def was_cut(self) -> bool:
        """Whether the time budget ended the search before it had all its trials."""
        return self._finished() < self._plan.most_trials and self.seconds >= self._plan.seconds

    def run(self) -> TrialResult:
        """Run trials until there are enough of them or the time is up, and choose one.

        Raises
        ------
        TrainingError
            No trial has a score.
        """
        while self._finished() < self._plan.most_trials and self.seconds < self._plan.seconds:
            self._oracle.seconds = self.seconds  # saved with the trial
            trial = self._oracle.create_trial("driver")
            if trial.status != "RUNNING":  # a small space can be exhausted
                break
            result = self._try(trial)
            self._record(trial, result)
            if result.status == TrialStatus.CUT or self._hopeless():
                break
        self._write_trials()
        return self._choose()

    def best(self, chosen: TrialResult) -> Best:
        """The contents of best.json: the chosen trial, and its committee for each fold."""
        family = get_family(self._plan.family)
        members = family.committee(chosen.hyperparameters, self._plan.members)
        ensemble = EnsemblePlan(members, self._executor.workers)
        best = best_of(chosen, self._plan, self._data, ensemble)
        self._write_plan(chosen=chosen.trial, fit_epochs=best.epochs)
        return best

    def _write_plan(self, **found: Any) -> None:
        """Write into plan.json what the clock has decided, unless it was decided before."""
        if not self._plan.repeats:
            slow = [one.trial for one in self.results if one.status == TrialStatus.SLOW]
            self._done = replace(self._done, trials=len(self._results), slow=slow, **found)
            write_plan(self._run.plan, self._plan, self._done)

    def _check_state(self, space: keras_tuner.HyperParameters) -> None:
        """Raise RunError if the state has another search space, or other fields of results."""
        found, wanted = (json.dumps(s.get_config()) for s in (self._oracle.hyperparameters, space))
        fields = set(TrialResult.__dataclass_fields__)
        names = [{EARLIER_NAMES.get(n, n) for n in kept} for kept in self._oracle.results.values()]
        if found == wanted and all(one == fields for one in names):
            return
        raise RunError(
            f"{self._run.tuner} was written by another version of kaggle-kit, whose trials differ",
            hint="name another run with --run, or start this one again with --restart",
        )

    def _finished(self) -> int:
        return len(self._results) - len(self._cut)

    def _hopeless(self) -> bool:
        statuses = {result.status for result in self.results}
        return statuses == {TrialStatus.FAILED} and self._finished() >= HOPELESS

    def _try(self, trial: Any) -> TrialResult:
        started = time.monotonic()
        values = dict(trial.hyperparameters.values)
        epochs = int(values.get("tuner/epochs", self._plan.epochs))
        running = self._running = RunningTrial(values, epochs, self._best, trial.trial_id)
        self._log.begin(running.name, values)
        try:
            if self._plan.repeats and trial.trial_id in self._done.slow:
                running.status = TrialStatus.SLOW
            else:
                self._train(running)
        except BrokenExecutor:  # not the fault of the trial, and no later trial could run
            raise
        except Exception as error:  # noqa: BLE001  the search goes on after any failure
            running.fail(error)
            self._first_failure = self._first_failure or error
        result = running.result(time.monotonic() - started)
        self._log.end(running.name, result.summary, result.status)
        return result

    def _train(self, running: RunningTrial) -> None:
        """Train all folds rung by rung, in parallel, until the trial is done or given up."""
        abreast = self._done.abreast
        ends = self._done.rungs if running.epochs == self._plan.epochs else None
        for rung in rungs(running.epochs, ends):
            running.begin(rung)
            for first in range(0, self._plan.folds, abreast):
                folds = range(first, min(first + abreast, self._plan.folds))
                calls = self._calls(running, folds)
                for result in run_tasks(self._executor, calls, self._epoch_ended):
                    running.add([result])
                    network = f"{running.name}/fold{result.fold}"
                    self._log.trained(network, result.history, running.trained)
                if self._out_of_time(running, len(folds) + first):
                    running.status = TrialStatus.CUT
                    return
                if rung.is_last and len(running.folds) == self._plan.folds:
                    return
                running.judge(math.inf if self._plan.repeats else self._affordable)
                if running.status != TrialStatus.COMPLETED:
                    return

    def _out_of_time(self, running: RunningTrial, folds: int) -> bool:
        done = list(running.folds.values())
        return len(done) < folds or any(fold.out_of_time for fold in done)

    def _calls(self, running: RunningTrial, folds: range) -> Iterator[partial[FoldResult]]:
        for fold in folds:
            left = self._plan.seconds - self.seconds
            if left <= 0:
                break
            before = running.before.get(fold)
            task = FoldTask(
                problem=self._data.problem,
                family=self._plan.family,
                hyperparameters=running.values,
                fold=fold,
                epochs=running.rung.epochs,
                seed=self._plan.seed + fold,
                patience=self._plan.patience,
                seconds=left,
                keep_weights=not running.rung.is_last,
                start=before.weights if before else None,
                before=running.trained,
                name=f"{running.name}/fold{fold}",
            )
            yield partial(train_fold, task, self._data.train, self._data.folds)

    def _record(self, trial: Any, result: TrialResult) -> None:
        self._keep(result)
        self._oracle.seconds = self.seconds
        known = result.status in {TrialStatus.COMPLETED, TrialStatus.RACED}
        if known:
            # A raced trial was trained for fewer epochs, so the oracle gets a score that is a
            # little too low. The trial is clearly worse anyway. The score of a slow trial means
            # nothing.
            self._oracle.update_trial(trial.trial_id, {"mean_test_score": result.mean})
        if result.status != TrialStatus.CUT:  # a cut trial stays open, and runs again later
            trial.status = "COMPLETED" if known else "FAILED"
            trial.message = result.error
            self._oracle.end_trial(trial)  # also saves the oracle
        else:
            self._oracle.save()
        self._write_trials()

    def _keep(self, result: TrialResult) -> None:
        """Store a result. Only the best trial keeps its evidence, which later ones race against."""
        changed = [replace(result, evidence={})]
        if result.status == TrialStatus.COMPLETED and (
            not self._best or result.lower > self._best.lower
        ):
            changed = [result]
            if self._best:
                changed.append(replace(self._best, evidence={}))
            self._best = result
        self._cut -= {result.trial}
        if result.status == TrialStatus.CUT:
            self._cut |= {result.trial}
        for one in changed:
            self._results[one.trial] = one
            self._oracle.results[one.trial] = one.to_state()

    def _write_trials(self) -> None:
        with replacing(self._run.trials) as temporary:
            trials_table(self.results, self._plan.folds).to_csv(temporary, index=False)

    def _choose(self) -> TrialResult:
        try:
            chosen = self._done.chosen if self._plan.repeats else ""
            return self._results.get(chosen) or choose(self.results)
        except TrainingError as error:
            cause = self._first_failure
            if isinstance(cause, KitError) and cause.hint:
                error.hint = f"{cause.hint}; then begin again with --restart"
            raise error from cause

    def _fraction(self, within_trial: float = 0.0) -> float:
        by_trials = (self._finished() + within_trial) / self._plan.most_trials
        return min(1.0, max(by_trials, self.seconds / self._plan.seconds))

    def _epoch_ended(self, event: EpochEnd) -> None:
        self._log.epoch(event.name, event.step, event.metrics)
        fraction = self._fraction(self._running.fraction(event.fold, event.epoch, self._plan.folds))
        self._show(
            Progress(
                stage="tune",
                trial=self._finished() + 1,
                trials=self._plan.most_trials,
                fold=event.fold + 1,
                folds=self._plan.folds,
                epoch=event.epoch,
                epochs=event.epochs,
                accuracy=event.accuracy,
                best=self._best.describe(self._data.problem.metric) if self._best else "",
                fraction=fraction,
                seconds_left=self._estimate.seconds_left(fraction),
            )
        )
