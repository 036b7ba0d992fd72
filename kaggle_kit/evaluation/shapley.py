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
errors of shared orders would not.

The orders are independent, so their spread gives the standard error of the values. Networks differ
in how many orders they need: orders are drawn until the estimates are close enough to the true
values. `benchmarks/quality/explanations.py` measures how close they really are.
"""

import itertools
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.errors import KitError

Images = NDArray[np.uint8]
LogitsOf = Callable[[Images], NDArray[np.float32]]
COSINE = 0.982  # of estimates and true values at which no more orders are drawn
FEWEST = 8  # random orders for an image beyond one for each network; their spread is the noise
MOST = 200  # random orders for an image, over all networks
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
        It tells how exactly the networks were computed. It is no measure of the values' noise,
        because the values of each single order add up to the logits.
    standard_error : float32 array of shape (n, classes, height, width)
        Of each value, from the spread of the orders of each network.
    orders : int64 array of shape (n,)
        The number of random orders that were drawn, over all networks.
    """

    values: NDArray[np.float32]
    base: NDArray[np.float32]
    logits: NDArray[np.float32]
    gap: NDArray[np.float32]
    standard_error: NDArray[np.float32]
    orders: NDArray[np.int64]

    @property
    def cosine(self) -> NDArray[np.float64]:
        """The expected cosine of the estimated and the true values of each image, shape (n,).

        It is computed over all classes and pixels, from the standard errors.
        """
        parts = zip(self.values, self.standard_error, strict=True)
        return np.array([_expected_cosine(*part) for part in parts])


class ShapleyExplainer:
    """Explains the mean of any functions from images to logits; parallel calls take turns.

    Parameters
    ----------
    networks : sequence of callables
        Each maps uint8 images (n, height, width), 0..255, to float32 logits (n, classes).
    logits : callable, optional
        The exact mean of the networks, to which the values must add up. Give it if `networks`
        are fast and rounded. By default, the mean of `networks`.
    orders : int, optional
        The number of random orders for an image, over all networks; more than there are networks.
        By default, orders are drawn until the expected cosine of estimated and true values is
        COSINE, but MOST at most. Time grows with the number of orders, and the standard error
        shrinks with its square root.
    """

    def __init__(
        self,
        networks: Sequence[LogitsOf],
        logits: LogitsOf | None = None,
        *,
        orders: int | None = None,
        seed: int = 0,
    ) -> None:
        self._networks, self._seed = networks, seed
        self._logits = logits or self._mean
        fewest, most = (FEWEST, MOST) if orders is None else (orders - len(networks), orders)
        self._fewest = len(networks) + max(fewest, 1)
        self._most = max(most, self._fewest)
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
            found = [self._estimates(image, len(base)) for image in images]
        values = np.stack([each.values for each in found])
        missing = np.abs(base + values.sum(axis=(2, 3)) - logits).max(axis=1)
        gap = missing / np.maximum(np.ptp(logits, axis=1), 1e-6)
        if not (gap <= LARGEST_GAP).all():
            raise ExplanationError(
                f"the explanation misses the logits by {np.max(gap):.1%} of their range, "
                f"expected {LARGEST_GAP:.0%} at most",
                hint="a network that answers the same image differently cannot be explained",
            )
        errors = np.stack([each.standard_error for each in found])
        orders = np.array([each.orders for each in found])
        return Explanation(values, base, logits, gap, errors, orders)

    def _mean(self, images: Images) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = np.mean([n(images) for n in self._networks], axis=0)
        return logits

    def _estimates(self, image: Images, classes: int) -> "_Estimates":
        """Draw orders of the ink of one image, for one network after the other, in turn."""
        estimates = _Estimates(len(self._networks), (classes, *image.shape))
        if not image.any():
            return estimates
        for one in self._of_orders(image):
            estimates.add(one)
            drawn = estimates.orders
            if drawn == self._most or (drawn >= self._fewest and estimates.cosine >= COSINE):
                break
        return estimates

    def _of_orders(self, image: Images) -> Iterator[NDArray[np.float64]]:
        """Shapley values (classes, height, width) from one random order each, without end."""
        shap = _shap()
        inked = image > 0
        ink = image[None, inked].astype(np.float32)  # shap is slow with features that never change
        evaluations = 2 * ink.size + 1  # of one order
        explainers = [
            shap.PermutationExplainer(
                _of_ink(network, inked),
                shap.maskers.Independent(np.zeros_like(ink)),
                seed=self._seed,
            )
            for network in self._networks
        ]
        for explainer in itertools.cycle(explainers):
            found = explainer(ink, max_evals=evaluations, batch_size=evaluations, silent=True)
            values = np.zeros((found.shape[2], *image.shape))
            values[:, inked] = found.values[0].T
            yield values


class _Estimates:
    """Sums up estimates of the Shapley values of an image, by networks that take turns."""

    def __init__(self, networks: int, shape: tuple[int, ...]) -> None:
        self.orders = 0
        self._sums = np.zeros((networks, *shape))
        self._squares = np.zeros(shape)  # over all networks

    def add(self, estimate: NDArray[np.float64]) -> None:
        self._sums[self.orders % len(self._sums)] += estimate
        self._squares += estimate**2
        self.orders += 1

    @property
    def values(self) -> NDArray[np.float32]:
        """The mean over the networks of the mean over the orders of each."""
        means = self._sums / self._orders_of_each.reshape(-1, 1, 1, 1)
        values: NDArray[np.float32] = means.mean(axis=0).astype(np.float32)
        return values

    @property
    def standard_error(self) -> NDArray[np.float32]:
        """Of the values, from the variance of an order around the mean of its network."""
        networks, each = len(self._sums), self._orders_of_each
        spread = self._squares - (self._sums**2 / each.reshape(-1, 1, 1, 1)).sum(axis=0)
        variance = np.maximum(spread, 0) / max(self.orders - networks, 1)
        # Each network counts the same, whether it had an order more or not.
        errors: NDArray[np.float32] = np.sqrt(variance * np.mean(1 / each) / networks)
        return errors.astype(np.float32)

    @property
    def cosine(self) -> float:
        return _expected_cosine(self.values, self.standard_error)

    @property
    def _orders_of_each(self) -> NDArray[np.int64]:
        """The number of orders of each network, 1 for those that had no turn."""
        turns, networks = self.orders, len(self._sums)
        return np.maximum((turns + networks - 1 - np.arange(networks)) // networks, 1)


def _expected_cosine(values: NDArray[np.float32], errors: NDArray[np.float32]) -> float:
    """Of estimates and true values: noise is at right angles to what it is added to."""
    noise, all_of_it = float(np.sum(errors**2)), float(np.sum(values**2))
    return float(np.sqrt(max(0.0, 1 - noise / all_of_it))) if all_of_it else 1.0


def _shap() -> Any:
    """Import shap, which takes seconds and compiles code."""
    with warnings.catch_warnings():
        # In a notebook, shap warns of missing widgets for progress bars, but shows no bars.
        warnings.filterwarnings("ignore", "IProgress not found")
        import shap
    return shap


def _of_ink(
    network: LogitsOf, inked: NDArray[np.bool_]
) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """The network as a function of the pixels (n, ink) where an image has ink."""

    def logits(ink: NDArray[np.float32]) -> NDArray[np.float32]:
        images = np.zeros((len(ink), *inked.shape), dtype=np.uint8)
        images[:, inked] = ink
        return network(images)

    return logits


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
