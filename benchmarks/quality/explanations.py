"""Measure how accurate the explanations are, and how long they take, for the networks of some runs.

    python -m benchmarks.quality.explanations [HOME] [--run NAME ...] [--images 20]
                                             [--reference 150] [--orders N ...] [--seed 0]
                                             [--out FILE]

Of each run, the networks that did not train on the first fold are explained: each member of the
committee alone, then the committee. The images are random training images of this fold. The true
values are estimated from --reference random orders of the ink. The explanations use other orders,
as many as they need; --orders adds lines for fixed numbers of orders. The table gives the cosine of
explanation and true values over all classes and pixels, divided by the expected cosine of the
reference and the true values, because the reference is noisy too. Next to it is the cosine that the
explanations themselves expect. Run it under `taskset -c 0` for the time on one core.

To cover the postures of a view, fit a best.json with one member for each posture.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import publish
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.data.dataset import load_train
from kaggle_kit.ensemble.ensemble import load_committee
from kaggle_kit.ensemble.predictor import Predictor
from kaggle_kit.evaluation.shapley import Explanation, ShapleyExplainer
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.paths import Home, Run
from kaggle_kit.workspace.storage import read_arrays

COMPETITION = get_competition("digit-recognizer")
FOLD = 0
HEAD = ["view", "posture", "orders, mean", "most", "cosine, mean", "least", "expected, mean"]
HEAD += ["s an image, mean", "most"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("home", nargs="?", type=Path, default=Path())
    parser.add_argument("--run", nargs="+", default=["default"])
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--reference", type=int, default=150)
    parser.add_argument("--orders", type=int, nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    home = Home(options.home)
    train = load_train(home.data(COMPETITION.slug), COMPETITION).images
    images = f"{options.images} training images (seed {options.seed}), not used in training"
    lines = [
        f"{images}; {options.reference} orders are the reference",
        "",
        "| " + " | ".join(HEAD) + " |",
        "|---" * len(HEAD) + "|",
    ]
    for name in options.run:
        run = home.run(name)
        held_out = np.flatnonzero(read_arrays(run.oof, "fold")["fold"] == FOLD)
        chosen = np.random.default_rng(options.seed).choice(held_out, options.images, replace=False)
        for view, posture, predictor in _networks(run):
            print(f"{name}: {view}, {posture} ...", flush=True)
            reference = ShapleyExplainer(predictor.networks, orders=options.reference, seed=10_000)(
                train[chosen]
            )
            for orders in (None, *options.orders):
                explainer = ShapleyExplainer(
                    predictor.rounded_networks, predictor.logits, orders=orders
                )
                lines.append(f"| {view} | {posture} {_row(explainer, train[chosen], reference)}")
    publish(lines, options.out)


def _networks(run: Run) -> Iterator[tuple[str, str, Predictor]]:
    """View, posture and predictor of each member of the committee, and of the committee."""
    best = Best.read(run.best)
    committee = load_committee(run, FOLD)
    values: list[dict[str, Any]] = [best.values_of(number) for number in range(len(committee))]
    for own, network in zip(values, committee, strict=True):
        yield own["view"], own["posture"], Predictor([[network]], COMPETITION.image_shape)
    if len(committee) > 1:
        views = ", ".join(dict.fromkeys(own["view"] for own in values))
        whole = Predictor([committee], COMPETITION.image_shape)
        yield views, f"all {len(committee)}", whole


def _row(explainer: ShapleyExplainer, images: NDArray[np.uint8], reference: Explanation) -> str:
    explainer(images[:1])  # compiles
    cosines, seconds, found = [], [], []
    for image, true, closeness in zip(images, reference.values, reference.cosine, strict=True):
        started = time.perf_counter()
        found.append(explainer(image[None]))
        seconds.append(time.perf_counter() - started)
        cosines.append(_cosine(found[-1].values[0].ravel(), true.ravel()) / closeness)
    orders = [int(each.orders[0]) for each in found]
    expected = np.mean([each.cosine[0] for each in found])
    return (
        f"| {np.mean(orders):.0f} | {max(orders)} | {np.mean(cosines):.3f} | {min(cosines):.3f} "
        f"| {expected:.3f} | {np.mean(seconds):.2f} | {max(seconds):.2f} |"
    )


def _cosine(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    return float(left @ right / (np.linalg.norm(left) * np.linalg.norm(right)))


if __name__ == "__main__":
    main()
