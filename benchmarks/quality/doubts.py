"""Measure how often the kit doubts its answer to letters and signs, and to digits.

    python -m benchmarks.quality.doubts [HOME] [--run NAME] [--rows 4000] [--each 2] [--seed 0]
                                        [--tuned] [--out FILE]

Letters and signs that are no digits are drawn and read as uploaded pictures. The price is the
share of digits that are doubted: rows of train.csv, each judged by the networks of the fold that
held it out, as they are and drawn on a larger canvas. The detector of novelty is fitted to all
other rows. Signs, fonts and drawn letters are those that served to tune nothing; with --tuned, the
others. The test set is not used.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import publish
from benchmarks.quality.pictures import COMPETITION, DRAWN, send
from benchmarks.quality.signs import odd_pictures
from kaggle_kit.data.dataset import load_train
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.predictor import Predictor
from kaggle_kit.errors import InputError
from kaggle_kit.evaluation.novelty import NoveltyDetector
from kaggle_kit.explainer.doubts import of_the_answer, of_the_image
from kaggle_kit.explainer.pictures import read_picture
from kaggle_kit.explainer.preprocessing import prepare
from kaggle_kit.explainer.reader import settings
from kaggle_kit.training.folds import load_folds
from kaggle_kit.workspace.paths import Home

Images = np.ndarray[Any, np.dtype[np.uint8]]
Logits = np.ndarray[Any, np.dtype[np.float32]]
CANVAS = "280x280, black on white"


def main() -> None:
    options = _options()
    home = Home(options.home)
    digits = load_train(home.data(COMPETITION.slug), COMPETITION)
    run = home.run(options.run)
    networks = Predictor.of(Ensemble.load(run), COMPETITION.image_shape)
    folds = load_folds(run.folds, len(digits.images), networks.folds)
    rng = np.random.default_rng(options.seed)
    rows = rng.choice(len(digits.images), options.rows, replace=False)
    others = np.setdiff1d(np.arange(len(digits.images)), rows)
    judge = Judge(
        NoveltyDetector.of(digits.images[others], digits.known_labels[others], 10), settings(run)
    )
    lines = []
    drawn, _, _ = send(digits.images[rows], DRAWN[CANVAS], _prepared, options.seed)
    for name, images in (("rows as they are", digits.images[rows]), (f"rows, {CANVAS}", drawn)):
        logits = networks.out_of_fold_logits(images, folds[rows])
        lines.append(judge.line(name, images, logits[:, None], 0))
    kinds: dict[str, list[Images]] = {}
    refused: dict[str, int] = {}
    for odd in odd_pictures(options.each, rng, held_out=not options.tuned):
        try:
            kinds.setdefault(odd.kind, []).append(prepare(odd.picture, COMPETITION.image_shape))
        except InputError:
            refused[odd.kind] = refused.get(odd.kind, 0) + 1
    for kind, found in kinds.items():
        images = np.stack(found)
        lines.append(judge.line(kind, images, networks.fold_logits(images), refused.get(kind, 0)))
    head = "Pictures with a doubt, or refused; digits are judged by one fold, without a vote"
    publish([head, "", *TABLE_HEAD, *lines], options.out)


TABLE_HEAD = (
    "| pictures | number | doubted or refused, % | refused | unlike the digit that was read, % |",
    "|---|---|---|---|---|",
)


class Judge:
    """Finds the doubts about images, as the page does."""

    def __init__(self, familiar: NoveltyDetector, found: dict[str, float]) -> None:
        self._familiar, self._settings = familiar, found

    def line(self, name: str, images: Images, fold_logits: Logits, refused: int) -> str:
        """A line of the table; `fold_logits` has the shape (n, folds, classes)."""
        doubts, strange = 0, 0
        for image, logits in zip(images, fold_logits, strict=True):
            label = int(logits.mean(axis=0).argmax())
            of_answer = of_the_answer(
                logits, self._settings["temperature"], self._settings["least_probability"]
            )
            strange += not self._familiar.knows(image, label)
            doubts += any([*of_the_image(image, label, self._familiar), *of_answer])
        number = len(images) + refused
        return (
            f"| {name} | {number:,} | {100 * (doubts + refused) / number:.1f} | {refused} "
            f"| {100 * strange / len(images):.1f} |"
        )


def _prepared(content: bytes) -> Images:
    return prepare(read_picture(content), COMPETITION.image_shape)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("home", nargs="?", type=Path, default=Path())
    parser.add_argument("--run", default="default")
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tuned", action="store_true", help="the half that served to tune")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
