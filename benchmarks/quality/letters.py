"""Measure what a support vector machine reaches on the letters, next to a run of the kit.

    python -m benchmarks.quality.letters [--home HOME] [--run NAME] [--out FILE]

The kit draws the sample with fonts, and the font families of the test images do not occur in the
training images. A support vector machine of scikit-learn learns from the raw pixels, another from
the ink alone: lightness, made light on dark. Of several values of C, the one with the best accuracy
out of fold is used. With --run, both learn with the folds of that run (`kaggle-kit download`,
`tune`, `fit` and `submit --dry-run` with `--competition letters`), and its accuracies are in the
table; otherwise with six folds, none of which shares a family with another.
"""

import argparse
import csv
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from sklearn.model_selection import LeaveOneGroupOut, StratifiedGroupKFold, cross_val_predict
from sklearn.svm import SVC

from benchmarks.machine import publish
from kaggle_kit.data.samples.letters import SLUG, SOLUTION, write_letters
from kaggle_kit.evaluation.intervals import binomial_error
from kaggle_kit.evaluation.significance import mcnemar
from kaggle_kit.training.folds import load_folds
from kaggle_kit.workspace.paths import Home, Run

FOLDS = 6
SEED = 0
COSTS = (1, 10, 100)
Array = np.ndarray[Any, np.dtype[Any]]


class Part(NamedTuple):
    """Training or test images, uint8 (n, 32, 32, 3), and what is known of them."""

    ids: list[str]
    images: Array
    labels: Array
    families: list[str]


class Found(NamedTuple):
    """The labels found for the training images, out of fold, and for the test images."""

    name: str
    out_of_fold: Array
    held_out: Array


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        write_letters(Path(folder))
        train, test = (
            read_part(Path(folder), name, table)
            for name, table in (("train", "train.csv"), ("test", SOLUTION))
        )
    run = Home(options.home).run(options.run) if options.run else None
    folds = read_folds(run, train) if run else make_folds(train)
    found = [machine(*view, train, test, folds) for view in VIEWS.items()]
    if run:
        found.append(read_run(run, train, test))
    head = (
        f"{len(train.labels):,} letters of {len(set(train.families))} font families, out of fold, "
        f"and {len(test.labels):,} of held-out families"
    )
    publish(
        [head, "", *TABLE_HEAD, *(line(one, found[-1], train, test, folds) for one in found)],
        options.out,
    )


TABLE_HEAD = (
    "| | out of fold, % ± std over folds | held out, % ± standard error | p against the last row |",
    "|---|---|---|---|",
)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--home", type=Path, default=Path())
    parser.add_argument("--run", help="a run of the kit on the letters")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def read_part(folder: Path, name: str, table: str) -> Part:
    with (folder / table).open(newline="") as file:
        rows = list(csv.DictReader(file))
    ids = [row["id"] for row in rows]
    images = np.stack([np.asarray(Image.open(folder / name / f"{id_}.png")) for id_ in ids])
    labels = np.array([row["letter"] for row in rows])
    return Part(ids, images, labels, [row.get("family", "") for row in rows])


def make_folds(train: Part) -> Array:
    folds = np.empty(len(train.labels), np.int8)
    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    splits = splitter.split(train.images, train.labels, train.families)
    for fold, (_, held_out) in enumerate(splits):
        folds[held_out] = fold
    return folds


def read_folds(run: Run, train: Part) -> Array:
    count = json.loads(run.config.read_text())["folds"]
    return load_folds(run.folds, len(train.labels), count)


def read_run(run: Run, train: Part, test: Part) -> Found:
    """What the run found; SystemExit if it is not about these images."""
    config = json.loads(run.config.read_text())
    with np.load(run.oof) as oof:
        logits, labels = oof["logits"], oof["labels"]
    names = np.unique(train.labels)
    with run.submission.open(newline="") as file:
        answers = {row["id"]: row["letter"] for row in csv.DictReader(file)}
    about = config["competition"] == SLUG and answers.keys() == set(test.ids)
    if not about or not np.array_equal(names[labels], train.labels):
        raise SystemExit(f"{run.folder} is not a run on these letters")
    name = f"kaggle-kit, preset {config['preset']}, family {config['family']}"
    held_out = np.array([answers[id_] for id_ in test.ids])
    return Found(name, names[logits.argmax(axis=1)], held_out)


def machine(
    name: str, view: Callable[[Array], Array], train: Part, test: Part, folds: Array
) -> Found:
    """A support vector machine on one view of the images, with the C that is best out of fold."""
    rows, new = (view(part.images).reshape(len(part.images), -1) for part in (train, test))
    found = {
        cost: cross_val_predict(
            SVC(C=cost), rows, train.labels, groups=folds, cv=LeaveOneGroupOut(), n_jobs=-1
        )
        for cost in COSTS
    }
    cost = max(COSTS, key=lambda cost: np.mean(found[cost] == train.labels))
    held_out = SVC(C=cost).fit(rows, train.labels).predict(new)
    return Found(f"SVC(C={cost}) on {name}", found[cost], held_out)


def _ink(images: Array) -> Array:
    """The lightness against the paper's, which is that of most of the border; 0 to 1."""
    light = images @ np.array([0.299, 0.587, 0.114])
    border = [light[:, 0], light[:, -1], light[:, :, 0], light[:, :, -1]]
    paper = np.median(np.concatenate(border, axis=1), axis=1)
    ink = light - paper[:, None, None]
    sign = np.sign(np.sum(ink**3, axis=(1, 2)))
    ink = (ink * sign[:, None, None]).clip(0)
    scaled: Array = ink / ink.max(axis=(1, 2), keepdims=True)
    return scaled


VIEWS: dict[str, Callable[[Array], Array]] = {
    "raw pixels": lambda images: images / 255,
    "ink": _ink,
}


def line(one: Found, last: Found, train: Part, test: Part, folds: Array) -> str:
    """The row of a table: accuracies, and McNemar's p-value on the held-out images."""
    right = one.out_of_fold == train.labels
    by_fold = [right[folds == fold].mean() for fold in np.unique(folds)]
    held_out, lasts = (found.held_out == test.labels for found in (one, last))
    error = binomial_error(held_out.mean(), len(held_out))
    p = mcnemar(int((lasts & ~held_out).sum()), int((held_out & ~lasts).sum()))
    return (
        f"| {one.name} | {100 * right.mean():.1f} ± {100 * np.std(by_fold):.1f} "
        f"| {100 * held_out.mean():.1f} ± {100 * error:.1f} "
        f"| {'' if one is last else f'{p:.1g}'} |"
    )


if __name__ == "__main__":
    main()
