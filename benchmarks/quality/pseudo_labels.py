"""Measure whether it helps to learn from the unlabelled test images, or from a committee.

    python -m benchmarks.quality.pseudo_labels [FOLDER] [--epochs N] [--seeds N] [--out FILE]

Seed s makes three stratified folds. Networks are trained on two of them. The third stands for the
test set, and only the final score uses its labels. A committee of three postures labels the third
fold. A student, which has the baseline's network, is then trained on the labelled rows and on these
rows. This is pseudo-labelling (Lee, 2013). It is also distillation with hard labels (Hinton,
Vinyals and Dean, 2015), because one network learns the answers of several. One student gets as many
steps as the baseline. Another gets as many epochs, and each of its epochs has half as many steps
again.
"""

import argparse
import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import publish
from kaggle_kit.competition.problem import DIGITS
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.data.dataset import ImageSet, load_train
from kaggle_kit.networks.model import build_model, load_weights, predict_logits
from kaggle_kit.networks.normalisation import POSTURES
from kaggle_kit.system import cores
from kaggle_kit.training.executors.base import run_tasks
from kaggle_kit.training.executors.process_pool import make_executor
from kaggle_kit.training.fold_task import FoldTask
from kaggle_kit.training.folds import Folds, make_folds
from kaggle_kit.training.progress import silent
from kaggle_kit.training.train_fold import train_fold

COMPETITION = get_competition("digit-recognizer")
VALUES: dict[str, Any] = {"view": "gradients"}
HELD_OUT, NONE = 0, 3  # folds are 0, 1, 2; for a student, fold 3 holds one row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("data/digit-recognizer"))
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    digits = load_train(options.folder, COMPETITION)
    jobs = [partial(one_split, digits, options.epochs, seed) for seed in range(options.seeds)]
    with make_executor(cores()) as executor:
        splits = dict(run_tasks(executor, jobs))
    rows = [splits[seed] for seed in range(options.seeds)]
    lines = [
        f"{options.epochs} epochs, {options.seeds} seeds, 14,000 rows scored by each",
        "",
        "| what is trained | mistakes, % | difference to the baseline |",
        "|---|---|---|",
    ]
    for name in rows[0]:
        rates = np.array([row[name] for row in rows])
        difference = rates - np.array([row["baseline"] for row in rows])
        lines.append(
            f"| {name} | {rates.mean():.3f} ± {rates.std(ddof=1):.3f} "
            f"| {difference.mean():+.3f} ± {difference.std(ddof=1):.3f} |"
        )
    publish(lines, options.out)


def one_split(
    digits: ImageSet, epochs: int, seed: int, _: Any = silent
) -> tuple[int, dict[str, float]]:
    """Train all networks of one split.

    Returns
    -------
    (int, dict)
        The seed, and the mistakes on the held-out third in percent, by name of what was trained.
    """
    folds = make_folds(digits.known_labels, 3, seed)
    unlabelled = folds == HELD_OUT
    images, truth = digits.images[unlabelled], digits.known_labels[unlabelled]
    teachers = [_train(digits, folds, epochs, (posture, seed), images) for posture in POSTURES]
    committee = np.mean(teachers, axis=0)
    labels = digits.known_labels.copy()
    labels[unlabelled] = committee.argmax(axis=1)
    taught = dataclasses.replace(digits, labels=labels)
    everything = np.ones_like(folds)
    everything[np.flatnonzero(~unlabelled)[0]] = NONE
    logits = {
        "baseline": teachers[0],
        "committee of three postures": committee,
        "student, as many steps": _train(
            taught, everything, round(epochs * 2 / 3), ("as_is", seed), images
        ),
        "student, as many epochs": _train(taught, everything, epochs, ("as_is", seed), images),
    }
    return seed, {
        name: 100 * float(np.mean(found.argmax(axis=1) != truth)) for name, found in logits.items()
    }


def _train(
    digits: ImageSet,
    folds: Folds,
    epochs: int,
    member: tuple[str, int],
    images: np.ndarray[Any, Any],
) -> np.ndarray[Any, Any]:
    """Train a network on all folds except one, and return its logits for `images`."""
    posture, seed = member
    values = VALUES | {"posture": posture}
    fold = NONE if (folds == NONE).any() else HELD_OUT
    task = FoldTask(DIGITS, "dense", values, fold, epochs, seed, keep_weights=True)
    weights = train_fold(task, digits, folds).weights
    model = build_model("dense", values, DIGITS)
    load_weights(model, weights or b"")
    return predict_logits(model, images)


if __name__ == "__main__":
    main()
