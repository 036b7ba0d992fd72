"""List the runs with their CV and scores, or compare two of them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kaggle_kit.report.overview import Overview
    from kaggle_kit.report.run_comparison import Difference, Paired, PairedScores
    from kaggle_kit.workspace.ledger import Entry
    from kaggle_kit.workspace.paths import Home, Run


@dataclasses.dataclass(frozen=True)
class RunComparison:
    """Two runs side by side.

    Attributes
    ----------
    first, second : Overview
    differences : list of Difference
        The settings and choices that differ.
    have_same_folds : bool
        Whether the folds of both runs hold out the same rows.
    mistakes : Paired, PairedScores or None
        The mistakes of both on the same rows, or their scores; None if they cannot be compared.
    unfitted : list of str
        The names of the runs that have no ensemble yet.
    obstacle : str
        Why the mistakes cannot be compared although both runs have an ensemble; else "".
    """

    first: Overview
    second: Overview
    differences: list[Difference]
    have_same_folds: bool
    mistakes: Paired | PairedScores | None = None
    unfitted: list[str] = dataclasses.field(default_factory=list)
    obstacle: str = ""


def list_runs(home: Home, competition: str, *, reporter: Reporter = SILENCE) -> list[Overview]:
    """List all runs of a home, the best cross-validation first.

    Parameters
    ----------
    competition : str
        The slug of the competition whose public scores are looked up in the ledger.
    """
    from kaggle_kit.report import overview

    return overview.overviews(home, _submissions(home, competition, reporter))


def compare_runs(
    home: Home, names: tuple[str, str], competition: str, *, reporter: Reporter = SILENCE
) -> RunComparison:
    """Compare two runs of a home.

    Raises
    ------
    RunError
        A run does not exist, or one of its files is damaged.
    """
    first, second = (existing(home, name) for name in names)
    from kaggle_kit.report import overview, run_comparison

    submissions = _submissions(home, competition, reporter)
    one, other = (overview.overview(run, submissions) for run in (first, second))
    unfitted = [run.name for run in (one, other) if run.state not in {"fitted", "submitted"}]
    compared = RunComparison(
        first=one,
        second=other,
        differences=run_comparison.differences(first, second),
        have_same_folds=run_comparison.have_same_folds(first, second),
        unfitted=unfitted,
    )
    if unfitted:
        return compared
    try:
        return dataclasses.replace(compared, mistakes=run_comparison.paired(first, second))
    except RunError as error:
        return dataclasses.replace(compared, obstacle=str(error))


def _submissions(home: Home, competition: str, reporter: Reporter) -> Mapping[str, Entry]:
    from kaggle_kit.report import overview

    try:
        return overview.submissions_by_file(home.ledger, competition)
    except RunError as error:
        reporter.note(f"public scores are unknown: {error}; {error.hint}")
        return {}


def existing(home: Home, name: str) -> Run:
    """The run of that name; raises RunError if there is none."""
    found = home.run(name)
    if not found.folder.is_dir():
        raise RunError(
            f"there is no run {name!r} in {home.runs}", hint="`kaggle-kit runs` lists those there"
        )
    return found
