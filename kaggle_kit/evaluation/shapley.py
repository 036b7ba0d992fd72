"""Why a digit is read as it is: Shapley values of the ensemble's logits, pixel by pixel.

The function explained is the one that the kit evaluates and submits, the mean of the networks'
logits. A pixel's value for a class is by how much putting its ink on black paper raises that
class's logit, averaged over all orders in which the ink of the digit can be put there: Shapley
values with a baseline (Sundararajan and Najmi, "The many Shapley values for model explanation",
2020). Pixels without ink have none.

They are estimated by shap's PermutationExplainer from random orders, each taken forwards and
backwards (Mitchell, Cooper, Frank and Holmes, "Sampling permutations for Shapley value estimation",
2022). It asks nothing of a network but its answers, so it is right for every activation, view and
posture, on every backend. Shapley values of a mean are the mean of the Shapley values, so each
network gets orders of its own: at the same cost their errors average out, where errors made on the
same orders would not. `benchmarks/quality/explanations.py` measures how close to the truth they
are.
"""

import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.errors import KitError

Images = NDArray[np.uint8]
LogitsOf = Callable[[Images], NDArray[np.float32]]
ORDERS = 25  # over all networks
RED, BLUE = (178, 24, 43), (33, 102, 172)  # for a class, against it
LARGEST_GAP = 0.01  # of the logits' range


class ExplanationError(KitError):
    pass


@dataclass(frozen=True)
class Explanation:
    """What each pixel of n images says for and against each class, in logits.

    Attributes
    ----------
    values : float32 array of shape (n, classes, height, width)
    base : float32 array of shape (classes,)
        The logits of an image without ink, from which the values lead to `logits`.
    logits : float32 array of shape (n, classes)
    gap : float32 array of shape (n,)
        The largest |base + sum of values - logits| of a class, as a share of the logits' range.
    """

    values: NDArray[np.float32]
    base: NDArray[np.float32]
    logits: NDArray[np.float32]
    gap: NDArray[np.float32]


class ShapleyExplainer:
    """Explains the mean of any functions from images to logits; of several calls, one at a time.

    Parameters
    ----------
    networks : sequence of callables
        Each from uint8 images (n, height, width), 0..255, to float32 logits (n, classes).
    logits : callable, optional
        Their mean, where `networks` compute in haste: what the values have to add up to.
    orders : int
        How many random orders are sampled for an image, over all networks; each gets at least
        one. Time grows with it, and the error shrinks with its root.
    """

    def __init__(
        self,
        networks: Sequence[LogitsOf],
        logits: LogitsOf | None = None,
        *,
        orders: int = ORDERS,
        seed: int = 0,
    ) -> None:
        self._networks, self._seed = networks, seed
        self._logits = logits or self._mean
        self._orders = max(1, -(-orders // len(networks)))
        self._lock = threading.Lock()  # shap draws from NumPy's global generator

    def __call__(self, images: Images) -> Explanation:
        """Explain images (n, height, width).

        Raises
        ------
        ExplanationError
            The values do not add up to the logits: a network answers the same image differently,
            or not with a number.
        """
        base, *others = self._logits(np.concatenate([np.zeros_like(images[:1]), images]))
        logits = np.stack(others)
        with self._lock:
            values = np.stack([self._values(image, len(base)) for image in images])
        missing = np.abs(base + values.sum(axis=(2, 3)) - logits).max(axis=1)
        gap = missing / np.maximum(np.ptp(logits, axis=1), 1e-6)
        if not (gap <= LARGEST_GAP).all():
            raise ExplanationError(
                f"the explanation misses the logits by {np.max(gap):.1%} of their range, "
                f"expected {LARGEST_GAP:.0%} at most",
                hint="a network that answers the same image differently cannot be explained",
            )
        return Explanation(values, base, logits, gap)

    def _mean(self, images: Images) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = np.mean([n(images) for n in self._networks], axis=0)
        return logits

    def _values(self, image: Images, classes: int) -> NDArray[np.float32]:
        """Shapley values (classes, height, width) of one image, the mean over the networks."""
        shap = _shap()
        ink = np.count_nonzero(image)
        pixels = image.reshape(1, -1).astype(np.float32)
        total = np.zeros((image.size, classes))
        for number, network in enumerate(self._networks if ink else ()):
            explainer = shap.PermutationExplainer(
                _of_rows(network, image.shape),
                shap.maskers.Independent(np.zeros_like(pixels)),
                seed=self._seed + number,
            )
            evaluations = self._orders * (2 * ink + 1)
            total += explainer(
                pixels, max_evals=evaluations, batch_size=evaluations, silent=True
            ).values[0]
        values = (total / len(self._networks)).T.reshape(-1, *image.shape)
        return values.astype(np.float32)


def _shap() -> Any:
    """SHAP, which takes seconds to import, and compiles."""
    with warnings.catch_warnings():
        # In a notebook, of the widgets that its progress bars lack; none is shown.
        warnings.filterwarnings("ignore", "IProgress not found")
        import shap
    return shap


def _of_rows(
    network: LogitsOf, shape: tuple[int, ...]
) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    return lambda rows: network(rows.reshape(-1, *shape).astype(np.uint8))


@dataclass(frozen=True)
class Counterfactual:
    """The ink whose removal, the most telling first, makes another class win.

    `pixels` is a boolean mask (height, width); `label` the class that wins without them.
    """

    pixels: NDArray[np.bool_]
    label: int


def counterfactual(
    logits: LogitsOf, image: Images, values: NDArray[np.float32]
) -> Counterfactual | None:
    """Which ink carries the decision against the runner-up; None if taking ink changes nothing.

    Ink is taken away in the order in which it speaks for the winner and against the runner-up,
    until the networks themselves no longer name the winner.

    Parameters
    ----------
    image : uint8 array of shape (height, width)
    values : float32 array of shape (classes, height, width)
        Of that image, from an Explanation.
    """
    winner, runner_up = np.argsort(-logits(image[None])[0])[:2]
    telling = np.where(image > 0, values[winner] - values[runner_up], 0).ravel()
    order = np.argsort(-telling)[: np.count_nonzero(telling > 0)]
    if not len(order):
        return None
    # The image once for each number of pixels that can be taken: row i lacks the first i + 1.
    stripped = np.repeat(image.reshape(1, -1), len(order), axis=0)
    stripped[:, order] *= np.triu(np.ones((len(order), len(order)), dtype=np.uint8), 1)
    labels = logits(stripped.reshape(-1, *image.shape)).argmax(axis=1)
    changed = np.flatnonzero(labels != winner)
    if not len(changed):
        return None
    taken = np.zeros(image.size, dtype=np.bool_)
    taken[order[: changed[0] + 1]] = True
    return Counterfactual(taken.reshape(image.shape), int(labels[changed[0]]))


def heat_colours(image: NDArray[np.uint8], values: NDArray[Any]) -> NDArray[np.uint8]:
    """Values (height, width), -1..1, in blue, white and red, over a shadow of the image.

    Returns
    -------
    uint8 array of shape (height, width, 3)
    """
    strength = np.clip(np.abs(values), 0, 1)[..., None] ** 0.6
    colour = np.where(values[..., None] > 0, RED, BLUE)
    paper = 255 - 0.22 * image[..., None].astype(np.float32)
    colours: NDArray[Any] = paper + (colour - paper) * strength
    return colours.round().astype(np.uint8)
