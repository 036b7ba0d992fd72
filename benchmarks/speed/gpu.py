"""Measure what an accelerator gains by training folds as one program instead of one by one.

    python -m benchmarks.speed.gpu [FOLDER] [--rows N] [--epochs N] [--together 5 10 30]
                                    [--out FILE]

The table gives folds per minute. The time runs from the untrained network to the scored fold,
tracing included. The program itself was compiled in an earlier run, which does not count.
Utilisation is the mean of the values that nvidia-smi reports five times a second. It is the share
of the time in which any kernel ran, so it shows an idle GPU, but not a full one. Therefore the
power in watts is given, too. Without nvidia-smi, both are left out.
"""

import argparse
import contextlib
import dataclasses
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import publish
from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.data.dataset import ImageSet, load_train
from kaggle_kit.networks.backend import has_accelerator
from kaggle_kit.training.executors.device_batch import train_folds
from kaggle_kit.training.fold_task import FoldTask
from kaggle_kit.training.folds import Folds, make_folds
from kaggle_kit.training.train_fold import train_fold

FOLDS, ALONE = 10, 3
COMPETITION = get_competition("digit-recognizer")
COLUMNS = ("network", "trained", "folds a minute", "times one by one", "utilisation, %", "W")
NETWORKS: dict[str, dict[str, Any]] = {
    "default: gradients 512-512": {},
    "large: pixels 2048-2048-2048-2048": {"view": "pixels", "hidden_layers": 4, "units": 2048},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/digit-recognizer"))
    parser.add_argument("--rows", type=int, default=42_000)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--together", type=int, nargs="+", default=[5, 10, 30])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    digits = load_train(options.folder, COMPETITION)
    digits = dataclasses.replace(
        digits, images=digits.images[: options.rows], labels=digits.known_labels[: options.rows]
    )
    folds = make_folds(digits.known_labels, FOLDS, seed=0)
    lines = [
        f"Accelerator: {_card() or ('not known' if has_accelerator() else 'none, JAX on the CPU')}",
        "",
        f"| {' | '.join(COLUMNS)} |",
        "|---" * len(COLUMNS) + "|",
    ]
    for name, values in NETWORKS.items():
        for line in _lines(name, _tasks(values, options), (digits, folds)):
            lines.append(line)
            print(line, flush=True)
    publish(lines, options.out)


def _tasks(values: dict[str, Any], options: argparse.Namespace) -> list[list[FoldTask]]:
    """The tasks to train one by one, and then each group of tasks to train together."""
    return [
        [
            FoldTask(DIGITS, "dense", values, number % FOLDS, options.epochs, seed=number)
            for number in range(count)
        ]
        for count in (ALONE, *options.together)
    ]


def _lines(name: str, tasks: list[list[FoldTask]], data: tuple[ImageSet, Folds]) -> Iterator[str]:
    alone, *together = tasks
    pace, busy = _pace(alone, lambda: [train_fold(task, *data) for task in alone])
    yield f"| {name} | one by one | {pace:.1f} | 1 | {busy} |"
    for some in together:
        faster, busy = _pace(some, lambda some=some: train_folds(some, *data))
        yield f"| {name} | {len(some)} together | {faster:.1f} | {faster / pace:.1f} | {busy} |"


def _pace(tasks: list[FoldTask], train: Callable[[], Any]) -> tuple[float, str]:
    train()
    with _watched() as samples:
        started = time.perf_counter()
        train()
        seconds = time.perf_counter() - started
    busy = [f"{value:.0f}" for value in np.mean(samples, axis=0)] if samples else ["", ""]
    return 60 * len(tasks) / seconds, " | ".join(busy)


def _card() -> str:
    try:
        return _nvidia_smi("name,memory.total").strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _nvidia_smi(what: str) -> str:
    command = ["nvidia-smi", f"--query-gpu={what}", "--format=csv,noheader"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@contextlib.contextmanager
def _watched() -> Iterator[list[list[float]]]:
    """Measure utilisation (%) and power (W) five times a second; the list is filled at the end."""
    samples: list[list[float]] = []
    if not _card():
        yield samples
        return
    what = "--query-gpu=utilization.gpu,power.draw"
    command = ["nvidia-smi", what, "--format=csv,noheader,nounits", "--loop-ms=200"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield samples
        process.terminate()
        out, _ = process.communicate()
    for line in out.splitlines():
        with contextlib.suppress(ValueError):  # the last line may be cut off
            samples.append([float(cell) for cell in line.split(",")])


if __name__ == "__main__":
    main()
