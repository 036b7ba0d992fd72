"""Measure the cost of a trial apart from training, by the number of earlier trials.

    python -m benchmarks.speed.oracle [--trials 10 100 1000 10000] [--most SECONDS] [--out FILE]

The search loop, the oracles and the files are the kit's. A fold takes no time and returns as many
mistakes as a fold of the competition (preset best: 10 folds, 15 epochs, each reported to the
progress bar; 42,000 rows, about 0.8% of them classified wrongly). The earlier trials are recorded
without writing files, and the Bayesian oracle draws them at random. One more trial is then
measured, in seconds of processor time. Each line has its own process. The figures of a line
that takes longer than `--most` seconds are left out.
"""

import argparse
import dataclasses
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import publish
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.data.dataset import Findings, ImageSet
from kaggle_kit.evaluation.significance import Evidence
from kaggle_kit.search import cv_search as search_module
from kaggle_kit.search.cv_search import CrossValSearch
from kaggle_kit.search.presets import ORACLES, PRESETS
from kaggle_kit.search.trial_results import TrialResult
from kaggle_kit.training.executors.base import InlineExecutor
from kaggle_kit.training.fold_task import EpochEnd, FoldResult, FoldTask
from kaggle_kit.training.task_data import TaskData
from kaggle_kit.workspace.paths import Run

ROWS, ERROR = 42_000, 0.008
BEST = PRESETS["best"]
PARTS = ("propose", "save", "table")
COLUMNS = (
    *("oracle", "trials before", "s a trial", "proposing", "saving", "trials.csv", "the rest"),
    *("oracle.json, MB", "memory, GB"),
)
rng = np.random.default_rng(0)


class Watched(CrossValSearch):
    """A search to which earlier trials can be added, and which measures the time of its parts."""

    seconds_in: Counter[str]
    ended: tuple[float, Counter[str]]

    def begin_with(self, trials: int) -> None:
        """Record this number of trials, as if they had been trained."""
        oracle = self._oracle
        on_disk, oracle.save = oracle.save, lambda: None
        first, oracle.num_initial_points = getattr(oracle, "num_initial_points", 0), trials
        for _ in range(trials):
            trial = oracle.create_trial("driver")
            if trial.status != "RUNNING":
                raise SystemExit(f"the oracle ends after {len(oracle.trials)} trials")
            epochs = int(trial.hyperparameters.values.get("tuner/epochs", BEST.epochs))
            self._record(trial, _past(trial, epochs))
        oracle.save, oracle.num_initial_points = on_disk, first

    def _record(self, trial: Any, result: TrialResult) -> None:
        super()._record(trial, result)
        if hasattr(self, "seconds_in"):
            self.ended = time.process_time(), self.seconds_in.copy()

    def _write_trials(self) -> None:
        if hasattr(self, "seconds_in"):
            super()._write_trials()

    def watch(self) -> None:
        self.seconds_in = Counter()
        self._oracle.populate_space = self._timed("propose", self._oracle.populate_space)
        self._oracle.save = self._timed("save", self._oracle.save)
        self._write_trials = self._timed("table", self._write_trials)  # type: ignore[method-assign]

    def _timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            started = time.process_time()
            try:
                return function(*arguments)
            finally:
                self.seconds_in[part] += time.process_time() - started

        return timed


def _past(trial: Any, epochs: int) -> TrialResult:
    evidence = [_evidence(_mistakes(fold)) for fold in range(BEST.folds)]
    return TrialResult(
        trial=trial.trial_id,
        status="completed",
        hyperparameters=dict(trial.hyperparameters.values),
        scores=[one.score for one in evidence],
        epochs=[epochs] * BEST.folds,
        seconds=1.0,
        seconds_per_epoch=1.0,
        evidence={str(epochs // 3): evidence, str(epochs): evidence},
    )


def _evidence(mistakes: list[int]) -> Evidence:
    return Evidence(1 - len(mistakes) * BEST.folds / ROWS, mistakes)


def _mistakes(fold: int) -> list[int]:
    rows = ROWS // BEST.folds
    wrong = rng.choice(rows, rng.poisson(ERROR * rows), replace=False)
    return [int(row) for row in np.sort(wrong) * BEST.folds + fold]


def instant_fold(task: FoldTask, _digits: Any, _folds: Any, notify: Any) -> FoldResult:
    mistakes = _mistakes(task.fold)[::2]  # better than all earlier trials, so that it is not pruned
    for epoch in range(1, task.epochs + 1):
        notify(EpochEnd(task.fold, task.member, epoch, task.epochs, 0.99))
    return FoldResult(
        fold=task.fold,
        member=task.member,
        accuracy=_evidence(mistakes).score,
        loss=0.03,
        mistakes=mistakes,
        evidence=_evidence(mistakes),
        history=[{"seconds": 1.0 + epoch} for epoch in range(task.epochs)],
        seconds=0.0,
        out_of_time=False,
        weights=None,
    )


def measure(oracle: str, trials: int, more: int) -> dict[str, float]:
    """Measure `more` trials after `trials` earlier ones.

    Returns
    -------
    dict of str to float
        The seconds per trial, in total (`all`) and by part; the size of oracle.json in `MB`, and
        the peak memory in `GB`.
    """
    search_module.train_fold = instant_fold
    plan = dataclasses.replace(
        BEST, oracle=oracle, trials=trials + more, time_budget=1e9, fit_budget=1e9
    )
    digits = ImageSet(np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.uint8), Findings(), "none")
    data = TaskData(digits, np.zeros(1, np.int8), get_competition("digit-recognizer"))
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder))
        search = Watched(plan, run, data, InlineExecutor(), lambda _: None)
        search.begin_with(trials)
        search.watch()
        started = time.process_time()
        search.run()
        ended, seconds_in = search.ended
        figures = {"all": (ended - started) / more}
        figures |= {part: seconds_in[part] / more for part in PARTS}
        figures["MB"] = (run.tuner / "oracle.json").stat().st_size / 1e6
    figures["GB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--trials", type=int, nargs="+", default=[10, 100, 1000, 10_000])
    parser.add_argument("--oracles", nargs="+", choices=ORACLES, default=ORACLES)
    parser.add_argument("--most", type=float, default=300.0, help="seconds per line")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, trials = options.one[0], int(options.one[1])
        print(json.dumps(measure(name, trials, more=5 if trials <= 100 else 1)))
        return
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for name in options.oracles:
        for trials in options.trials:
            lines.append(_line(name, trials, options.most))
            print(lines[-1], flush=True)
    publish(lines, options.out)


def _line(name: str, trials: int, most: float) -> str:
    command = [sys.executable, "-m", __spec__.name, "--one", name, str(trials)]
    start = f"| {name} | {trials:,} | "
    try:
        done = subprocess.run(
            command, timeout=most, check=False, capture_output=True, text=True, encoding="utf-8"
        )
    except subprocess.TimeoutExpired:
        return f"{start}more than {most:.0f} s, the trials before included |" + " |" * 6
    if done.returncode:
        return f"{start}{done.stderr.strip().splitlines()[-1]} |" + " |" * 6
    figures = json.loads(done.stdout.splitlines()[-1])
    rest = figures["all"] - sum(figures[part] for part in PARTS)
    times = [figures["all"], *(figures[part] for part in PARTS), rest]
    cells = [f"{seconds:.3g}" for seconds in times]
    return start + " | ".join([*cells, f"{figures['MB']:.2f}", f"{figures['GB']:.2f}"]) + " |"


if __name__ == "__main__":
    main()
