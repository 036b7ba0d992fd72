"""Compare two worker processes of one thread each with one worker that uses both cores.

    python -m benchmarks.speed.workers [FOLDER] [--rounds N] [--out FILE]

The benchmark uses the kit's own workers and training, on the backend that `KERAS_BACKEND` names.
For each network, rounds of both kinds alternate, so that other programs slow down both. The median
of the ratios counts, and all ratios are listed. A round trains two of ten folds as a search does,
with a tenth of the training rows watched for early stopping. The two folds are trained one after
the other, or side by side. The first round compiles and does not count.
"""

import argparse
import dataclasses
import os
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import publish
from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.data.dataset import ImageSet, load_train
from kaggle_kit.networks.backend import keras
from kaggle_kit.training.executors.base import run_tasks
from kaggle_kit.training.executors.process_pool import make_executor
from kaggle_kit.training.fold_task import FoldTask
from kaggle_kit.training.folds import make_folds
from kaggle_kit.training.train_fold import train_fold

CORES, FOLDS = 2, 10
COLUMNS = (
    *("network", "rows", "epochs", "folds a minute: one worker, two cores"),
    *("two workers, one core each", "ratio", "ratios of the rounds"),
)
COMPETITION = get_competition("digit-recognizer")


@dataclass(frozen=True)
class Case:
    """A network, and how many rows and epochs it is trained for."""

    name: str
    values: dict[str, Any]
    rows: int
    epochs: int


CASES = [
    Case("small: gradients 256", {"hidden_layers": 1, "units": 256}, 42_000, 6),
    Case("default: gradients 512-512", {}, 42_000, 4),
    Case(
        "large: pixels 2048-2048-2048-2048",
        {"view": "pixels", "hidden_layers": 4, "units": 2048},
        12_000,
        2,
    ),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/digit-recognizer"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    digits = load_train(options.folder, COMPETITION)
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    with make_executor(1) as one, make_executor(CORES) as two:
        for case in CASES:
            lines.append(_line(case, list(_rounds((one, two), case, digits, options.rounds))))
            print(lines[-1], flush=True)
    publish([f"Backend: {keras.backend.backend()}", "", *lines], options.out)


def _rounds(
    executors: tuple[Executor, Executor], case: Case, digits: ImageSet, rounds: int
) -> Iterator[tuple[float, float]]:
    """The folds per minute of the two executors, round by round."""
    few = dataclasses.replace(
        digits, images=digits.images[: case.rows], labels=digits.known_labels[: case.rows]
    )
    folds = make_folds(few.known_labels, FOLDS, seed=0)
    tasks = [
        FoldTask(DIGITS, "dense", case.values, fold, case.epochs, seed=fold, patience=case.epochs)
        for fold in range(CORES)
    ]
    for number in range(rounds + 1):
        paces = []
        for executor in executors:
            started = time.perf_counter()
            results = list(
                run_tasks(executor, (partial(train_fold, task, few, folds) for task in tasks))
            )
            paces.append(60 * len(results) / (time.perf_counter() - started))
        if number:
            yield paces[0], paces[1]


def _line(case: Case, rounds: list[tuple[float, float]]) -> str:
    one, two = (median(paces) for paces in zip(*rounds, strict=True))
    ratios = [second / first for first, second in rounds]
    listed = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    return (
        f"| {case.name} | {case.rows:,} | {case.epochs} | {one:.1f} | {two:.1f} "
        f"| {median(ratios):.2f} | {listed} |"
    )


if __name__ == "__main__":
    main()
