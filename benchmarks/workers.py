"""What two worker processes of one thread each are worth, against one that uses both cores.

    python benchmarks/workers.py [FOLDER] [--rows N] [--epochs N] [--rounds N] [--out FILE]

The kit's own workers and training; for each network, rounds of the one and the other alternate in
one process, so that what else the machine does hits both. A round trains two folds (one after the
other, or side by side) from the first epoch to the scored fold; compiling is over before the first
of them, and each table gives all rounds, in the order in which they ran.
"""

import argparse
import os
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from machine import footer

from kaggle_kit.competition import get_competition
from kaggle_kit.data import load_train
from kaggle_kit.executor import run_tasks
from kaggle_kit.folds import make_folds
from kaggle_kit.training import FoldTask, train_fold
from kaggle_kit.workers import WorkerPool, make_executor

NETWORKS: dict[str, dict[str, Any]] = {
    "small: gradients 256": {"hidden_layers": 1, "units": 256},
    "default: gradients 512-512": {},
    "large: pixels 2048-2048-2048-2048": {"view": "pixels", "hidden_layers": 4, "units": 2048},
}
CORES = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/digit-recognizer"))
    parser.add_argument("--rows", type=int, default=12_000)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    digits = load_train(options.folder, get_competition("digit-recognizer"))
    digits = digits.first(options.rows)
    lines = [
        f"{len(digits.images):,} rows, two thirds of them trained on, {options.epochs} epochs a fold",
        "",
        "| network | folds a minute: one worker, two cores | two workers, a core each | ratio |",
        "|---|---|---|---|",
    ]
    with make_executor(1) as one, WorkerPool(CORES) as two:
        for name, changes in NETWORKS.items():
            task = (digits, changes, options.epochs)
            lines.append(_line(name, list(_rounds((one, two), task, options.rounds))))
            print(lines[-1], flush=True)
    text = "\n".join([*lines, "", footer()]) + "\n"
    print(text)
    if options.out:
        options.out.write_text(text)
