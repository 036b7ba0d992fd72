"""How much each network of an ensemble counts, and which views of an image it sees.

In a plain run all networks count the same. In a blend, those of each run have a weight, and the
rows of a fold have weights of their own, which were found without these rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kaggle_kit.ensemble.views import Views
from kaggle_kit.workspace.best import Best

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kaggle_kit.evaluation.metrics import Logits
    from kaggle_kit.training.folds import Folds
    from kaggle_kit.workspace.paths import Run


@dataclass(frozen=True)
class Share:
    """What one member of each committee adds to the mean of the committee's logits.

    Attributes
    ----------
    scale : float
        Its logits are multiplied by this number, its weight in relation to that of the average
        member. The plain mean of such logits over all members is the weighted mean.
    held_out : tuple of float
        The same for the rows that each fold holds out; empty if it is `scale` for all.
    mirror : bool
        Whether its logits are the mean of those of the image and of its mirror image.
    """

    scale: float = 1.0
    held_out: tuple[float, ...] = ()
    mirror: bool = False

    def scale_for(self, fold: int) -> float:
        """The scale for the rows that a fold holds out."""
        return self.held_out[fold] if self.held_out else self.scale


def shares_of(run: Run) -> list[Share]:
    """The share of each member of a run's committees; raises RunError if a file is damaged."""
    best = Best.read(run.best)
    if not best.blend:
        return [Share(mirror=Views.read(run).mirror)] * len(best.members)
    found = []
    for part in best.blend:
        count = len(part.best.members)
        scale, *held_out = (
            weight * len(best.members) / count for weight in (part.weight, *part.held_out)
        )
        found += [Share(scale, tuple(held_out), part.mirror)] * count
    return found


def mean_of(members: Logits, shares: Sequence[Share]) -> Logits:
    """The weighted mean (n, classes) of the logits (members, n, classes) of a committee."""
    return _mean(members, np.array([share.scale for share in shares], np.float32)[:, None, None])


def held_out_mean_of(members: Logits, folds: Folds, shares: Sequence[Share]) -> Logits:
    """The weighted mean (n, classes) of out-of-fold logits (members, n, classes).

    Parameters
    ----------
    folds : int8 array of shape (n,)
        The fold in which each row is held out. It decides on the weights of the row.
    """
    count = range(int(folds.max(initial=0)) + 1)
    scales = np.array([[share.scale_for(k) for k in count] for share in shares], np.float32)
    return _mean(members, scales[:, folds, None])


def _mean(members: Logits, scales: Logits) -> Logits:
    scaled = members if (scales == 1).all() else members * scales  # which may be large
    mean: Logits = scaled.mean(axis=0)
    return mean
