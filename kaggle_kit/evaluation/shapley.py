"""Shapley values of the ensemble's logits for each pixel: why a digit is read as it is.

The explained function is the one that the kit evaluates and submits, the mean of the networks'
logits. The ink of the digit is put on black paper pixel by pixel, in some order. A pixel's value
for a class is how much its ink raises the logit of the class, averaged over all orders. These are
Shapley values with a baseline (Sundararajan and Najmi, "The many Shapley values for model
explanation", 2020). Pixels without ink have the value 0.

The values are estimated by shap's PermutationExplainer from random orders, each taken forwards and
backwards (Mitchell, Cooper, Frank and Holmes, "Sampling permutations for Shapley value estimation",
2022). The estimator needs only the answers of a network, so it is correct for every activation,
view and posture, on every backend. The Shapley values of a mean are the mean of the Shapley values.
Each network therefore gets its own orders. At the same cost, the errors then average out, while
errors of shared orders would not. `benchmarks/quality/explanations.py` measures how close the
estimates are to the truth.
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
ORDERS = 25  # random orders for an image, over all networks
RED, BLUE = (178, 24, 43), (33, 102, 172)  # colours of ink for a class, and against it
LARGEST_GAP = 0.01  # as a share of the logits' range


class ExplanationError(KitError):
    pass


@dataclass(frozen=True)
class Explanation:
    """The contribution of each pixel of n images to the logit of each class.

    Attributes
    ----------
    values : float32 array of shape (n, classes, height, width)
    base : float32 array of shape (classes,)
        The logits of an image without ink. With the sum of the values they give `logits`.
    logits : float32 array of shape (n, classes)
    gap : float32 array of shape (n,)
        The largest |base + sum of values - logits| of a class, as a share of the logits' range.
    """

    values: NDArray[np.float32]
    base: NDArray[np.float32]
    logits: NDArray[np.float32]
    gap: NDArray[np.float32]


class ShapleyExplainer:
    """Explains the mean of any functions from images to logits; parallel calls take turns.

    Parameters
    ----------
    networks : sequence of callables
        Each maps uint8 images (n, height, width), 0..255, to float32 logits (n, classes).
    logits : callable, optional
        The exact mean of the networks, to which the values must add up. Give it if `networks`
        are fast and rounded. By default, the mean of `networks`.
    orders : int
        The number of random orders for an image, over all networks; each network gets at least
        one. Time grows with this number, and the error shrinks with its square root.
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
        self._lock = threading.Lock()  # shap draws from NumPy's global random generator

    def __call__(self, images: Images) -> Explanation:
        """Explain images (n, height, width).

        Raises
        ------
        ExplanationError
            The values do not add up to the logits: a network gives different answers for the same
            image, or answers that are not numbers.
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
    """Import shap, which takes seconds and compiles code."""
    with warnings.catch_warnings():
        # In a notebook, shap warns of missing widgets for progress bars, but shows no bars.
        warnings.filterwarnings("ignore", "IProgress not found")
        import shap
    return shap


def _of_rows(
    network: LogitsOf, shape: tuple[int, ...]
) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    return lambda rows: network(rows.reshape(-1, *shape).astype(np.uint8))


@dataclass(frozen=True)
class Counterfactual:
    """The ink whose removal, the most decisive first, makes another class win.

    `pixels` is a boolean mask (height, width); `label` is the class that wins without them.
    """

    pixels: NDArray[np.bool_]
    label: int


def counterfactual(
    logits: LogitsOf, image: Images, values: NDArray[np.float32]
) -> Counterfactual | None:
    """Find the ink that decides for the winner; None if removing ink does not change the answer.

    A pixel counts by its value for the winner minus its value for the runner-up. Pixels are removed
    in descending order until the networks themselves no longer predict the winner.

    Parameters
    ----------
    image : uint8 array of shape (height, width)
    values : float32 array of shape (classes, height, width)
        The values of the image, from an Explanation.
    """
    winner, runner_up = np.argsort(-logits(image[None])[0])[:2]
    telling = np.where(image > 0, values[winner] - values[runner_up], 0).ravel()
    order = np.argsort(-telling)[: np.count_nonzero(telling > 0)]
    if not len(order):
        return None
    # One copy of the image for each number of removed pixels: row i lacks the first i + 1.
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
    """Draw values (height, width), -1..1, in blue, white and red over a shadow of the image.

    Returns
    -------
    uint8 array of shape (height, width, 3)
    """
    strength = np.clip(np.abs(values), 0, 1)[..., None] ** 0.6
    colour = np.where(values[..., None] > 0, RED, BLUE)
    paper = 255 - 0.22 * image[..., None].astype(np.float32)
    colours: NDArray[Any] = paper + (colour - paper) * strength
    return colours.round().astype(np.uint8)
