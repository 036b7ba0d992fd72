"""The reasons to doubt an answer, as sentences for people."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import softmax

from kaggle_kit.evaluation.decisions import Decision
from kaggle_kit.evaluation.metrics import UNCLEAR
from kaggle_kit.evaluation.novelty import STRANGE, NoveltyDetector
from kaggle_kit.explainer.subject.subject import Subject

Image8 = NDArray[np.uint8]

DIGIT = Subject()
ARGMAX = Decision()
INKED = 100
BESIDE = 0.2  # the smaller of two digits has at least this share of the ink of the larger
BELOW = 0.3  # the same, of two digits one below the other
LOWEST = 0.4  # height of the lower of these, of the higher; the bar of a 5 is lower
OVERLAP = 2  # columns that two digits side by side may have in common; rows, one less
WIDEST = 1.5  # width of a digit, of its height; 99.3% of MNIST's are narrower
CLOSE = 4.6  # logits between 7 and 1, before calibration; 95% of the images read as 7 have more


def of_the_image(
    image: Image8, label: int, familiar: NoveltyDetector | None, subject: Subject = DIGIT
) -> Iterator[str]:
    """The doubts that the image (*image_shape) raises, with the answer `label`."""
    if subject.is_digit and has_several_digits(image):
        yield "There seems to be more than one digit: send them one by one."
    if familiar is not None and not familiar.knows(image, label):
        what = "the digit" if subject.is_digit else "the class"
        yield (
            f"This does not look like {what} {subject.name(label)}: it is farther from the "
            f"training images than {100 * (1 - STRANGE):g} of 100 of them are."
        )


def of_the_answer(
    fold_logits: NDArray[np.float32],
    temperature: float,
    least_probability: float,
    subject: Subject = DIGIT,
    decision: Decision = ARGMAX,
) -> Iterator[str]:
    """The doubts that the logits (folds, classes) raise; `temperature` calibrates them."""
    logits = fold_logits.mean(axis=0)
    if softmax(logits / temperature).max() < least_probability:
        yield (
            "Treat the answer as a guess: it is less clear than the answers for "
            f"{100 * (1 - UNCLEAR):g} of 100 training images."
        )
    elif subject.is_digit and is_close_to_one(logits):
        yield "It may be a 1 with a long up-stroke: the training images have few of those."
    votes = Counter(decision.decide(fold_logits).tolist()).most_common()
    if len(votes) > 1:
        answers = ", ".join(f"{count} say {subject.name(label)}" for label, count in votes)
        yield f"The networks of the {len(fold_logits)} folds disagree: {answers}."


def is_close_to_one(logits: NDArray[np.float32]) -> bool:
    """Whether the ten logits of the digits say 7 and leave a 1 possible."""
    return int(logits.argmax()) == 7 and bool(logits[7] - logits[1] < CLOSE)


def has_several_digits(image: Image8) -> bool:
    """Whether the ink is much wider than a digit, or has two large parts beside each other."""
    ink = image > INKED
    if not ink.any():
        return False
    height, width = (place.stop - place.start for place in ndimage.find_objects(ink.astype(int))[0])
    if width > WIDEST * height:
        return True
    parts, count = ndimage.label(ink, np.ones((3, 3)))
    sizes = np.bincount(parts.ravel(), minlength=count + 1)[1:]
    if count < 2:
        return False
    small, large = np.argsort(sizes)[-2:]
    share = sizes[small] / sizes[large]
    boxes = ndimage.find_objects(parts)
    down, across = zip(boxes[small], boxes[large], strict=True)
    if share >= BESIDE and _in_common(*across) <= OVERLAP:
        return True
    lowest, highest = sorted(rows.stop - rows.start for rows in down)
    return bool(share >= BELOW and lowest >= LOWEST * highest and _in_common(*down) < OVERLAP)


def _in_common(one: slice, other: slice) -> int:
    """How many places two ranges have in common; the gap between them is negative."""
    return int(min(one.stop, other.stop) - max(one.start, other.start))
