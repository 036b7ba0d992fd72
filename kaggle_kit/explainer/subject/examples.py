"""Pictures to click on: digits that the kit draws, or test images of the competition."""

from pathlib import Path

import numpy as np
from PIL import Image

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.dataset import load_test
from kaggle_kit.data.samples.digits import write_pictures
from kaggle_kit.errors import KitError
from kaggle_kit.explainer.subject.subject import Subject

COUNT = 10


def write_examples(
    folder: Path, subject: Subject, data: Path, competition: Competition
) -> list[Path]:
    """Write example pictures as PNGs into a folder, and return their paths.

    Parameters
    ----------
    data : Path
        The folder of the competition's files. Without them there are no test images, and no
        examples but those of digits.
    """
    if subject.is_digit:
        return write_pictures(folder)
    try:
        images = load_test(data, competition).images
    except KitError:
        return []
    if not len(images) or images.shape[1:] != subject.problem.image_shape:
        return []
    rows = np.unique(np.linspace(0, len(images) - 1, COUNT).astype(int)).tolist()
    paths = [folder / f"{number:02}.png" for number in range(1, len(rows) + 1)]
    for path, row in zip(paths, rows, strict=True):
        Image.fromarray(np.asarray(images[row])).save(path)
    return paths
