"""Measure what each part of the dense recipe is worth: change one part, train again, compare.

    python -m benchmarks.quality.ablation [FOLDER] [--epochs N] [--seeds N] [--only TEXT …]
                                         [--baseline NAME=VALUE …] [--out FILE]

Seed s makes three stratified folds. Networks are trained on two of them and scored on the third, so
every row of train.csv is scored about once. The baseline is the first point that the search tries.
The baseline and each variant use the same split, and the difference in mistakes is computed split
by split. The test set is not used. Committees and test-time augmentation use the networks that were
trained for the other lines.
"""

import argparse
import contextlib
import itertools
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from benchmarks.machine import publish
from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.data.dataset import ImageSet, load_train
from kaggle_kit.networks.backend import keras_tuner
from kaggle_kit.networks.distortion import Distort, Distortion
from kaggle_kit.networks.families import get_family
from kaggle_kit.networks.model import load_weights, predict_logits
from kaggle_kit.system import cores
from kaggle_kit.training import recipe
from kaggle_kit.training.executors.base import run_tasks
from kaggle_kit.training.executors.process_pool import make_executor
from kaggle_kit.training.fold_task import FoldTask
from kaggle_kit.training.folds import Folds, make_folds
from kaggle_kit.training.optimizers import AdamW
from kaggle_kit.training.train_fold import train_fold

COMPETITION = get_competition("digit-recognizer")
COPIES, STRENGTH = 8, 0.4  # for test-time augmentation
BASELINE = "baseline"
VARIANTS: dict[str, dict[str, Any]] = {
    BASELINE: {},
    "baseline, another seed": {"seed": 1000},
    "view: gradients": {"view": "gradients"},
    "view: pixels": {"view": "pixels"},
    "view: pixels, wider (1024-512)": {"view": "pixels", "units": 1024, "taper": 0.5},
    "posture: as it is": {"posture": "as_is"},
    "posture: enlarged": {"posture": "enlarged"},
    "posture: upright": {"posture": "upright"},
    "posture: upright, sized": {"posture": "upright_sized"},
    "posture: upright, large": {"posture": "upright_large"},
    "no distortion": {"distortion": 0.0},
    "distortion 0.5": {"distortion": 0.5},
    "distortion 1.0": {"distortion": 1.0},
    "1 hidden layer": {"hidden_layers": 1},
    "3 hidden layers": {"hidden_layers": 3},
    "4 hidden layers": {"hidden_layers": 4},
    "256 units": {"units": 256},
    "1024 units": {"units": 1024},
    "no batch normalisation": {"batch_norm": False},
    "dropout 0.1": {"dropout": 0.1},
    "dropout 0.25, 1024 units": {"dropout": 0.25, "units": 1024},
    "no label smoothing": {"label_smoothing": 0.0},
    "label smoothing 0.1": {"label_smoothing": 0.1},
    "Adam": {"optimizer": "adam"},
    "weight decay 0.1": {"weight_decay": 0.1},
    "batch size 128": {"batch_size": 128},
    "batch size 512": {"batch_size": 512},
    "learning rate 1e-3": {"learning_rate": 1e-3},
    "learning rate 6e-3": {"learning_rate": 6e-3},
    "average of weights (EMA 0.999)": {"ema": 0.999},
    "no warm-up, constant rate": {"constant_rate": True},
}
COMMITTEES = {
    "2 seeds": [BASELINE, "baseline, another seed"],
    "2 postures": [BASELINE, "posture: enlarged"],
    "3 postures": [BASELINE, "posture: enlarged", "posture: upright, large"],
    "3 postures and pixels": [
        BASELINE,
        "posture: enlarged",
        "posture: upright, large",
        "view: pixels",
    ],
}
Logits = dict[tuple[str, int], np.ndarray[Any, Any]]


def main() -> None:
    options = _options()
    digits = load_train(options.folder, COMPETITION)
    splits = [make_folds(digits.known_labels, 3, seed) for seed in range(options.seeds)]
    baseline = get_family("dense").known_good(DIGITS)[0] | dict(map(_value, options.baseline))
    names = [n for n in VARIANTS if n == BASELINE or any(text in n for text in options.only)]
    jobs = [
        partial(train, (name, seed), (options.epochs, baseline), digits, splits[seed])
        for name, seed in itertools.product(names, range(options.seeds))
    ]
    logits: Logits = {}
    seconds: dict[str, list[float]] = {}
    with make_executor(cores()) as executor:
        for key, table, spent in run_tasks(executor, jobs):
            logits |= table
            seconds.setdefault(key[0], []).append(spent)
    truth = [digits.known_labels[split == 0] for split in splits]
    lines = [_line(name, logits, truth, seconds.get(name)) for name in _rows(logits)]
    head = (
        f"{options.epochs} epochs, {options.seeds} seeds, {len(truth[0]):,} rows scored by each; "
        f"baseline: {', '.join(f'{name} {value}' for name, value in baseline.items())}"
    )
    publish([head, "", *TABLE_HEAD, *lines], options.out)


TABLE_HEAD = (
    "| change | mistakes, % | difference to the baseline | seconds a network |",
    "|---|---|---|---|",
)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/digit-recognizer"))
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument(
        "--only", nargs="+", default=[""], help="variants whose names contain one of these"
    )
    parser.add_argument(
        "--baseline",
        nargs="+",
        default=[],
        help="hyperparameters that differ from the first point known to be good",
    )
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _value(text: str) -> tuple[str, Any]:
    """The name and the value of a hyperparameter; the value is text if it is not valid JSON."""
    name, _, value = text.partition("=")
    with contextlib.suppress(ValueError):
        return name, json.loads(value)
    return name, value


def train(
    key: tuple[str, int],
    plan: tuple[int, dict[str, Any]],
    digits: ImageSet,
    folds: Folds,
    _: Callable[[Any], None],
) -> tuple[tuple[str, int], Logits, float]:
    """Train one variant in a worker, and return its logits on the held-out rows.

    `plan` holds the number of epochs, and the values by which the baseline differs from the
    defaults of the family.
    """
    name, seed = key
    epochs, baseline = plan
    changes = baseline | VARIANTS[name]
    other, ema, constant = (changes.pop(k, None) for k in ("seed", "ema", "constant_rate"))
    recipe.AdamW = AdamW if ema is None else partial(AdamW, use_ema=True, ema_momentum=ema)
    if constant:
        recipe.AdamW = lambda peak, *_, **rest: recipe.keras.optimizers.AdamW(peak, **rest)
    hp = keras_tuner.HyperParameters()
    hp.values = changes
    get_family("dense").build(hp, DIGITS)
    recipe.Recipe.declare(hp, DIGITS)
    started = time.monotonic()
    task = FoldTask(DIGITS, "dense", hp.values, 0, epochs, seed + (other or 0), keep_weights=True)
    weights = train_fold(task, digits, folds).weights
    spent = time.monotonic() - started
    model = get_family("dense").build(hp, DIGITS)
    load_weights(model, weights or b"")
    images = digits.images[folds == 0]
    tables = {key: predict_logits(model, images)}
    if name == BASELINE:
        tables["test-time augmentation", seed] = _augmented(model, images)
    return key, tables, spent


def _augmented(model: Any, images: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The mean logits over each image and its distorted copies."""
    distort = Distort(Distortion().scaled(STRENGTH), seed=0)
    total = predict_logits(model, images)
    for _ in range(COPIES):
        parts = np.array_split(images, max(1, len(images) // 2000))
        copies = [np.asarray(distort(part, training=True)) for part in parts]
        total = total + predict_logits(model, np.concatenate(copies).round().astype(np.uint8))
    return total / (COPIES + 1)


def _rows(logits: Logits) -> list[str]:
    """Return the names of all lines, and add to `logits` the committees with all members."""
    names = list(dict.fromkeys(name for name, _ in logits))
    seeds = sorted({seed for _, seed in logits})
    for title, members in COMMITTEES.items():
        if set(members) <= set(names):
            for seed in seeds:
                parts = [logits[member, seed] for member in members]
                logits[f"{title}, mean of logits", seed] = np.mean(parts, axis=0)
                probabilities = [softmax(part, axis=1) for part in parts]
                logits[f"{title}, mean of probabilities", seed] = np.mean(probabilities, axis=0)
    order = [*VARIANTS, *dict.fromkeys(name for name, _ in logits)]
    return [name for name in dict.fromkeys(order) if (name, seeds[0]) in logits]


def _line(
    name: str, logits: Logits, truth: list[np.ndarray[Any, Any]], seconds: list[float] | None
) -> str:
    rates = [_mistakes(logits[name, seed], labels) for seed, labels in enumerate(truth)]
    base = [_mistakes(logits[BASELINE, seed], labels) for seed, labels in enumerate(truth)]
    difference = np.subtract(rates, base)
    spent = f"{np.mean(seconds):.0f}" if seconds else ""
    return (
        f"| {name} | {np.mean(rates):.3f} ± {np.std(rates, ddof=1):.3f} "
        f"| {np.mean(difference):+.3f} ± {np.std(difference, ddof=1):.3f} | {spent} |"
    )


def _mistakes(logits: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> float:
    return 100 * float(np.mean(logits.argmax(axis=1) != labels))


if __name__ == "__main__":
    main()
