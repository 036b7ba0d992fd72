"""Read any picture with the ensemble, and explain the answer; without page or server.

reader = load_reader(run)
reading = reader.read_file(path.read_bytes())
reasons = reader.explain(reading.image)
"""

from dataclasses import MISSING, dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image
from scipy.special import softmax

from kaggle_kit.competition.description import Kind
from kaggle_kit.ensemble.ensemble import Ensemble
from kaggle_kit.ensemble.predictor import Predictor
from kaggle_kit.evaluation.calibration import calibrated
from kaggle_kit.evaluation.decisions import Decision
from kaggle_kit.evaluation.metrics import least_probability
from kaggle_kit.evaluation.novelty import NoveltyDetector
from kaggle_kit.evaluation.removal.baselines import baseline_for
from kaggle_kit.evaluation.removal.counterfactual import Counterfactual, counterfactual
from kaggle_kit.evaluation.shapley import Explanation, ShapleyExplainer
from kaggle_kit.explainer.doubts import ARGMAX, DIGIT, of_the_answer, of_the_image
from kaggle_kit.explainer.pictures import NothingReadableError, read_picture
from kaggle_kit.explainer.preprocessing import prepare
from kaggle_kit.explainer.subject.photo import read_photo
from kaggle_kit.explainer.subject.subject import FILE, SHOWN, Subject, load_subject
from kaggle_kit.explainer.subject.words import Words
from kaggle_kit.workspace.fit_status import load_verdict
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import damaged, read_arrays, read_json


@dataclass(frozen=True)
class Reading:
    """The answer of the networks for one image.

    Attributes
    ----------
    image : uint8 array of shape (*image_shape)
        The image that the networks were shown, 0..255.
    fold_logits : float32 array of shape (folds, classes)
        The mean logits of the networks of each fold.
    doubts : list of str
        The reasons why the answer may be worthless, one sentence each.
    temperature : float
        The divisor of the logits that calibrates the probabilities.
    subject : Subject
        What the classes are.
    decision : Decision
        How the answer follows from the mean of the logits.
    """

    image: NDArray[np.uint8]
    fold_logits: NDArray[np.float32]
    doubts: list[str]
    temperature: float = 1.0
    subject: Subject = DIGIT
    decision: Decision = ARGMAX

    @cached_property
    def probabilities(self) -> NDArray[np.float32]:
        """Calibrated probabilities of the classes, shape (classes,)."""
        mean = self.fold_logits.mean(axis=0)
        probabilities: NDArray[np.float32] = softmax(mean / self.temperature)
        return probabilities

    @property
    def ranking(self) -> list[int]:
        """The classes: the answer, then the others, the likeliest first."""
        order = [int(label) for label in np.argsort(-self.probabilities, kind="stable")]
        return sorted(order, key=lambda label: label != self.label)

    @property
    def shown(self) -> list[int]:
        """The classes that are shown: all in their order, or the likeliest of many."""
        best = self.ranking[:SHOWN]
        return sorted(best) if len(best) == self.subject.problem.classes else best

    @cached_property
    def label(self) -> int:
        return int(self.decision.decide(self.fold_logits.mean(axis=0, keepdims=True))[0])

    @property
    def votes(self) -> list[int]:
        """The label that each fold's networks would give."""
        return [int(label) for label in self.decision.decide(self.fold_logits)]


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
    subject : Subject
        What is read; by default, digits.
    decision : Decision
        How the answer follows from the mean of the logits.
    """

    def __init__(
        self,
        predictor: Predictor,
        least_probability: float,
        familiar: NoveltyDetector | None,
        *,
        temperature: float = 1.0,
        subject: Subject = DIGIT,
        decision: Decision = ARGMAX,
    ) -> None:
        self._predictor, self._familiar, self.subject = predictor, familiar, subject
        self._least_probability, self._temperature = least_probability, temperature
        self._decision = decision
        baseline = baseline_for(photo=subject.problem.kind == Kind.PHOTO)
        self._explain = ShapleyExplainer(
            predictor.rounded_networks, predictor.logits, baseline=baseline
        )

    def read_file(self, content: bytes) -> Reading | None:
        """Let the networks read the bytes of an image file; None if it is a blank drawing.

        Raises
        ------
        InputError
            It is not a picture, or shows nothing that can be read.
        """
        image = self.image_of(content)
        return None if image is None else self.answer(image)

    def read(self, picture: Image) -> Reading:
        """Prepare a picture of ink on paper and let the networks read it.

        Raises
        ------
        InputError
            The picture shows nothing that can be read.
        """
        return self.answer(self._prepared(picture))

    def image_of(self, content: bytes) -> NDArray[np.uint8] | None:
        """The image (*image_shape) that the networks are shown; as `read_file`, without them."""
        if not self.subject.is_drawn:
            return read_photo(content, self.subject)
        picture = read_picture(content)
        is_blank = picture.has_transparency_data and not picture.getchannel("A").getbbox()
        return None if is_blank else self._prepared(picture)

    def _prepared(self, picture: Image) -> NDArray[np.uint8]:
        digit = self.subject.is_digit
        try:
            image = prepare(picture, self.subject.problem.size, digit=digit)
        except NothingReadableError as error:
            raise NothingReadableError(error.found, Words(self.subject).wanted) from None
        return 255 - image if self._is_dark_on_light and not digit else image

    def answer(self, image: NDArray[np.uint8]) -> Reading:
        """What the networks say of an image (*image_shape)."""
        return self.answers(image[None])[0]

    def answers(self, images: NDArray[np.uint8]) -> list[Reading]:
        """What the networks say of images (n, *image_shape)."""
        each = zip(images, self._predictor.fold_logits(images), strict=True)
        return [self._reading(image, fold_logits) for image, fold_logits in each]

    def _reading(self, image: NDArray[np.uint8], fold_logits: NDArray[np.float32]) -> Reading:
        limits, how = (self._temperature, self._least_probability), (self.subject, self._decision)
        reading = Reading(image, fold_logits, [], self._temperature, *how)
        doubts = [
            *of_the_image(image, reading.label, self._familiar, self.subject),
            *of_the_answer(fold_logits, *limits, *how),
        ]
        return replace(reading, doubts=doubts)

    @property
    def _is_dark_on_light(self) -> bool:
        """Whether the ink of the training images is dark; less than half of an image is ink."""
        return self._familiar is not None and self._familiar.is_of_light_images

    def explain(self, image: NDArray[np.uint8]) -> Reasons:
        """Explain the answer for an image (*image_shape) of a Reading."""
        explanation = self._explain(image[None])
        parts, values = self._explain.parts(image), explanation.values[0]
        decide = self._decision.decide
        return Reasons(explanation, counterfactual(self._predictor.logits, parts, values, decide))

    def warm_up(self) -> None:
        """Compile and import in advance, so that the first answer does not wait for it."""
        image = np.zeros(self._predictor.image_shape, dtype=np.uint8)
        height, width = image.shape[:2]
        image[height // 4 : height * 3 // 4, width // 2 : width // 2 + 2] = 255
        self.explain(image)


def settings(run: Run) -> dict[str, Any]:
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


def load_decision(run: Run) -> Decision:
    """How a run or a bundle decides on labels; raises RunError as `settings` does."""
    path = run.folder / FILE
    if not path.exists():
        return load_verdict(run).decision
    content = read_json(path)
    try:  # bundles of older versions of the kit answer with the likeliest class
        return Decision.from_dict(content["decision"]) if "decision" in content else ARGMAX
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, error) from None


def load_reader(run: Run, subject: Subject | None = None) -> Reader:
    """Load the reader of a run's ensemble, from its folder or a bundle's; raises RunError.

    Parameters
    ----------
    subject : Subject, optional
        By default, what the folder says.
    """
    subject = subject or load_subject(run)
    predictor = Predictor.of(Ensemble.load(run), subject.problem.image_shape)
    familiar = None
    if run.familiar.exists():  # runs of older versions of the kit have no such file
        needed = (f.name for f in fields(NoveltyDetector) if f.default is MISSING)
        familiar = NoveltyDetector(**read_arrays(run.familiar, *needed))
    found = settings(run)
    return Reader(
        *(predictor, found["least_probability"], familiar),
        temperature=found["temperature"],
        subject=subject,
        decision=load_decision(run),
    )
