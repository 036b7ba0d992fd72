"""What a decision hangs on: the parts of an image without which another class would win."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.evaluation.removal.parts import Parts

LogitsOf = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
Decide = Callable[[NDArray[np.float32]], NDArray[np.integer]]


def likeliest(logits: NDArray[np.float32]) -> NDArray[np.integer]:
    """The class with the largest logit of each row."""
    labels: NDArray[np.integer] = logits.argmax(axis=1)
    return labels


@dataclass(frozen=True)
class Counterfactual:
    """The parts whose removal, the most decisive first, makes another class win.

    Attributes
    ----------
    pixels : bool array of shape (height, width)
        The pixels of the parts.
    label : int
        The class that wins without them.
    count : int
        The number of parts.
    """

    pixels: NDArray[np.bool_]
    label: int
    count: int


def counterfactual(
    logits: LogitsOf,
    parts: Parts,
    values: NDArray[np.float32],
    decide: Decide = likeliest,
) -> Counterfactual | None:
    """Find the parts that decide for the winner; None if removing them does not change the answer.

    A part counts by its value for the winner minus its value for the likeliest other class. Parts
    are removed in descending order until the networks themselves no longer predict the winner.

    Parameters
    ----------
    values : float32 array of shape (classes, height, width)
        The values of the image, from an Explanation.
    decide : callable
        The labels (n,) for logits (n, classes).
    """
    whole = logits(parts.image[None])
    winner = int(decide(whole)[0])
    runner_up = next(label for label in np.argsort(-whole[0]) if label != winner)
    telling = parts.gathered(values[winner] - values[runner_up])
    order = np.argsort(-telling)[: np.count_nonzero(telling > 0)]
    if not len(order):
        return None
    # One copy of the image for each number of removed parts: row i lacks the first i + 1.
    masks = np.ones((len(order), parts.count), dtype=np.bool_)
    masks[:, order] = np.triu(np.ones((len(order), len(order)), dtype=np.bool_), 1)
    labels = decide(logits(parts.shown(masks)))
    changed = np.flatnonzero(labels != winner)
    if not len(changed):
        return None
    taken = order[: changed[0] + 1]
    return Counterfactual(np.isin(parts.numbers, taken), int(labels[changed[0]]), len(taken))
