"""The contents of the report page: arrays, tables and settings."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from kaggle_kit.competition.description import Competition, Metric
from kaggle_kit.competition.problem import DIGITS, Problem
from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.ensemble.views import AS_IT_IS, Views
from kaggle_kit.evaluation.calibration import Calibration, calibrated
from kaggle_kit.evaluation.decisions import Chosen, choose_decision
from kaggle_kit.evaluation.images.adversarial import Shift
from kaggle_kit.evaluation.intervals import ExpectedScore, expected_score
from kaggle_kit.evaluation.label_issues import likely_labels
from kaggle_kit.evaluation.metrics import Evaluation, Logits, evaluate
from kaggle_kit.evaluation.scores import METRICS
from kaggle_kit.report.words import Measured, Words
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.ledger import Entry


@dataclass(frozen=True)
class Missing:
    """A part that cannot be shown; `why` is a text that gives the reason or says what to do."""

    why: str


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Predictions for n labelled images, each made by networks that did not train on the image.

    Attributes
    ----------
    logits : float32 array of shape (n, classes)
        The mean over the members of the committee of the fold.
    labels, folds : integer arrays of shape (n,)
    members : float32 array of shape (members, n, classes), or Missing
    problem : Problem
    """

    logits: Logits
    labels: NDArray[np.integer]
    folds: NDArray[np.integer]
    members: Logits | Missing
    problem: Problem = DIGITS

    @cached_property
    def decision(self) -> Chosen | None:
        """How labels follow from logits; None for a metric of probabilities or of a ranking."""
        metric = self.problem.metric
        if not METRICS[metric].of_labels:
            return None
        return choose_decision(metric, self.logits, self.labels, self.folds)

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """The labels that a submission would have, each decided on by the other folds."""
        if self.decision is not None:
            return self.decision.labels
        return np.asarray(self.logits.argmax(axis=1), np.int64)

    @cached_property
    def evaluation(self) -> Evaluation:
        """By the metric of the competition; the log loss is that of calibrated logits."""
        metric, logits = self.problem.metric, self.logits
        if metric == Metric.LOG_LOSS:
            logits, _ = calibrated(logits, self.labels, self.folds)
        return evaluate(
            logits,
            self.labels,
            self.folds,
            metric=metric,
            k=self.problem.k,
            predicted=self.predicted,
        )

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Calibrated with the temperature of the other folds; shape (n, classes)."""
        scaled = self.logits / self.calibration.temperatures[:, None]
        probabilities: NDArray[np.float64] = softmax(scaled, axis=1)
        return probabilities

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        return np.asarray(self.predicted == self.labels)

    @cached_property
    def calibration(self) -> Calibration:
        return Calibration.of(self.logits, self.labels, self.folds)

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """The calibrated probability of the predicted class, shape (n,)."""
        confidence: NDArray[np.float64] = self.probabilities[
            np.arange(len(self.predicted)), self.predicted
        ]
        return confidence

    @cached_property
    def likely_labels(self) -> NDArray[np.int64]:
        return likely_labels(self.probabilities, self.labels)

    @property
    def fold_counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The correct rows and all rows of each fold, both of shape (folds,)."""
        held_out = [self.folds == fold for fold in self.fold_names]
        hits = np.array([int(self.correct[rows].sum()) for rows in held_out])
        return hits, np.array([int(rows.sum()) for rows in held_out])

    @property
    def fold_names(self) -> list[int]:
        return [int(fold) for fold in np.unique(self.folds)]

    def worst(self, count: int) -> NDArray[np.intp]:
        """The `count` wrongly classified rows with the least probable labels, worst first."""
        wrong = np.flatnonzero(~self.correct)
        likelihood = self.probabilities[wrong, self.labels[wrong]]
        return wrong[np.argsort(likelihood, kind="stable")[:count]]


@dataclass(frozen=True, eq=False)
class Explained:
    """The explanations of the predictions for k images.

    Attributes
    ----------
    rows : integer array of shape (k,)
        The row numbers of the images in the training set.
    images : uint8 array of shape (k, height, width) or (k, height, width, 3)
    values : float32 array of shape (k, 2, height, width)
        Shapley values of the logits of the label and of the class that the image is taken for, by
        the networks of the fold that did not train on it.
    """

    rows: NDArray[np.intp]
    images: NDArray[np.uint8]
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Distorted:
    """An image, followed by its distorted copies as in training.

    Attributes
    ----------
    images : uint8 array of shape (n, height, width) or (n, height, width, 3)
    strength : float
        The strength of the distortion; 0 is none.
    mirror : bool
        Whether every second image is mirrored.
    jitter : float
        The strength of the change of colours; 0 is none.
    """

    images: NDArray[np.uint8]
    strength: float
    mirror: bool = False
    jitter: float = 0.0


@dataclass(frozen=True, eq=False)
class Comparison:
    """What the images tell without any network.

    Attributes
    ----------
    shift : Shift or Missing
        How well test images can be told from training images.
    alike : list of integer arrays, or Missing
        The rows of training images that are nearly the same.
    """

    shift: Shift | Missing
    alike: list[NDArray[np.intp]] | Missing


@dataclass(frozen=True)
class Scores:
    """What is known of the score of submission.csv.

    Attributes
    ----------
    rows : int or None
        The number of rows that the score is computed on, if it is known.
    of_sample : bool
        Whether these are the held-out rows of the embedded sample, and not Kaggle's public rows.
    submissions : list of Entry
        The submissions of the run, oldest first.
    sha256 : str
        The SHA-256 of submission.csv, or "" if there is none.
    of_sample_score : float or None
        The score of submission.csv on the held-out rows of the sample, if it is known.
    damage : str
        Why the submissions cannot be read, or "".
    """

    rows: int | None
    of_sample: bool = False
    submissions: list[Entry] = field(default_factory=list)
    sha256: str = ""
    of_sample_score: float | None = None
    damage: str = ""

    def expected(self, oof: OutOfFold) -> ExpectedScore | None:
        """The expected score with its interval, which is only known of accuracies on known rows."""
        if oof.problem.metric != Metric.ACCURACY or not self.rows:
            return None
        return expected_score(*oof.fold_counts, self.rows)

    @property
    def known(self) -> float | None:
        """The score of submission.csv, if it is known."""
        if self.of_sample:
            return self.of_sample_score
        own = [entry for entry in self.submissions if entry.file_sha256 == self.sha256]
        return own[-1].public_score if own and self.sha256 else None


@dataclass(frozen=True, eq=False)
class ReportData:
    """Everything that the page shows.

    Attributes
    ----------
    competition : Competition
    run : str
        The name of the run.
    made : str
        A sentence that says when and by which version the page was made.
    scores : Scores
    robustness : DataFrame or Missing
        The result of `evaluation.robustness.measure`.
    best : Best
    config : dict
        The contents of config.json.
    history : DataFrame
        The table of history.csv.
    trials : DataFrame or Missing
        The table of trials.csv.
    train, test : ImageSet or Missing
    views : Views
    is_ink : bool
        Whether the images are light ink on black, which the page shows as dark ink on white.
    common : dict of str to str
        The options, with their values, that name competition and home in a command.
    """

    title: str
    competition: Competition
    run: str
    made: str
    scores: Scores
    robustness: pd.DataFrame | Missing
    oof: OutOfFold
    history: pd.DataFrame
    trials: pd.DataFrame | Missing
    best: Best
    config: dict[str, Any]
    train: ImageSet | Missing
    test: ImageSet | Missing
    explained: Explained | Missing
    distorted: Distorted | Missing
    comparison: Comparison | Missing
    views: Views = AS_IT_IS
    is_ink: bool = True
    common: dict[str, str] = field(default_factory=dict)

    @property
    def problem(self) -> Problem:
        return self.best.problem

    @property
    def options(self) -> dict[str, str]:
        """The options, with their values, that name the run in a command."""
        return self.common | {"--run": self.run}

    @property
    def words(self) -> Words:
        return Words.of(self.problem, self.competition)

    @property
    def measured(self) -> Measured:
        return Measured.of(self.problem)
