"""Two runs side by side: what was asked, what was chosen, and which makes fewer mistakes."""

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
    """How many of the same rows two ensembles read wrongly, out of fold."""

    rows: int
    both: int
    only_first: int
    only_second: int

    @property
    def p(self) -> float:
        """How often two that are equally good would differ so much; see `mcnemar`."""
        return mcnemar(self.only_first, self.only_second)

    def verdict(self, first: str, second: str) -> str:
        """Which of the two, so called, is better; in words."""
        if self.p >= SIGNIFICANCE:
            return f"{first} and {second} cannot be told apart, p = {self.p:.2g}"
        better = first if self.only_first < self.only_second else second
        return f"{better} makes fewer mistakes, p = {self.p:.2g}"


def paired(first: Run, second: Run) -> Paired:
    """Compare what two fitted runs say of each training row, out of fold.

    Raises
    ------
    RunError
        One of them has no ensemble, or they were fitted on other rows.
    """
    data = [read_json(run.config, "data")["data"]["train.csv"] for run in (first, second)]
    if data[0] != data[1]:
        raise RunError("they were made from different data, so no row is read by both")
    wrong, other = (_mistakes(run) for run in (first, second))
    if len(wrong) != len(other):
        raise RunError(f"one judged {len(wrong)} rows and the other {len(other)}")
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
    """Whether each fold of the two holds out the same rows."""
    ours, others = (read_arrays(run.folds, "fold")["fold"] for run in (first, second))
    return bool(np.array_equal(ours, others))


class Difference(NamedTuple):
    """A value that two runs differ in, as text; `where` as in config.versions.jax."""

    where: str
    first: str
    second: str


def differences(first: Run, second: Run) -> list[Difference]:
    """What config.json and the choice in best.json say otherwise."""
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
    """Each plain value in nested JSON, with the way to it: config.versions.jax."""
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    if not isinstance(inner, dict):
        yield where, str(value)
        return
    for key, item in inner.items():
        yield from _leaves(f"{where}.{key}", item)
