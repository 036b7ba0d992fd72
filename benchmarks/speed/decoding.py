"""Compare the decoding of image files with Pillow in two processes.

    python -m benchmarks.speed.decoding [--files N] [--side S] [--rounds R] [--formats F …]

N images of S by S pixels in colour are made as TIFF, PNG and JPEG; by default as many as
Histopathologic Cancer Detection has to label. Pillow's rounds divide the files between two
processes that are already running; each opens its files and writes the arrays into one
memory-mapped file. The kit's rounds are whole calls of `read_files`: they also list the folder,
hash every file, and start their second process. Neither waits until the arrays are on the disk.
Rounds of both kinds alternate, and so does which is first, so that other programs slow down both.
What a round has written is deleted before the next one. The median of the ratios counts. The last
column is the peak memory of all processes of the kit together, in a run of its own.
"""

import argparse
import multiprocessing
import os
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from benchmarks.machine import publish
from kaggle_kit.competition.description import Competition, Images, Kind, Labels, Layout, Metric
from kaggle_kit.data.layouts.decoding import Decoding
from kaggle_kit.data.layouts.files import read_files

PROCESSES = 2
SPAWN = multiprocessing.get_context("spawn")
COLUMNS = ("format", "files", "Pillow, images a second", "kit", "ratio", "ratios", "memory in MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=57_458)
    parser.add_argument("--side", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--formats", nargs="+", default=["tif", "png", "jpg"])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:PROCESSES])
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for ending in options.formats:
        with tempfile.TemporaryDirectory() as temporary:
            make_files(Path(temporary) / "test", ending, options.files, options.side)
            rounds = measure(Path(temporary), ending, options.side, options.rounds)
            memory = peak_memory(Path(temporary), ending, options.side)
        lines.append(_line(ending, options.files, rounds, memory))
        print(lines[-1], flush=True)
    publish(lines, options.out)


def make_files(folder: Path, ending: str, count: int, side: int) -> None:
    """Make images as smooth as photographs are."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        coarse = Image.fromarray(rng.integers(0, 256, (12, 12, 3), np.uint8))
        coarse.resize((side, side)).save(folder / f"{number}.{ending}")


def measure(folder: Path, ending: str, side: int, rounds: int) -> list[tuple[float, float]]:
    """The images a second of Pillow and of the kit, round by round."""
    paths = sorted((folder / "test").iterdir())
    paces = []
    with ProcessPoolExecutor(PROCESSES, mp_context=SPAWN) as processes:
        list(processes.map(abs, range(8)))  # they have started
        sides = {
            "Pillow": partial(with_pillow, processes, paths, side, folder / "pillow.npy"),
            "kit": partial(with_kit, folder, ending, side),
        }
        for number in range(rounds + 1):
            order = sorted(sides, reverse=number % 2 == 1)
            pace = {name: len(paths) / _seconds(sides[name], folder) for name in order}
            if number:  # the first round fills the system's file cache
                paces.append((pace["Pillow"], pace["kit"]))
    return paces


def _seconds(decode: Callable[[], None], folder: Path) -> float:
    """The duration of a call that finds no arrays of calls before, in the folder or in memory."""
    for old in folder.glob("*.npy"):
        old.unlink()  # so that the system need not write it to the disk meanwhile
    started = time.perf_counter()
    decode()
    return time.perf_counter() - started


def with_pillow(processes: ProcessPoolExecutor, paths: list[Path], side: int, out: Path) -> None:
    np.lib.format.open_memmap(out, "w+", np.uint8, (len(paths), side, side, 3))
    shares = [range(start, len(paths), PROCESSES) for start in range(PROCESSES)]
    list(processes.map(pillow_share, [paths] * PROCESSES, shares, [out] * PROCESSES))


def pillow_share(paths: list[Path], rows: range, out: Path) -> None:
    arrays = np.load(out, mmap_mode="r+")
    for row in rows:
        arrays[row] = np.asarray(Image.open(paths[row]))


def with_kit(folder: Path, ending: str, side: int) -> None:
    images = Images(Layout.FILES, (side, side), test=f"test/{{id}}.{ending}", channels=3)
    competition = Competition("any", "Any", Kind.PHOTO, Metric.ACCURACY, images, Labels())
    read_files(folder, competition, Decoding(folder / "kit.npy", PROCESSES), labelled=False)


def peak_memory(folder: Path, ending: str, side: int) -> float:
    """The peak memory in MB of a process that reads the files and of its own processes."""
    process = SPAWN.Process(target=with_kit, args=(folder, ending, side))
    process.start()
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(process, peak))
    watcher.start()
    process.join()
    watcher.join()
    return peak[0]


def _watch(process: multiprocessing.process.BaseProcess, peak: list[float]) -> None:
    while process.is_alive():
        peak[0] = max(peak[0], sum(_memory(pid) for pid in _family(process.pid or 0)))
        time.sleep(0.02)


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(int(child) for child in children)]


def _memory(pid: int) -> float:
    try:
        return (
            int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
        )
    except OSError:
        return 0.0


def _line(ending: str, files: int, rounds: list[tuple[float, float]], memory: float) -> str:
    pillow, kit = (median(paces) for paces in zip(*rounds, strict=True))
    ratios = [second / first for first, second in rounds]
    listed = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    return (
        f"| {ending} | {files:,} | {pillow:,.0f} | {kit:,.0f} | {median(ratios):.2f} | {listed} "
        f"| {memory:.0f} |"
    )


if __name__ == "__main__":
    main()
