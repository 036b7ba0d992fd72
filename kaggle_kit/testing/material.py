"""Made-up images to train on."""

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.problem import Problem
from kaggle_kit.data.cleaning import Findings
from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.training.folds import make_folds


def training_set(problem: Problem, rows: int = 96) -> tuple[ImageSet, NDArray[np.int8]]:
    """Random images with a bright stripe, at another height for each class; and three folds.

    Returns
    -------
    ImageSet
    int8 array of shape (rows,)
    """
    random = np.random.default_rng(1)
    images = random.integers(0, 64, (rows, *problem.image_shape)).astype(np.uint8)
    labels = (np.arange(rows) % problem.classes).astype(np.uint8)
    height = problem.size[0]
    for image, label in zip(images, labels, strict=True):
        first = height * int(label) // problem.classes
        image[first : first + max(1, height // problem.classes)] += 190
    train = ImageSet(images, labels, Findings(), "", problem.class_names)
    return train, make_folds(labels, 3, seed=0)
