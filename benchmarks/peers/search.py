"""Measure how soon the search reaches the best score of stock KerasTuner on the same space.

    python -m benchmarks.peers.search [FOLDER] [--rows N] [--trials N] [--folds K] [--epochs N]
                                      [--seed S]

Stock: keras_tuner.RandomSearch. It trains every trial on all folds for all epochs, one after the
other, in one process with all cores. Ours: the same space, folds and epochs per trial, with racing,
rungs and one worker per core. It runs with and without the known good points that it begins with.
The times include compilation and the start of workers. The clock of ours stops at the first trial
whose mean over all folds is at least the best mean of stock.
"""

import argparse
import dataclasses
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import footer
from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.data.dataset import load_train
from kaggle_kit.networks import families
from kaggle_kit.networks.backend import keras_tuner
from kaggle_kit.search.cv_search import CrossValSearch
from kaggle_kit.search.presets import SearchPlan
from kaggle_kit.system import cores
from kaggle_kit.training.executors.process_pool import make_executor
from kaggle_kit.training.fold_task import FoldTask
from kaggle_kit.training.folds import make_folds
from kaggle_kit.training.recipe import Recipe
from kaggle_kit.training.task_data import TaskData
from kaggle_kit.training.train_fold import train_fold
from kaggle_kit.workspace.paths import Run

COMPETITION = get_competition("digit-recognizer")


def main() -> None:
    options = _options()
    digits = load_train(options.folder, COMPETITION)
    rows = np.random.default_rng(options.seed).permutation(len(digits.images))[: options.rows]
    digits = dataclasses.replace(
        digits, images=digits.images[rows], labels=digits.known_labels[rows]
    )
    plan = SearchPlan(
        trials=options.trials,
        folds=options.folds,
        epochs=options.epochs,
        seed=options.seed,
        time_budget=1e9,
        fit_budget=1e9,
    )
    data = TaskData(digits, make_folds(digits.known_labels, plan.folds, plan.seed), COMPETITION)
    print(
        f"{cores()} cores, {len(rows):,} rows, {plan.trials} trials, {plan.folds} folds, ", end=""
    )
    print(f"{plan.epochs} epochs, seed {plan.seed}", flush=True)
    stock = _stock(plan, data)
    target, stock_seconds = max(stock), max(stock.values())
    first = stock[target]
    print(f"stock KerasTuner: best {target:.4f} after {first:.0f} s, all in {stock_seconds:.0f} s")
    for name, known in (("ours", None), ("ours, no known good points", [{}])):
        seconds, best, tried = _ours(plan, data, target, known)
        ratio = f"{seconds / stock_seconds:.3f} of stock's search" if seconds else "not reached"
        print(f"{name}: {seconds:.0f} s, {ratio}; best {best:.4f} in {tried} trials", flush=True)
    print(f"\n{footer()}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/digit-recognizer"))
    parser.add_argument("--rows", type=int, default=12_000)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--folds", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def _stock(plan: SearchPlan, data: TaskData) -> dict[float, float]:
    """The seconds until each new best mean score, by score; the score -1 stands for the end."""
    digits, folds, _competition = data.train, data.folds, data.competition
    scores: dict[str, float] = {}
    ends: dict[float, float] = {}
    started = time.monotonic()

    class Stock(keras_tuner.RandomSearch):  # type: ignore[misc]  # KerasTuner is untyped
        def run_trial(self, trial: Any, *_: object, **__: object) -> float:
            values = dict(trial.hyperparameters.values)
            tasks = [
                FoldTask(DIGITS, plan.family, values, fold, plan.epochs, plan.seed + fold)
                for fold in range(plan.folds)
            ]
            score = float(np.mean([train_fold(task, digits, folds).accuracy for task in tasks]))
            if score > max(scores.values(), default=0.0):
                ends[score] = time.monotonic() - started
            scores[trial.trial_id] = score
            return score

    def build(hp: Any) -> Any:
        Recipe.declare(hp, DIGITS)
        return families.get_family(plan.family).build(hp, DIGITS)

    with tempfile.TemporaryDirectory() as folder:
        tuner = Stock(
            build,
            objective=keras_tuner.Objective("default_objective", "max"),
            max_trials=plan.trials,
            seed=plan.seed + 1,
            directory=folder,
        )
        tuner.search(verbose=0)
    best = max(ends)
    return {score: end for score, end in ends.items() if score < best} | {
        best: ends[best],
        -1.0: time.monotonic() - started,
    }


def _ours(
    plan: SearchPlan, data: TaskData, target: float, known: list[dict[str, Any]] | None
) -> tuple[float, float, int]:
    """The seconds to the target (0 if it was missed), the best score, and the trials begun."""
    family = families.get_family(plan.family)
    before = family.known_good
    family.known_good = before if known is None else lambda _: []
    try:
        with tempfile.TemporaryDirectory() as folder, make_executor(cores()) as executor:
            search = CrossValSearch(plan, Run(Path(folder)), data, executor, lambda _: None)
            search.run()
    finally:
        family.known_good = before
    total = 0.0
    completed = [result for result in search.results if result.status == "completed"]
    best = max(result.mean for result in completed)
    for result in search.results:
        total += result.seconds
        if result.status == "completed" and result.mean >= target:
            return total, best, len(search.results)
    return 0.0, best, len(search.results)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", str(cores()))
    main()
