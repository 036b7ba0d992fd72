"""Measure the accuracy of a preset, and its time from the CSVs to submission.csv.

    python -m benchmarks.quality.presets quick --from digit-recognizer.zip --seeds 5
    python -m benchmarks.quality.presets quick --from digit-recognizer.zip --seeds 5 --holdout
    python -m benchmarks.quality.presets standard --family cnn --from digit-recognizer.zip

The first command runs `kaggle-kit download`, and then `tune` and `submit --dry-run` once per seed,
as a user would. It writes to benchmarks/results/<preset>/: the submission, config.json, trials.csv
and the log of times of the first seed, and summary.md with the out-of-fold accuracy of all seeds.
Of another family than dense, the folder is benchmarks/results/<family>-<preset>/.
With --holdout, each seed holds out a sixth of the training rows, which is hidden from search and
training. The preset runs on the other rows, and the accuracy on the sixth is written to holdout.md.
Runs are kept in --home, so an interrupted run is resumed.
"""

import argparse
import dataclasses
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from benchmarks.machine import footer

RESULTS = Path(__file__).parents[1] / "results"


@dataclasses.dataclass(frozen=True)
class Case:
    """What is measured."""

    preset: str
    family: str

    @property
    def name(self) -> str:
        return self.preset if self.family == "dense" else f"{self.family}-{self.preset}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("preset")
    parser.add_argument("--family", default="dense")
    parser.add_argument("--from", dest="source", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--holdout", action="store_true")
    parser.add_argument("--home", type=Path, default=Path("benchmark-runs"))
    options = parser.parse_args()
    home = options.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    _kit(home, "download", "--from", str(options.source.resolve()))
    one = _holdout if options.holdout else _whole
    case = Case(options.preset, options.family)
    figures = [one(case, seed, home) for seed in range(options.seeds)]
    accuracies = [accuracy for accuracy, _ in figures]
    what = "holdout" if options.holdout else "out-of-fold"
    lines = [
        f"# {case.name}: {what} accuracy",
        "",
        "| seed | accuracy | wall time, s |",
        "|---|---|---|",
        *(f"| {seed} | {a:.5f} | {s:.0f} |" for seed, (a, s) in enumerate(figures)),
    ]
    if len(figures) > 1:
        spread = f"{np.mean(accuracies):.5f} ± {np.std(accuracies, ddof=1):.5f}"
        lines.append(f"| mean ± std | {spread} | {np.mean([s for _, s in figures]):.0f} |")
    lines += [
        "",
        footer(),
    ]
    folder = RESULTS / case.name
    folder.mkdir(parents=True, exist_ok=True)
    name = "holdout.md" if options.holdout else "summary.md"
    (folder / name).write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def _kit(home: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "kaggle_kit", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=home).stdout


def _whole(case: Case, seed: int, home: Path) -> tuple[float, float]:
    """Run the preset with the command, and return out-of-fold accuracy and wall time in seconds."""
    from kaggle_kit.workspace.fit_status import load_evaluation
    from kaggle_kit.workspace.paths import Home

    name = f"{case.name}-{seed}"
    plan = ("--preset", case.preset, "--family", case.family, "--seed", str(seed))
    log = home / f"{name}.times.log"
    with log.open("a") as file:
        for arguments in (
            ("tune", *plan),
            ("submit", "--dry-run"),
        ):
            started = time.monotonic()
            output = _kit(home, *arguments, "--run", name)
            spent = time.monotonic() - started
            file.write(f"$ kaggle-kit {' '.join(arguments)}\n{output}{spent:.1f} s\n\n")
            file.flush()
    seconds = sum(float(line[:-2]) for line in log.read_text().splitlines() if _is_time(line))
    run = Home(home).run(name)
    if seed == 0:
        folder = RESULTS / case.name
        folder.mkdir(parents=True, exist_ok=True)
        for file_made in (run.submission, run.config, run.trials, run.best):
            shutil.copy(file_made, folder)
        shutil.copy(log, folder / "times.log")
    return load_evaluation(run).accuracy, seconds


def _is_time(line: str) -> bool:
    return line.endswith(" s") and line[:-2].replace(".", "", 1).isdigit()


def _holdout(case: Case, seed: int, home: Path) -> tuple[float, float]:
    """Run the preset without a sixth of the training rows.

    Returns
    -------
    (float, float)
        The accuracy on this sixth, and the wall time in seconds.
    """
    from kaggle_kit.competition.registry import get_competition
    from kaggle_kit.data.dataset import load_train
    from kaggle_kit.ensemble.fit import Fit
    from kaggle_kit.search.cv_search import CrossValSearch
    from kaggle_kit.search.presets import plan_of
    from kaggle_kit.system import cores
    from kaggle_kit.training.executors.process_pool import make_executor
    from kaggle_kit.training.folds import make_folds, save_folds
    from kaggle_kit.training.task_data import TaskData
    from kaggle_kit.workspace.paths import Home
    from kaggle_kit.workspace.storage import read_arrays

    competition = get_competition("digit-recognizer")
    digits = load_train(home / "data" / competition.slug, competition)
    labels = digits.known_labels
    kept, aside = train_test_split(
        np.arange(len(labels)), test_size=1 / 6, random_state=seed, stratify=labels
    )
    shown = dataclasses.replace(digits, images=digits.images[kept], labels=labels[kept])
    hidden = dataclasses.replace(digits, images=digits.images[aside], labels=None)
    plan = dataclasses.replace(plan_of(case.preset, case.family), seed=seed)
    folds = make_folds(shown.known_labels, plan.folds, plan.seed)
    data = TaskData(shown, folds, competition)
    run = Home(home).run(f"{case.name}-holdout-{seed}")
    run.folder.mkdir(parents=True, exist_ok=True)
    save_folds(run.folds, folds)
    started = time.monotonic()
    with make_executor(cores()) as executor:
        if not run.best.exists():
            search = CrossValSearch(plan, run, data, executor, lambda _: None)
            search.best(search.run()).write(run.best)
        Fit(run, data, executor, lambda _: None).run(hidden)
    seconds = time.monotonic() - started
    predicted = read_arrays(run.test, "logits")["logits"].argmax(axis=1)
    return float(np.mean(predicted == labels[aside])), seconds


if __name__ == "__main__":
    main()
