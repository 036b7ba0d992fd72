"""Adversarial validation: can a classifier tell the test images from the training images?

If it can, the test images differ from the training images, and a score out of fold says less about
the test set (Pan and others, "Adversarial validation approach to concept drift problem in user
targeting automation systems at Uber", 2020). The classifier is gradient boosting on principal
components, judged out of fold. Labels are not used.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.evaluation.images.reduction import SCATTERED, Images, give_back, reduced
from kaggle_kit.evaluation.intervals import CONFIDENCE

ROWS = 5000  # of each set
SIDE = 28
COMPONENTS = 30
FOLDS = 5
SEED = 0
SLIGHT, CLEAR = 0.55, 0.7  # AUCs from which the sets differ slightly, and clearly


@dataclass(frozen=True)
class Shift:
    """How well test images can be told from training images.

    Attributes
    ----------
    auc : float
        0.5 if not at all, 1 if always.
    low, high : float
        The ends of its CONFIDENCE interval.
    train_rows, test_rows : int
        The numbers of images that were compared.
    """

    auc: float
    low: float
    high: float
    train_rows: int
    test_rows: int

    @property
    def matters(self) -> bool:
        """Whether the score on the test set may be another than out of fold."""
        return self.low > 0.5 and self.auc >= SLIGHT

    def describe(self) -> str:
        """A sentence that says what the AUC means."""
        found = f"a classifier tells test from training images with an AUC of {self.auc:.2f}"
        if not self.matters:
            return f"{found} (0.5 is chance): the two sets look alike"
        if self.auc < CLEAR:
            return f"{found} (0.5 is chance): the sets differ slightly, and so may the scores"
        return (
            f"{found} (0.5 is chance, 1 is certain): the sets differ, so the score on the test set "
            "may be far from the score out of fold"
        )


def adversarial_validation(train: Images, test: Images) -> Shift:
    """Measure how well test images can be told from training images, out of fold.

    Parameters
    ----------
    train, test : uint8 arrays of shape (n, height, width) or (n, height, width, channels)
        They may be memory maps. Of each, at most ROWS images are used, always the same ones.

    Raises
    ------
    ValueError
        One of the two has fewer than FOLDS images.
    """
    from sklearn.metrics import roc_auc_score  # slow to import
    from threadpoolctl import threadpool_limits

    if min(len(train), len(test)) < FOLDS:
        raise ValueError(f"{FOLDS} images of each kind are needed, or more")
    random = np.random.default_rng(SEED)
    drawn = [_drawn(images, random) for images in (train, test)]
    pixels, is_test = np.concatenate(drawn), np.repeat([0, 1], [len(some) for some in drawn])
    with threadpool_limits(1):  # more threads add in another order, and wait for each other
        chances = _chances(pixels, is_test)
    return _shift(float(roc_auc_score(is_test, chances)), *map(len, drawn))


def _chances(pixels: NDArray[np.float32], is_test: NDArray[np.int64]) -> NDArray[np.float64]:
    """The probability that a row of pixels is a test image, out of fold."""
    from sklearn.decomposition import PCA  # slow to import
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    components = min(COMPONENTS, *pixels.shape)
    points = PCA(components, svd_solver="randomized", random_state=SEED).fit_transform(pixels)
    classifier = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=15, early_stopping=False, random_state=SEED
    )
    splits = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    chances = cross_val_predict(classifier, points, is_test, cv=splits, method="predict_proba")
    return np.asarray(chances[:, 1], np.float64)


def _drawn(images: Images, random: np.random.Generator) -> NDArray[np.float32]:
    """At most ROWS images, reduced, as float32 rows of pixels."""
    rows, parts = np.sort(random.permutation(len(images))[:ROWS]), []
    for first in range(0, len(rows), SCATTERED):
        parts.append(reduced(images[rows[first : first + SCATTERED]], SIDE))
        give_back(images)
    return np.concatenate(parts).reshape(len(rows), -1)


def _shift(auc: float, train_rows: int, test_rows: int) -> Shift:
    """The interval is auc ± the normal quantile times the standard error of Hanley and McNeil.

    "The meaning and use of the area under a receiver operating characteristic (ROC) curve", 1982.
    """
    one, both = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (test_rows - 1) * (one - auc**2)
    variance = (variance + (train_rows - 1) * (both - auc**2)) / (train_rows * test_rows)
    reach = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * math.sqrt(max(variance, 0.0))
    return Shift(auc, max(0.0, auc - reach), min(1.0, auc + reach), train_rows, test_rows)
