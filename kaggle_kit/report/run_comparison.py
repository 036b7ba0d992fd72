"""Compare two runs: their settings, their chosen networks, and their mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kaggle_kit.competition.description import Metric
from kaggle_kit.errors import RunError
from kaggle_kit.evaluation import scores
from kaggle_kit.evaluation.significance import SIGNIFICANCE, compare_folds, mcnemar
from kaggle_kit.evaluation.verdict import submitted
from kaggle_kit.report.overview import Judged, fold_scores, judged
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.config import trained_on
from kaggle_kit.workspace.storage import read_arrays, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kaggle_kit.evaluation.scores import Labels, Logits
    from kaggle_kit.workspace.paths import Run

ABSENT = "-"
CHOSEN = ("hyperparameters", "members", "epochs")


@dataclass(frozen=True)
class Paired:
    """How many of the same rows two ensembles classify wrongly, out of fold."""

    rows: int
    both: int
    only_first: int
    only_second: int

    test = "exact McNemar test, two-sided"

    @property
    def p(self) -> float:
        """Probability that two equally good ensembles differ at least this much; see `mcnemar`."""
        return mcnemar(self.only_first, self.only_second)

    def verdict(self, first: str, second: str) -> str:
        """Say in words which of the two is better; `first` and `second` are their names."""
        if self.p >= SIGNIFICANCE:
            return f"{first} and {second} cannot be told apart, p = {self.p:.2g}"
        better = first if self.only_first < self.only_second else second
        return f"{better} makes fewer mistakes, p = {self.p:.2g}"

    def describe(self, first: str, second: str) -> str:
        """The numbers in words."""
        return (
            f"of {self.rows:,} rows, out of fold, {self.only_first} are classified wrongly by only "
            f"{first}, {self.only_second} by only {second}, {self.both} by both"
        )


@dataclass(frozen=True)
class PairedScores:
    """The difference of two ensembles in a score other than accuracy, out of fold.

    Attributes
    ----------
    of : Judged
        The metric.
    by : str
        What is compared one by one: "row" or "fold".
    count : int
        The number of rows or folds.
    difference : float
        The first score minus the second, as Kaggle shows the metric.
    p : float
        Probability that two equally good ensembles differ at least this much.
    first_is_better : bool
    """

    of: Judged
    by: str
    count: int
    difference: float
    p: float
    first_is_better: bool

    @property
    def test(self) -> str:
        """The name of the test."""
        name = "paired t-test" if self.by == "row" else "corrected resampled t-test"
        return f"{name}, two-sided"

    def verdict(self, first: str, second: str) -> str:
        """Say in words which of the two is better; `first` and `second` are their names."""
        if self.p >= SIGNIFICANCE:
            return f"{first} and {second} cannot be told apart, p = {self.p:.2g}"
        better = first if self.first_is_better else second
        return f"{better} has the better {self.of}, p = {self.p:.2g}"

    def describe(self, first: str, second: str) -> str:
        """The numbers in words."""
        return (
            f"{self.of} of {first} minus that of {second}, mean over {self.count:,} {self.by}s, out"
            f" of fold: {self.difference:+.5f}"
        )


def paired(first: Run, second: Run) -> Paired | PairedScores:
    """Compare the out-of-fold predictions of two fitted runs on each training row.

    For accuracy, these are the mistakes; for another metric that is a mean over rows, the score of
    each row; for the rest, the score of each fold.

    Raises
    ------
    RunError
        One of the runs has no ensemble, or the two were fitted on different rows, or have different
        metrics, or what is compared by fold has different folds.
    """
    metrics = [judged(run, {}) for run in (first, second)]
    if metrics[0] != metrics[1]:
        raise RunError("they are judged by {} and by {}".format(*metrics))
    data = [trained_on(read_json(run.config, "data")) for run in (first, second)]
    if data[0] != data[1]:
        raise RunError("they were made from different data, so they have no rows in common")
    oofs = [read_arrays(run.oof, "logits", "labels", "fold") for run in (first, second)]
    lengths = [len(oof["labels"]) for oof in oofs]
    if lengths[0] != lengths[1]:
        raise RunError(f"one predicted {lengths[0]} rows and the other {lengths[1]}")
    folds = oofs[0]["fold"] if have_same_folds(first, second) else None
    logits, others = (
        submitted(oof["logits"], oof["labels"], oof["fold"], metrics[0].metric)[0] for oof in oofs
    )
    return paired_logits(metrics[0], (logits, others), oofs[0]["labels"], folds)


def paired_logits(
    of: Judged, both: tuple[Logits, Logits], labels: Labels, folds: NDArray[np.integer] | None
) -> Paired | PairedScores:
    """Compare out-of-fold logits (n, classes) of two ensembles, as `paired` does.

    Parameters
    ----------
    folds : integer array of shape (n,), or None
        The fold that holds each row out; None if that is not the same for both.

    Raises
    ------
    RunError
        What is compared by fold has different folds.
    """
    if of.metric != Metric.ACCURACY:
        return _paired_scores(of, both, labels, folds)
    wrong, other = (logits.argmax(axis=1) != labels for logits in both)
    return Paired(
        rows=len(wrong),
        both=int(np.count_nonzero(wrong & other)),
        only_first=int(np.count_nonzero(wrong & ~other)),
        only_second=int(np.count_nonzero(other & ~wrong)),
    )


def _paired_scores(
    of: Judged, both: tuple[Logits, Logits], labels: Labels, folds: NDArray[np.integer] | None
) -> PairedScores:
    rows, other_rows = (scores.row_values(of.metric, one, labels, k=of.k) for one in both)
    if rows is not None and other_rows is not None:
        found, by = compare_folds(rows, other_rows, overlap=0.0), "row"
    elif folds is not None:
        ours, others = (fold_scores(of, one, labels, folds) for one in both)
        found, by = compare_folds(ours, others), "fold"
    else:
        raise RunError(f"{of} is compared by fold, and their folds hold out different rows")
    return PairedScores(
        of=of,
        by=by,
        count=found.folds,
        difference=scores.shown(of.metric, found.difference),
        p=found.p,
        first_is_better=found.difference > 0,
    )


def have_same_folds(first: Run, second: Run) -> bool:
    """Whether each fold holds out the same rows in both runs."""
    ours, others = (read_arrays(run.folds, "fold")["fold"] for run in (first, second))
    return bool(np.array_equal(ours, others))


class Difference(NamedTuple):
    """A value that differs between two runs, as text; `where` is like config.versions.jax."""

    where: str
    first: str
    second: str


def differences(first: Run, second: Run) -> list[Difference]:
    """The differences in config.json and in the CHOSEN parts of best.json."""
    ours, others = dict(_said(first)), dict(_said(second))
    return [
        Difference(where, ours.get(where, ABSENT), others.get(where, ABSENT))
        for where in dict.fromkeys([*ours, *others])
        if ours.get(where) != others.get(where)
    ]


def _said(run: Run) -> Iterator[tuple[str, str]]:
    config = read_json(run.config)
    config.pop("runs", None)  # of a blend: what made its runs
    yield from _leaves("config", config)
    if run.best.exists():
        best = Best.read(run.best)
        yield from _leaves("best", {name: getattr(best, name) for name in CHOSEN})


def _leaves(where: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield each plain value in nested JSON with its path, like config.versions.jax."""
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    if not isinstance(inner, dict):
        yield where, str(value)
        return
    for key, item in inner.items():
        yield from _leaves(f"{where}.{key}", item)
