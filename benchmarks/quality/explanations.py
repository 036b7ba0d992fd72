"""Measure how accurate the explanations are, how long they take, and compare other methods.

    python -m benchmarks.quality.explanations [HOME] [--run NAME] [--images 20] [--reference 1000]
                                             [--out FILE]

The true values are estimated over all networks from --reference random orders of the ink. The
explanations use other orders. The table compares explanations of test images with the true values
(cosine over all classes and pixels), and gives the best of three times. Its first lines use numbers
of orders around the number in use. Its last line uses orders that all networks share, with the same
number of evaluations. Run it under `taskset -c 0` for the time on one core.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.machine import publish
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.data.dataset import load_test
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.predictor import Predictor
from kaggle_kit.evaluation.shapley import ORDERS, ShapleyExplainer
from kaggle_kit.workspace.paths import Home

COMPETITION = get_competition("digit-recognizer")
HEAD = ["cosine, mean", "cosine, least", "gap, most", "s an image, mean", "s, most"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("home", nargs="?", type=Path, default=Path())
    parser.add_argument("--run", default="default")
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--reference", type=int, default=1000)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    home = Home(options.home)
    images = load_test(home.data(COMPETITION.slug), COMPETITION).images[: options.images]
    ensemble = Ensemble.load(home.run(options.run), COMPETITION)
    predictor = Predictor(ensemble.committees, COMPETITION.image_shape)
    networks = predictor.rounded_networks
    truth = ShapleyExplainer(predictor.networks, orders=options.reference, seed=10_000)(
        images
    ).values
    ShapleyExplainer(networks, predictor.logits)(images[:1])  # compiles
    about = f"{len(networks)} networks, {len(images)} test images; {ORDERS} orders are in use"
    lines = [
        f"{about}, {options.reference:,} are the reference",
        "",
        "| orders | " + " | ".join(HEAD) + " |",
        "|---" * (1 + len(HEAD)) + "|",
    ]
    lines += [
        _row(
            f"{orders}", ShapleyExplainer(networks, predictor.logits, orders=orders), images, truth
        )
        for orders in (ORDERS // 2, ORDERS, 2 * ORDERS)
    ]
    exact = ShapleyExplainer(predictor.networks)
    lines.append(_row(f"{ORDERS}, products of float32", exact, images, truth))
    shared = ShapleyExplainer([predictor.logits], orders=-(-ORDERS // len(networks)))
    lines.append(_row(f"{ORDERS}, shared by all networks, float32", shared, images, truth))
    publish(lines, options.out)


def _row(
    name: str, explainer: ShapleyExplainer, images: NDArray[np.uint8], truth: NDArray[np.float32]
) -> str:
    cosines, seconds, gaps = [], [], []
    for image, true in zip(images, truth, strict=True):
        spent = []
        for _ in range(3):
            started = time.perf_counter()
            found = explainer(image[None])
            spent.append(time.perf_counter() - started)
        seconds.append(min(spent))
        gaps.append(float(found.gap[0]))
        cosines.append(_cosine(found.values[0].ravel(), true.ravel()))
    figures = (np.mean(cosines), np.min(cosines), np.max(gaps), np.mean(seconds), np.max(seconds))
    return (
        f"| {name} | {figures[0]:.3f} | {figures[1]:.3f} | {figures[2]:.0e} | {figures[3]:.2f} "
        f"| {figures[4]:.2f} |"
    )


def _cosine(left: NDArray[np.float32], right: NDArray[np.float32]) -> float:
    return float(left @ right / (np.linalg.norm(left) * np.linalg.norm(right)))


if __name__ == "__main__":
    main()
