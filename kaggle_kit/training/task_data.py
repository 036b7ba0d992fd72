"""The data that all fold tasks of a run share."""

from dataclasses import dataclass

from kaggle_kit.competition.description import Competition
from kaggle_kit.competition.problem import Problem
from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.training.folds import Folds


@dataclass(frozen=True, eq=False)
class TaskData:
    """The data that search and ensemble train on.

    Attributes
    ----------
    train : ImageSet
        n labelled images.
    folds : int8 array of shape (n,)
        The fold that holds each row out.
    competition : Competition
    """

    train: ImageSet
    folds: Folds
    competition: Competition

    @property
    def problem(self) -> Problem:
        """What the data turned out to be."""
        return Problem.of(self.competition, self.train.class_names)
