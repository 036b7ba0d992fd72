"""The weights of runs in a blend, found on out-of-fold logits.

The logits of a blend are the weighted mean of those of its runs, as the logits of a run are the
mean of those of its networks. So a blend is an ensemble like any other: the Shapley values of its
logits are the mean of those of its networks, and a file for other programs needs one more number
for each network. The weights are not negative, sum to 1, and make the log loss lowest (stacking:
Wolpert, "Stacked generalization", 1992; not negative: Breiman, "Stacked regressions", 1996). The
log loss is taken whatever the metric is: it is convex in the weights, so there is one best answer,
and it uses every row, where the accuracy uses the few that change sides.

Runs differ in how far apart their logits are. Therefore the weights are found together with a
temperature, and only their proportions are kept. Where probabilities are needed, the kit finds the
temperature of a blend as it does for any run. Where hardly a row is classified wrongly, the log
loss would fall without end as the temperature does; a weak penalty on the squares of the weights
ends this, and makes the weights equal where nothing else tells them apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from kaggle_kit.evaluation.scores import CELLS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kaggle_kit.evaluation.scores import Labels, Logits

# A weight of logits that have a spread of 1 costs as much as if it was drawn from a normal
# distribution with this standard deviation. Good networks have 2 to 10.
USUAL = 10.0


def find_weights(parts: Sequence[Logits], labels: Labels) -> NDArray[np.float64]:
    """The weights (parts,) of the logits of each part that make the log loss of the labels lowest.

    Parameters
    ----------
    parts : sequence of float32 arrays of shape (n, classes)
    labels : integer array of shape (n,)
    """
    spreads = np.array([max(float(_centred(part).std()), 1e-6) for part in parts])
    found = minimize(
        _loss_and_slope,
        np.full(len(parts), 1 / len(parts)),
        args=([part / np.float32(by) for part, by in zip(parts, spreads, strict=True)], labels),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * len(parts),
    )
    weights = found.x / spreads
    total = float(weights.sum())
    return weights / total if total > 0 else np.full(len(parts), 1 / len(parts))


def held_out_weights(
    parts: Sequence[Logits], labels: Labels, folds: NDArray[np.integer]
) -> NDArray[np.float64]:
    """The weights (folds, parts) for the rows of each fold, found on the rows of the others."""
    every = []
    for fold in np.unique(folds):
        others = folds != fold
        every.append(find_weights([part[others] for part in parts], labels[others]))
    return np.array(every)


def _loss_and_slope(
    weights: NDArray[np.float64], parts: Sequence[Logits], labels: Labels
) -> tuple[float, NDArray[np.float64]]:
    """The log loss of the weighted sum of logits, penalised; and its derivative by each weight."""
    loss, slope = 0.0, np.zeros(len(parts))
    size = max(1, CELLS // (len(parts) * parts[0].shape[1]))
    for first in range(0, len(labels), size):
        block = np.array([part[first : first + size] for part in parts], np.float64)
        right = np.asarray(labels[first : first + size])[:, None]
        mixed = np.tensordot(weights, block, axes=1)
        total = logsumexp(mixed, axis=1, keepdims=True)
        loss += float(np.sum(total - np.take_along_axis(mixed, right, axis=1)))
        own = np.take_along_axis(block, right[None], axis=2).sum(axis=(1, 2))
        slope += np.tensordot(block, np.exp(mixed - total), axes=([1, 2], [0, 1])) - own
    loss += float(np.sum(weights**2)) / (2 * USUAL**2)
    slope += weights / USUAL**2
    return loss / len(labels), slope / len(labels)


def _centred(logits: Logits) -> Logits:
    """Logits with a mean of 0 in each row, which says nothing."""
    centred: Logits = logits - logits.mean(axis=1, keepdims=True)
    return centred
