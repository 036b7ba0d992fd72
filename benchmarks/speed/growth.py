"""Measure how time and memory grow with the number of rows: load, tune, fit, predict.

    python -m benchmarks.speed.growth [FOLDER] [--shares 0.1 0.25 0.5 1] [--stream ROWS]
                                       [--out FILE]

Each figure comes from its own process: the wall time without imports, and the peak memory. tune is
one trial of two folds and two epochs. fit is one network of two epochs and its scoring. Both train
in their own process, without workers. predict is one network on the same number of images. --stream
labels ROWS images, and a tenth of them, block by block, and shows that the memory does not grow.
The blocks repeat the rows of train.csv. The slope is the slope of log time over log rows: 1 means
linear.
"""

import argparse
import itertools
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.machine import publish

STAGES = ("load", "tune", "fit", "predict")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/digit-recognizer"))
    parser.add_argument("--shares", type=float, nargs="+", default=[0.1, 0.25, 0.5, 1.0])
    parser.add_argument("--stream", type=int, default=0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one[0], Path(options.one[1]))))
        return
    lines = list(_table(options.folder / "train.csv", options.shares))
    if options.stream:
        lines += list(_streams(options.folder / "train.csv", options.stream))
    publish(lines, options.out)


def _table(train: Path, shares: list[float]) -> list[str]:
    header, *rows = train.read_text().splitlines(keepends=True)
    lines = ["| rows | " + " | ".join(f"{s}, s | {s}, GB" for s in STAGES) + " |"]
    lines.append("|---" * (1 + 2 * len(STAGES)) + "|")
    seconds: dict[str, list[float]] = {stage: [] for stage in STAGES}
    counts = [round(len(rows) * share) for share in shares]
    for count in counts:
        cells = []
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "train.csv").write_text(header + "".join(rows[:count]))
            for stage in STAGES:
                spent, memory = _in_a_process(stage, Path(folder))
                seconds[stage].append(spent)
                cells.append(f"{spent:.2f} | {memory:.2f}")
        lines.append(f"| {count:,} | " + " | ".join(cells) + " |")
    slopes = [np.polyfit(np.log(counts), np.log(seconds[stage]), 1)[0] for stage in STAGES]
    return [*lines, "| slope | " + " | ".join(f"{slope:.2f} |" for slope in slopes) + " |"]


def _streams(train: Path, most: int) -> list[str]:
    lines = ["", "| images labelled as a stream | s | GB at most |", "|---|---|---|"]
    for count in (most // 10, most):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "count").write_text(f"{count} {train.resolve().parent}")
            spent, memory = _in_a_process("stream", Path(folder))
        lines.append(f"| {count:,} | {spent:.1f} | {memory:.2f} |")
    return lines


def _in_a_process(stage: str, folder: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", __spec__.name, "--one", stage, str(folder)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    spent, memory = json.loads(output.splitlines()[-1])
    return spent, memory


def measure(stage: str, folder: Path) -> tuple[float, float]:
    """The seconds of a stage on the train.csv in `folder`, and its peak memory in GB."""
    from kaggle_kit.competition.problem import DIGITS
    from kaggle_kit.competition.registry import get_competition
    from kaggle_kit.data.dataset import load_train
    from kaggle_kit.networks.model import build_model, predict_logits
    from kaggle_kit.search.cv_search import CrossValSearch
    from kaggle_kit.search.presets import SearchPlan
    from kaggle_kit.training.executors.base import InlineExecutor
    from kaggle_kit.training.fold_task import FoldTask
    from kaggle_kit.training.folds import make_folds
    from kaggle_kit.training.task_data import TaskData
    from kaggle_kit.training.train_fold import train_fold
    from kaggle_kit.workspace.paths import Run

    competition = get_competition("digit-recognizer")
    if stage == "stream":
        return _stream(folder)
    if stage == "load":
        started = time.perf_counter()
        load_train(folder, competition)
        return time.perf_counter() - started, _memory()
    digits = load_train(folder, competition)
    folds = make_folds(digits.known_labels, 2, seed=0)
    values = {"view": "gradients", "posture": "as_is"}
    if stage == "predict":
        model = build_model("dense", values, DIGITS)
        predict_logits(model, digits.images[:1])  # compiles
        started = time.perf_counter()
        predict_logits(model, digits.images)
    elif stage == "fit":
        started = time.perf_counter()
        task = FoldTask(DIGITS, "dense", values, 0, 2, 0, keep_weights=True)
        train_fold(task, digits, folds)
    else:
        plan = SearchPlan(trials=1, folds=2, epochs=2, time_budget=1e9)
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as run:
            data = TaskData(digits, folds, competition)
            CrossValSearch(plan, Run(Path(run)), data, InlineExecutor(), lambda _: None).run()
    return time.perf_counter() - started, _memory()


def _stream(folder: Path) -> tuple[float, float]:
    from kaggle_kit.competition.problem import DIGITS
    from kaggle_kit.competition.registry import get_competition
    from kaggle_kit.data.dataset import load_train
    from kaggle_kit.ensemble.ensemble import Ensemble
    from kaggle_kit.networks.model import build_model

    count, data = (folder / "count").read_text().split(" ", 1)
    competition = get_competition("digit-recognizer")
    images = load_train(Path(data), competition).images
    model = build_model("dense", {"view": "gradients", "posture": "as_is"}, DIGITS)
    whole, rest = divmod(int(count), len(images))
    blocks = itertools.chain(itertools.repeat(images, whole), [images[:rest]] if rest else [])
    started = time.perf_counter()
    ensemble = Ensemble([[model]])
    labelled = sum(len(ensemble.logits(block)) for block in blocks)
    if labelled != int(count):
        raise RuntimeError(f"{labelled} of {count} images labelled")
    return time.perf_counter() - started, _memory()


def _memory() -> float:
    """The peak memory of this process, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
