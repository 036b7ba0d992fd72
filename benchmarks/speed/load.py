"""Measure the time to load train.csv: with the kit, the first and the next time, and pandas.

    python -m benchmarks.speed.load [FOLDER] [--repeats N]

FOLDER holds train.csv (default: data/digit-recognizer); nothing is written to it. Each load runs in
its own process, which has finished its imports before the clock starts. All ways of loading take
turns, so that a busy machine slows them equally. Each figure is the best and the median of N turns.
The first load parses and checks everything, computes the SHA-256 and writes the cache. pandas only
parses.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pandas as pd
import pyarrow.csv  # noqa: F401  otherwise pandas would import it while the clock runs

from kaggle_kit.competition.registry import get_competition
from kaggle_kit.data.dataset import load_train

COMPETITION = get_competition("digit-recognizer")
WAYS = {
    "kit, first load": lambda home: load_train(home, COMPETITION),
    "kit, next load": lambda home: load_train(home, COMPETITION),
    "kit, next load, all pixels read": lambda home: load_train(home, COMPETITION).images.max(),
    "pandas c, uint8": lambda home: pd.read_csv(home / "train.csv", engine="c", dtype="uint8"),
    "pandas pyarrow, uint8": lambda home: pd.read_csv(
        home / "train.csv", engine="pyarrow", dtype="uint8"
    ),
    "pandas pyarrow": lambda home: pd.read_csv(home / "train.csv", engine="pyarrow"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/digit-recognizer"))
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()

    seconds = measure((options.folder / "train.csv").resolve(), options.repeats)
    print(f"{os.cpu_count()} cores, pandas {pd.__version__}, {options.repeats} repeats")
    for name, times in seconds.items():
        print(f"{name:32} best {min(times):.4f} s, median {statistics.median(times):.4f} s")
    for what, of in (("best", min), ("median", statistics.median)):
        figure = {name: of(times) for name, times in seconds.items()}
        first = figure["kit, first load"]
        pandas = min(value for name, value in figure.items() if name.startswith("pandas"))
        print(f"{what}: first load / fastest pandas: {first / pandas:.2f}")
        for name in ("kit, next load", "kit, next load, all pixels read"):
            print(f"{what}: first load / {name}: {first / figure[name]:.0f}")


def measure(csv: Path, repeats: int) -> dict[str, list[float]]:
    """The seconds of each turn, by way of loading."""
    csv.read_bytes()  # otherwise the first load would wait for the disk
    seconds: dict[str, list[float]] = {name: [] for name in WAYS}
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as processes:
        for _ in range(repeats):
            with tempfile.TemporaryDirectory() as temporary:
                (Path(temporary) / "train.csv").symlink_to(csv)
                for name in WAYS:
                    seconds[name].append(processes.submit(turn, name, temporary).result())
    return seconds


def turn(name: str, folder: str) -> float:
    start = time.perf_counter()
    WAYS[name](Path(folder))
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
