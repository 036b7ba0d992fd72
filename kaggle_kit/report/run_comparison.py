"""Compare two runs: their settings, their chosen networks, and their mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kaggle_kit.errors import RunError
from kaggle_kit.evaluation.significance import SIGNIFICANCE, mcnemar
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.storage import read_arrays, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

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


def paired(first: Run, second: Run) -> Paired:
    """Compare the out-of-fold predictions of two fitted runs on each training row.

    Raises
    ------
    RunError
        One of the runs has no ensemble, or the two were fitted on different rows.
    """
    data = [read_json(run.config, "data")["data"]["train.csv"] for run in (first, second)]
    if data[0] != data[1]:
        raise RunError("they were made from different data, so they have no rows in common")
    wrong, other = (_mistakes(run) for run in (first, second))
    if len(wrong) != len(other):
        raise RunError(f"one predicted {len(wrong)} rows and the other {len(other)}")
    return Paired(
        rows=len(wrong),
        both=int(np.count_nonzero(wrong & other)),
        only_first=int(np.count_nonzero(wrong & ~other)),
        only_second=int(np.count_nonzero(other & ~wrong)),
    )


def _mistakes(run: Run) -> NDArray[np.bool_]:
    oof = read_arrays(run.oof, "logits", "labels")
    wrong: NDArray[np.bool_] = oof["logits"].argmax(axis=1) != oof["labels"]
    return wrong


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
    yield from _leaves("config", read_json(run.config))
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
