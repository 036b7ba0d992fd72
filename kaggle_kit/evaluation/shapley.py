"""Shapley values of the ensemble's logits for each pixel: why an image is read as it is.

The explained function is the one that the kit evaluates and submits, the mean of the networks'
logits. The ink of a glyph is put on empty paper pixel by pixel, in some order. A pixel's value
for a class is how much its ink raises the logit of the class, averaged over all orders. These are
Shapley values with a baseline (Sundararajan and Najmi, "The many Shapley values for model
explanation", 2020). Pixels without ink have the value 0. Of a photograph, the baseline is blurred.
Images of many pixels get a value for each patch of them; see `removal.parts`.

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
from kaggle_kit.evaluation.removal.baselines import Baseline, paper
from kaggle_kit.evaluation.removal.parts import Parts, patch_side

Images = NDArray[np.uint8]
LogitsOf = Callable[[Images], NDArray[np.float32]]
COSINE = 0.982  # of estimates and true values at which no more orders are drawn
FEWEST = 8  # random orders for an image beyond one for each network; their spread is the noise
MOST = 200  # random orders for an image, over all networks
RED, BLUE = (178, 24, 43), (33, 102, 172)  # colours of ink for a class, and against it
LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # of red, green and blue
LARGEST_GAP = 0.01  # as a share of the logits' range


class ExplanationError(KitError):
    pass


@dataclass(frozen=True)
class Explanation:
    """The contribution of each pixel of n images to the logit of each class.

    Attributes
    ----------
    values : float32 array of shape (n, classes, height, width)
        The pixels of a patch share its value evenly.
    base : float32 array of shape (n, classes)
        The logits of the baselines. With the sum of the values they give `logits`.
    logits : float32 array of shape (n, classes)
    gap : float32 array of shape (n,)
        The largest |base + sum of values - logits| of a class, as a share of the logits' range.
        It tells how exactly the networks were computed. It is no measure of the values' noise,
        because the values of each single order add up to the logits.
    standard_error : float32 array of shape (n, classes, height, width)
        Of each value, from the spread of the orders of each network.
    orders : int64 array of shape (n,)
        The number of random orders that were drawn, over all networks.
    side : int
        The side of a patch, in pixels; 1 if each pixel has its own value.
    """

    values: NDArray[np.float32]
    base: NDArray[np.float32]
    logits: NDArray[np.float32]
    gap: NDArray[np.float32]
    standard_error: NDArray[np.float32]
    orders: NDArray[np.int64]
    side: int = 1

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
        Each maps uint8 images (n, *image_shape), 0..255, to float32 logits (n, classes).
    logits : callable, optional
        The exact mean of the networks, to which the values must add up. Give it if `networks`
        are fast and rounded. By default, the mean of `networks`.
    orders : int, optional
        The number of random orders for an image, over all networks; more than there are networks.
        By default, orders are drawn until the expected cosine of estimated and true values is
        COSINE, but MOST at most. Time grows with the number of orders, and the standard error
        shrinks with its square root.
    baseline : callable, optional
        What is left of an image when all of it is taken away; by default, its `paper`.
    """

    def __init__(
        self,
        networks: Sequence[LogitsOf],
        logits: LogitsOf | None = None,
        *,
        orders: int | None = None,
        seed: int = 0,
        baseline: Baseline = paper,
    ) -> None:
        self._networks, self._seed, self._baseline = networks, seed, baseline
        self._logits = logits or self._mean
        fewest, most = (FEWEST, MOST) if orders is None else (orders - len(networks), orders)
        self._fewest = len(networks) + max(fewest, 1)
        self._most = max(most, self._fewest)
        self._lock = threading.Lock()  # shap draws from NumPy's global random generator

    def __call__(self, images: Images) -> Explanation:
        """Explain images (n, *image_shape).

        Raises
        ------
        ExplanationError
            The values do not add up to the logits: a network gives different answers for the same
            image, or answers that are not numbers.
        """
        parts = [self.parts(image) for image in images]
        bases = [part.base for part in parts]
        base, logits = np.split(self._logits(np.concatenate([bases, images])), 2)
        with self._lock:
            found = [self._estimates(part, base.shape[1]) for part in parts]
        pairs = list(zip(parts, found, strict=True))
        values = np.stack([part.spread(each.values) for part, each in pairs])
        missing = np.abs(base + values.sum(axis=(2, 3)) - logits).max(axis=1)
        gap = missing / np.maximum(np.ptp(logits, axis=1), 1e-6)
        if not (gap <= LARGEST_GAP).all():
            raise ExplanationError(
                f"the explanation misses the logits by {np.max(gap):.1%} of their range, "
                f"expected {LARGEST_GAP:.0%} at most",
                hint="a network that answers the same image differently cannot be explained",
            )
        errors = np.stack([part.spread(each.standard_error) for part, each in pairs])
        orders = np.array([each.orders for each in found])
        return Explanation(values, base, logits, gap, errors, orders, patch_side(images.shape[1:]))

    def parts(self, image: Images) -> Parts:
        """The parts of an image (*image_shape) to which values are given."""
        return Parts.of(image, self._baseline(image))

    def _mean(self, images: Images) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = np.mean([n(images) for n in self._networks], axis=0)
        return logits

    def _estimates(self, parts: Parts, classes: int) -> "_Estimates":
        """Draw orders of the parts of one image, for one network after the other, in turn."""
        estimates = _Estimates(len(self._networks), (classes, parts.count))
        if not parts.count:
            return estimates
        for one in self._of_orders(parts):
            estimates.add(one)
            drawn = estimates.orders
            if drawn == self._most or (drawn >= self._fewest and estimates.cosine >= COSINE):
                break
        return estimates

    def _of_orders(self, parts: Parts) -> Iterator[NDArray[np.float64]]:
        """Shapley values (classes, parts) from one random order each, without end."""
        shap = _shap()
        all_of_them = np.ones((1, parts.count), dtype=np.float32)
        evaluations = 2 * parts.count + 1  # of one order
        explainers = [
            shap.PermutationExplainer(
                _of_parts(network, parts),
                shap.maskers.Independent(np.zeros_like(all_of_them)),
                seed=self._seed,
            )
            for network in self._networks
        ]
        for explainer in itertools.cycle(explainers):
            found = explainer(
                all_of_them, max_evals=evaluations, batch_size=evaluations, silent=True
            )
            yield found.values[0].T


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
        means = self._sums / self._orders_of_each.reshape(-1, 1, 1)
        values: NDArray[np.float32] = means.mean(axis=0).astype(np.float32)
        return values

    @property
    def standard_error(self) -> NDArray[np.float32]:
        """Of the values, from the variance of an order around the mean of its network."""
        networks, each = len(self._sums), self._orders_of_each
        spread = self._squares - (self._sums**2 / each.reshape(-1, 1, 1)).sum(axis=0)
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


def _of_parts(
    network: LogitsOf, parts: Parts
) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """The network as a function of which parts the image has, (n, parts), 1 or 0."""
    return lambda masks: network(parts.shown(masks > 0))


def heat_colours(image: NDArray[np.uint8], values: NDArray[Any]) -> NDArray[np.uint8]:
    """Draw values (height, width), -1..1, in blue, white and red over what is `beneath`.

    Returns
    -------
    uint8 array of shape (height, width, 3)
    """
    strength = np.clip(np.abs(values), 0, 1)[..., None] ** 0.6
    if patch_side(image.shape) > 1:
        strength = 0.75 * strength  # the image can be seen beneath a patch
    colour = np.where(values[..., None] > 0, RED, BLUE)
    under = beneath(image)
    colours: NDArray[Any] = under + (colour - under) * strength
    return colours.round().astype(np.uint8)


def beneath(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A shadow of the ink on white paper; of an image that is divided into patches, itself in grey.

    Returns
    -------
    float32 array of shape (height, width, 3), 0..255
    """
    if patch_side(image.shape) == 1:
        grey = 255 - 0.22 * np.abs(image.astype(np.float32) - paper(image))
    else:
        light = image.astype(np.float32) @ LUMINANCE if image.ndim == 3 else image
        grey = 70 + 185 / 255 * light.astype(np.float32)
    return np.repeat(grey[..., None], 3, axis=2)
