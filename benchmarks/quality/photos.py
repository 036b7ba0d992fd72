"""Measure what the kit reaches on photographs that are made here, next to support vector machines.

    python -m benchmarks.quality.photos [--seeds N] [--rows N] [--epochs N] [--out FILE]

Every image has 32 x 32 pixels in colour and shows one thing of eight classes: a disc, a ring, a
square, a triangle, a cross, a striped disc, a dotted disc, or two small discs. Its colours, its
place, size and turn are drawn at random; the background is a gradient with soft spots of other
colours; the light has a direction, a strength and a tint; noise is added. So neither a colour nor a
pixel tells the class. Half of the rows are for training, the others for scoring alone.

The kit's dense network has the default hyperparameters for photographs, and no search. A support
vector machine learns from raw pixels, another from histograms of oriented gradients and of colours;
the C of each is the best of three out of fold, on the training rows. Each seed makes other images,
folds and first weights.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import ndimage
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from benchmarks.machine import publish
from kaggle_kit.competition.description import Kind
from kaggle_kit.competition.problem import Problem
from kaggle_kit.data.dataset import Findings, ImageSet

SIZE = 32
FINE = 2  # samples of a pixel, along each axis
THINGS = ("cross", "disc", "dots", "pair", "ring", "square", "stripes", "triangle")
PROBLEM = Problem((SIZE, SIZE, 3), THINGS, kind=Kind.PHOTO)
COSTS = (1.0, 10.0, 100.0)
CELLS = 4  # of a histogram, along each axis
Array = np.ndarray[Any, np.dtype[Any]]


class Part(NamedTuple):
    """Images, uint8 (n, 32, 32, 3), and their labels (n,)."""

    images: Array
    labels: Array


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found: dict[str, list[float]] = {}
    for seed in range(options.seeds):
        images, labels = photographs(options.rows, seed)
        half = options.rows // 2
        train, test = Part(images[:half], labels[:half]), Part(images[half:], labels[half:])
        for name, predict in contenders(options.epochs).items():
            right = predict(train, test.images, seed) == test.labels
            found.setdefault(name, []).append(100 * float(right.mean()))
            print(f"seed {seed}: {name}: {found[name][-1]:.1f}", flush=True)
    head = (
        f"{options.rows // 2:,} made-up photographs of {len(THINGS)} classes to train on, as many "
        f"to score; {options.seeds} seeds"
    )
    lines = [
        f"| {name} | {np.mean(each):.1f} ± {np.std(each, ddof=1):.1f} |"
        for name, each in found.items()
    ]
    columns = ["| | accuracy on held-out images, % ± std over seeds |", "|---|---|"]
    publish([head, "", *columns, *lines], options.out)


def contenders(epochs: int) -> dict[str, Callable[[Part, Array, int], Array]]:
    """Functions from a training part, new images and a seed to the labels of the new images."""
    return {
        "SVC on raw pixels": partial(_machine, _pixels),
        "SVC on HOG and colour histograms": partial(_machine, _histograms),
        "kaggle-kit, dense, defaults": partial(_network, {}, epochs),
        "the same, view `pixels`": partial(_network, {"view": "pixels"}, epochs),
    }


def _network(changes: dict[str, Any], epochs: int, train: Part, new: Array, seed: int) -> Array:
    from kaggle_kit.networks.model import build_model, load_weights, predict_logits
    from kaggle_kit.training.fold_task import FoldTask
    from kaggle_kit.training.train_fold import train_fold

    # A fold is held out, and not trained on: one row of each class is the least.
    folds = np.ones(len(train.images), np.int8)
    folds[np.unique(train.labels, return_index=True)[1]] = 0
    data = ImageSet(train.images, train.labels, Findings(), "")
    task = FoldTask(PROBLEM, "dense", changes, fold=0, epochs=epochs, seed=seed, keep_weights=True)
    model = build_model("dense", changes, PROBLEM)
    load_weights(model, train_fold(task, data, folds).weights or b"")
    found: Array = predict_logits(model, new).argmax(axis=1)
    return found


def _machine(view: Callable[[Array], Array], train: Part, new: Array, seed: int) -> Array:
    folds = StratifiedKFold(3, shuffle=True, random_state=seed)
    machine = make_pipeline(StandardScaler(), SVC())
    search = GridSearchCV(machine, {"svc__C": COSTS}, cv=folds, n_jobs=-1)
    found: Array = search.fit(view(train.images), train.labels).predict(view(new))
    return found


def _pixels(images: Array) -> Array:
    return images.reshape(len(images), -1) / 255


def _histograms(images: Array) -> Array:
    """Histograms of oriented gradients, and of colours.

    Based on Dalal and Triggs, "Histograms of oriented gradients for human detection", 2005: nine
    directions, cells of 4 x 4 pixels, normalised in blocks of 2 x 2 cells. The colours are counted
    in 4 x 4 x 4 boxes over the whole image, and the roots of the shares are taken.
    """
    scaled = images.astype(np.float32) / 255
    down, across = np.gradient(scaled, axis=(1, 2))
    strength = np.hypot(down, across)
    most = strength.argmax(axis=3)[..., None]
    down, across, strength = (
        np.take_along_axis(part, most, axis=3)[..., 0] for part in (down, across, strength)
    )
    turn = np.mod(np.arctan2(down, across), np.pi) / np.pi * 9
    weights = [np.clip(1 - np.abs((turn - k + 4.5) % 9 - 4.5), 0, 1) * strength for k in range(9)]
    maps = np.stack(weights, axis=-1)
    cells = SIZE // CELLS
    sums = maps.reshape(-1, cells, CELLS, cells, CELLS, 9).sum(axis=(2, 4))
    blocks = np.concatenate(
        [sums[:, a : cells - 1 + a, b : cells - 1 + b] for a in (0, 1) for b in (0, 1)], axis=-1
    )
    blocks /= np.sqrt((blocks**2).sum(axis=-1, keepdims=True) + 1e-3)
    boxes = (images // 64) @ np.array([16, 4, 1])
    colours = np.stack([np.bincount(one.ravel(), minlength=64) for one in boxes])
    flat = blocks.reshape(len(images), -1)
    return np.concatenate([flat, np.sqrt(colours / SIZE**2)], axis=1)


def photographs(count: int, seed: int) -> tuple[Array, Array]:
    """Images uint8 (count, 32, 32, 3) and their labels (count,), as many of each class."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(count) % len(THINGS))
    return np.stack([_photograph(THINGS[label], random) for label in labels]), labels


def _photograph(thing: str, random: np.random.Generator) -> Array:
    side = SIZE * FINE
    down, across = np.mgrid[:side, :side] / side - 0.5
    background = _background(random, down, across)
    size = random.uniform(0.18, 0.34)
    y, x = random.uniform(-0.5, 0.5, 2) * (1 - 2 * size)
    turn = random.uniform(0, 2 * np.pi)
    cos, sin = np.cos(turn), np.sin(turn)
    u = (cos * (across - x) - sin * (down - y)) / size
    v = (sin * (across - x) + cos * (down - y)) / size
    cover, pattern = _shape(thing, u, v)
    colours = random.uniform(0, 1, (2, 3))
    behind = background.mean(axis=(0, 1))
    while np.abs(colours[0] - behind).sum() < 0.5 or np.abs(colours[0] - colours[1]).sum() < 0.6:
        colours = random.uniform(0, 1, (2, 3))
    surface = colours[0] + (colours[1] - colours[0]) * pattern[..., None]
    image = background + (surface - background) * cover[..., None]
    angle, slope = random.uniform(0, 2 * np.pi), random.uniform(0, 0.8)
    light = 1 + slope * (np.cos(angle) * across + np.sin(angle) * down)
    image = image * light[..., None] * random.uniform(0.45, 1.2) * random.uniform(0.8, 1.2, 3)
    image = image.reshape(SIZE, FINE, SIZE, FINE, 3).mean(axis=(1, 3))
    image = ndimage.gaussian_filter(image, (*[random.uniform(0, 0.6)] * 2, 0))
    noisy = image + random.normal(0, random.uniform(0.01, 0.06), image.shape)
    return (255 * noisy).clip(0, 255).round().astype(np.uint8)


def _background(random: np.random.Generator, down: Array, across: Array) -> Array:
    start, end = random.uniform(0, 1, (2, 3))
    angle = random.uniform(0, 2 * np.pi)
    share = 0.5 + np.cos(angle) * across + np.sin(angle) * down
    image = start + (end - start) * share[..., None].clip(0, 1)
    for _ in range(random.integers(0, 5)):
        y, x = random.uniform(-0.5, 0.5, 2)
        spread = random.uniform(0.05, 0.25)
        spot = np.exp(-((down - y) ** 2 + (across - x) ** 2) / (2 * spread**2))
        image = image + 0.7 * (random.uniform(0, 1, 3) - image) * spot[..., None]
    return image


def _shape(thing: str, u: Array, v: Array) -> tuple[Array, Array]:
    """Where the thing is, and where it has its second colour; both 0 or 1, in units of its size."""
    radius = np.hypot(u, v)
    plain = np.zeros_like(u)
    covers: dict[str, tuple[Any, Any]] = {
        "cross": (np.minimum(abs(u), abs(v)) < 0.28, plain),
        "disc": (radius < 0.9, plain),
        "dots": (radius < 0.9, (np.sin(9 * u) * np.sin(9 * v)) > 0.25),
        "pair": (np.hypot(abs(u) - 0.55, v) < 0.42, plain),
        "ring": ((radius < 0.95) & (radius > 0.55), plain),
        "square": (np.maximum(abs(u), abs(v)) < 0.8, plain),
        "stripes": (radius < 0.9, np.sin(10 * u) > 0),
        "triangle": ((v < 0.6) & (abs(u) < (v + 1.0) * 0.6), plain),
    }
    cover, pattern = covers[thing]
    inside = np.maximum(abs(u), abs(v)) < 1
    return (cover & inside).astype(np.float64), np.asarray(pattern, np.float64)


if __name__ == "__main__":
    main()
