"""Whether the networks are asked about the mirror image of a photograph, too.

The mean of the logits of both views can be better than those of the image alone, as it is where
left and right mean nothing and training rows are few. It is worse where the side of something
matters. Which of the two is true is found on the out-of-fold predictions, by the metric of the
competition; for writing it is never tried.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from kaggle_kit.competition.description import Kind
from kaggle_kit.errors import RunError
from kaggle_kit.evaluation.metrics import Labels, Logits, standard_error
from kaggle_kit.evaluation.scores import in_words, shown
from kaggle_kit.evaluation.verdict import judge
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.storage import damaged, read_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kaggle_kit.competition.problem import Problem
    from kaggle_kit.workspace.paths import Run

AGAIN = "delete {}: `kaggle-kit fit` then predicts again and trains nothing"


@dataclasses.dataclass(frozen=True)
class Views:
    """What the networks of a run are asked about.

    Attributes
    ----------
    mirror : bool
        Whether the logits are the mean of those of the image and of its mirror image.
    plain, mirrored : float or None
        The out-of-fold scores of the image alone, and of both; greater is better. None if the
        mirror image was not tried.
    """

    mirror: bool = False
    plain: float | None = None
    mirrored: float | None = None

    @classmethod
    def choose(
        cls,
        problem: Problem,
        plain: Logits,
        both: Logits,
        labels: Labels,
        folds: NDArray[np.integer],
    ) -> Views:
        """Choose between the image alone and the mean over both views.

        Both are answered as `judge` does it, with decisions and temperatures that were found on
        other folds. The mirror image joins if it raises the score over all rows, and the mean of
        the folds' scores by more than its standard error over folds, as in `choose_decision`.

        It is one choice between two, on the rows that are then evaluated. The bias that remains is
        small: if the views were equally good, the score of the chosen one would be too high by a
        quarter of the standard error of their difference at most, which is the mean of a normal
        variable where it exceeds one standard error, and of 0 elsewhere.

        Parameters
        ----------
        plain, both : float32 arrays of shape (n, classes)
            The out-of-fold logits of the image alone, and their mean over both views.
        labels, folds : integer arrays of shape (n,)
        """
        one, other = (
            judge(logits, labels, folds, metric=problem.metric, k=problem.k).evaluation
            for logits in (plain, both)
        )
        gains = np.subtract(other.fold_scores, one.fold_scores).tolist()
        clearly = float(np.mean(gains)) > standard_error(gains)
        return cls(bool(other.score > one.score and clearly), one.score, other.score)

    @classmethod
    def read(cls, run: Run) -> Views:
        """The choice of a run or a bundle; the image alone if an older kit fitted it.

        Raises
        ------
        RunError
            The file is damaged.
        """
        if not run.views.exists():
            return cls()
        try:
            content = read_json(run.views, "mirror")
            mirror, *scores = (content.get(name) for name in ("mirror", "plain", "mirrored"))
            if not isinstance(mirror, bool) or not all(map(_is_score, scores)):
                raise damaged(run.views, f"it holds {content}")
        except RunError as error:
            raise RunError(str(error), hint=AGAIN.format(run.oof)) from None
        return cls(mirror, *scores)

    def write(self, run: Run) -> None:
        write_json(run.views, dataclasses.asdict(self))

    def describe(self, problem: Problem) -> str:
        """The choice in a sentence; "" if there was none."""
        if self.plain is None or self.mirrored is None:
            return ""
        alone, both = (f"{shown(problem.metric, x):.4f}" for x in (self.plain, self.mirrored))
        metric = in_words(problem.metric, problem.k)
        if self.mirror:
            return (
                f"The networks see each image and its mirror image: the out-of-fold {metric} is"
                f" {both} then, and {alone} with the image alone"
            )
        return (
            f"The networks see each image as it is: with its mirror image, the out-of-fold {metric}"
            f" is {both}, which is not clearly better than {alone}"
        )


AS_IT_IS = Views()


def _is_score(value: object) -> bool:
    return value is None or isinstance(value, int | float)


def is_tried(problem: Problem) -> bool:
    """Whether the mirror image may be as good as the image: never that of writing."""
    return problem.kind is Kind.PHOTO
