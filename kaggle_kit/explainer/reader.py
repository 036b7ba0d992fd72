"""What the ensemble makes of any picture of a digit, and why; no page and no server in here.

reader = load_reader(run, competition)
reading = reader.read(picture)
reasons = reader.explain(reading.image)
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image
from scipy.special import softmax

from kaggle_kit.competition.description import Competition
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.predictor import Predictor
from kaggle_kit.evaluation.metrics import UNCLEAR, least_probability
from kaggle_kit.evaluation.novelty import STRANGE, NoveltyDetector
from kaggle_kit.evaluation.shapley import (
    Counterfactual,
    Explanation,
    ShapleyExplainer,
    counterfactual,
)
from kaggle_kit.explainer.preprocessing import prepare
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays, read_json

FILE = "reader.json"  # beside best.json, where the training images' logits are not at hand


@dataclass(frozen=True)
class Reading:
    """What the networks say of one image.

    Attributes
    ----------
    image : uint8 array of shape (height, width)
        What they were shown, 0..255.
    fold_logits : float32 array of shape (folds, classes)
        Of the networks of each fold.
    doubts : list of str
        Why the answer may be worth nothing, a sentence each.
    """

    image: NDArray[np.uint8]
    fold_logits: NDArray[np.float32]
    doubts: list[str]

    @cached_property
    def probabilities(self) -> NDArray[np.float32]:
        """Softmax of the mean logits, shape (classes,)."""
        probabilities: NDArray[np.float32] = softmax(self.fold_logits.mean(axis=0))
        return probabilities

    @property
    def ranking(self) -> list[int]:
        """The classes, the likeliest first."""
        return [int(label) for label in np.argsort(-self.probabilities, kind="stable")]

    @property
    def label(self) -> int:
        return self.ranking[0]

    @property
    def votes(self) -> list[int]:
        """The label that each fold's networks would give."""
        return [int(label) for label in self.fold_logits.argmax(axis=1)]


@dataclass(frozen=True)
class Reasons:
    """Why an image is read as it is; see `explain`."""

    explanation: Explanation
    counterfactual: Counterfactual | None


class Reader:
    """Reads and explains; safe to call from several threads.

    Parameters
    ----------
    predictor : Predictor
    least_probability : float
        Below it, the answer is called unclear.
    familiar : NoveltyDetector or None
        What the training images were like, if that is known.
    """

    def __init__(
        self, predictor: Predictor, least_probability: float, familiar: NoveltyDetector | None
    ) -> None:
        self._predictor, self._familiar = predictor, familiar
        self._least_probability = least_probability
        self._explain = ShapleyExplainer(predictor.rounded_networks, predictor.logits)

    def read(self, picture: Image) -> Reading:
        """Prepare a picture and let the networks judge it.

        Raises
        ------
        InputError
            There is nothing to read in it.
        """
        image = prepare(picture, self._predictor.image_shape)
        fold_logits = self._predictor.fold_logits(image[None])[0]
        return Reading(image, fold_logits, list(self._doubts(image, fold_logits)))

    def explain(self, image: NDArray[np.uint8]) -> Reasons:
        """Say why an image (height, width), as it stands in a Reading, is read as it is."""
        explanation = self._explain(image[None])
        return Reasons(
            explanation, counterfactual(self._predictor.logits, image, explanation.values[0])
        )

    def warm_up(self) -> None:
        """Compile and import what the first answer would have to wait for."""
        image = np.zeros(self._predictor.image_shape, dtype=np.uint8)
        image[8:20, 13:15] = 255
        self.explain(image)

    def _doubts(self, image: NDArray[np.uint8], fold_logits: NDArray[np.float32]) -> Iterator[str]:
        if self._familiar is not None and not self._familiar.knows(image):
            yield (
                "This does not look like a digit: it is farther from the training images than "
                f"{100 * (1 - STRANGE):g} of 100 of those."
            )
        if softmax(fold_logits.mean(axis=0)).max() < self._least_probability:
            yield (
                "Take the answer for a guess: it is less clear than that for "
                f"{100 * (1 - UNCLEAR):g} of 100 training images."
            )
        votes = Counter(fold_logits.argmax(axis=1).tolist()).most_common()
        if len(votes) > 1:
            said = ", ".join(f"{count} say {label}" for label, count in votes)
            yield f"The networks of the {len(fold_logits)} folds disagree: {said}."


def settings(run: Run) -> dict[str, float]:
    """What a Reader of the run needs besides arrays.

    Raises
    ------
    RunError
        Nothing in the run tells: `fit` did not end.
    """
    path = run.folder / FILE
    if path.exists():
        return read_json(path, "least_probability")
    return {"least_probability": least_probability(read_arrays(run.oof, "logits")["logits"])}


def load_reader(run: Run, competition: Competition) -> Reader:
    """The reader of a run's ensemble, from its folder or a bundle's; raises RunError."""
    ensemble = Ensemble.load(run, competition)
    predictor = Predictor(ensemble.committees, competition.image_shape)
    familiar = None
    if run.familiar.exists():  # runs of an older kit have none
        familiar = NoveltyDetector(
            **read_arrays(run.familiar, *(f.name for f in fields(NoveltyDetector)))
        )
    return Reader(predictor, settings(run)["least_probability"], familiar)
