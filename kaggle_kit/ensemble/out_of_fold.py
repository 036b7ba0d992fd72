"""One answer for each training image, from the networks that did not train on it."""

from collections.abc import Sequence

import numpy as np

from kaggle_kit.evaluation.metrics import Logits
from kaggle_kit.training.folds import Folds


def assemble(parts: Sequence[Logits], folds: Folds) -> Logits:
    """Put the answers for the held-out rows of each fold into the order of the rows.

    Parameters
    ----------
    parts : sequence of float32 arrays of shape (..., rows of the fold, classes)
        One a fold.
    folds : int8 array of shape (n,)
        The fold that held each row out.

    Returns
    -------
    float32 array of shape (..., n, classes)
    """
    *before, _, classes = parts[0].shape
    together = np.empty((*before, len(folds), classes), dtype=np.float32)
    for fold, part in enumerate(parts):
        together[..., folds == fold, :] = part
    return together
