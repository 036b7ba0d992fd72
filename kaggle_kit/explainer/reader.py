"""Read any picture of a digit with the ensemble, and explain the answer; without page or server.

reader = load_reader(run, competition)
reading = reader.read(picture)
reasons = reader.explain(reading.image)
"""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image
from scipy.special import softmax

from kaggle_kit.competition.description import Competition
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.predictor import Predictor
from kaggle_kit.evaluation.calibration import calibrated
from kaggle_kit.evaluation.metrics import least_probability
from kaggle_kit.evaluation.novelty import NoveltyDetector
from kaggle_kit.evaluation.shapley import (
    Counterfactual,
    Explanation,
    ShapleyExplainer,
    counterfactual,
)
from kaggle_kit.explainer.doubts import of_the_answer, of_the_image
from kaggle_kit.explainer.preprocessing import prepare
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays, read_json

FILE = "reader.json"  # next to best.json in bundles, which lack the OOF logits


@dataclass(frozen=True)
class Reading:
    """The answer of the networks for one image.

    Attributes
    ----------
    image : uint8 array of shape (height, width)
        The image that the networks were shown, 0..255.
    fold_logits : float32 array of shape (folds, classes)
        The mean logits of the networks of each fold.
    doubts : list of str
        The reasons why the answer may be worthless, one sentence each.
    temperature : float
        The divisor of the logits that calibrates the probabilities.
    """

    image: NDArray[np.uint8]
    fold_logits: NDArray[np.float32]
    doubts: list[str]
    temperature: float = 1.0

    @cached_property
    def probabilities(self) -> NDArray[np.float32]:
        """Calibrated probabilities of the classes, shape (classes,)."""
        mean = self.fold_logits.mean(axis=0)
        probabilities: NDArray[np.float32] = softmax(mean / self.temperature)
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
    """The reasons for an answer; see `Reader.explain`."""

    explanation: Explanation
    counterfactual: Counterfactual | None


class Reader:
    """Reads pictures and explains the answers; safe to call from several threads.

    Parameters
    ----------
    predictor : Predictor
    least_probability : float
        An answer with a lower probability is called unclear.
    familiar : NoveltyDetector or None
        Detects images unlike the training images; None if the run has no detector.
    temperature : float
        The divisor of the logits that calibrates the probabilities; see `fit_temperature`.
    """

    def __init__(
        self,
        predictor: Predictor,
        least_probability: float,
        familiar: NoveltyDetector | None,
        *,
        temperature: float = 1.0,
    ) -> None:
        self._predictor, self._familiar = predictor, familiar
        self._least_probability, self._temperature = least_probability, temperature
        self._explain = ShapleyExplainer(predictor.rounded_networks, predictor.logits)

    def read(self, picture: Image) -> Reading:
        """Prepare a picture and let the networks read it.

        Raises
        ------
        InputError
            The picture shows no digit.
        """
        image = prepare(picture, self._predictor.image_shape)
        fold_logits = self._predictor.fold_logits(image[None])[0]
        label = int(fold_logits.mean(axis=0).argmax())
        doubts = [
            *of_the_image(image, label, self._familiar),
            *of_the_answer(fold_logits, self._temperature, self._least_probability),
        ]
        return Reading(image, fold_logits, doubts, self._temperature)

    def explain(self, image: NDArray[np.uint8]) -> Reasons:
        """Explain the answer for an image (height, width) of a Reading."""
        explanation = self._explain(image[None])
        return Reasons(
            explanation, counterfactual(self._predictor.logits, image, explanation.values[0])
        )

    def warm_up(self) -> None:
        """Compile and import in advance, so that the first answer does not wait for it."""
        image = np.zeros(self._predictor.image_shape, dtype=np.uint8)
        image[8:20, 13:15] = 255
        self.explain(image)


def settings(run: Run) -> dict[str, float]:
    """The settings that a Reader of the run needs in addition to arrays.

    The temperature is fitted on the OOF logits. The mean over the folds, which the page shows,
    cannot be calibrated on training images, because most of its networks have seen them.

    Raises
    ------
    RunError
        The run has no settings and no OOF logits: `fit` did not finish.
    """
    path = run.folder / FILE
    if path.exists():
        # Bundles of older versions of the kit have a limit of uncalibrated probabilities.
        return {"temperature": 1.0} | read_json(path, "least_probability")
    oof = read_arrays(run.oof, "logits", "labels")
    logits, temperature = calibrated(oof["logits"], oof["labels"])
    return {"least_probability": least_probability(logits), "temperature": temperature}


def load_reader(run: Run, competition: Competition) -> Reader:
    """Load the reader of a run's ensemble, from its folder or a bundle's; raises RunError."""
    ensemble = Ensemble.load(run, competition)
    predictor = Predictor(ensemble.committees, competition.image_shape)
    familiar = None
    if run.familiar.exists():  # runs of older versions of the kit have no such file
        familiar = NoveltyDetector(
            **read_arrays(run.familiar, *(f.name for f in fields(NoveltyDetector)))
        )
    found = settings(run)
    return Reader(predictor, found["least_probability"], familiar, temperature=found["temperature"])
