"""Out-of-fold logits: each training row is predicted by networks that did not train on it."""

from collections.abc import Sequence

import numpy as np

from kaggle_kit.evaluation.metrics import Logits
from kaggle_kit.training.folds import Folds


def assemble(parts: Sequence[Logits], folds: Folds) -> Logits:
    """Put the logits of the held-out rows of each fold into the order of the training rows.

    Parameters
    ----------
    parts : sequence of float32 arrays of shape (..., rows of the fold, classes)
        One array per fold.
    folds : int8 array of shape (n,)
        The fold in which each row is held out.

    Returns
    -------
    float32 array of shape (..., n, classes)
    """
    *before, _, classes = parts[0].shape
    together = np.empty((*before, len(folds), classes), dtype=np.float32)
    for fold, part in enumerate(parts):
        together[..., folds == fold, :] = part
    return together
