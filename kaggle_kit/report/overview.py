"""The overview of a run, from its files and the ledger; no neural network is loaded.

for overview in overviews(home, submissions_by_file(home.ledger, "digit-recognizer")):
    print(overview.name, overview.state, overview.cv)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kaggle_kit.competition.description import Metric
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.errors import InputError, KitError, in_words
from kaggle_kit.evaluation import scores
from kaggle_kit.networks.families.own_text import family_name
from kaggle_kit.workspace.best import Best, TrialStatus
from kaggle_kit.workspace.config import trained_on
from kaggle_kit.workspace.files import sha256
from kaggle_kit.workspace.fit_status import fingerprint, is_fitted, missing_networks
from kaggle_kit.workspace.ledger import Entry, entries
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import HISTORY, read_arrays, read_json, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from kaggle_kit.workspace.paths import Home

OUT_OF_FOLD, TRIAL = "oof", "trial"


class Judged(NamedTuple):
    """The metric of a run, and how many labels it takes."""

    metric: str = Metric.ACCURACY
    k: int = 1

    def __str__(self) -> str:
        return scores.in_words(self.metric, self.k)


@dataclass(frozen=True)
class CrossValidation:
    """Scores by fold, from the out-of-fold predictions of the ensemble or from the best trial.

    Attributes
    ----------
    of : str
        The source of the scores: OUT_OF_FOLD or TRIAL.
    scores : list of float
        Stored so that greater is better.
    judged : Judged
    """

    of: str
    scores: list[float]
    judged: Judged

    @property
    def mean(self) -> float:
        return float(np.mean(self.scores))

    @property
    def shown(self) -> list[float]:
        """The scores as Kaggle shows the metric."""
        return [scores.shown(self.judged.metric, score) for score in self.scores]

    @property
    def shown_mean(self) -> float:
        """The mean as Kaggle shows the metric."""
        return scores.shown(self.judged.metric, self.mean)

    @property
    def std(self) -> float:
        """Standard deviation over folds (ddof=1); NaN for a single fold."""
        return float(np.std(self.scores, ddof=1)) if len(self.scores) > 1 else float("nan")


class NetworkCount(NamedTuple):
    """How many networks of an ensemble are trained, and how many are planned."""

    trained: int
    planned: int


NO_NETWORKS = NetworkCount(trained=0, planned=0)


@dataclass(frozen=True)
class Overview:
    """One run at a glance; if `damage` is not "", only `name` and `remedy` are known besides it.

    Attributes
    ----------
    state : str
        How far the run has come: searching, searched, fitted or submitted.
    networks : NetworkCount
        The networks of the ensemble.
    search_seconds, fit_seconds : float
        The sum over all trials, and the sum over all networks, as if run one after the other.
    public : str
        The public score of submission.csv; the status of the submission if it has no score yet;
        "" if there is no submission.
    """

    name: str
    preset: str = ""
    family: str = ""
    state: str = ""
    cv: CrossValidation | None = None
    networks: NetworkCount = NO_NETWORKS
    search_seconds: float = 0.0
    fit_seconds: float = 0.0
    public: str = ""
    damage: str = ""
    remedy: str = ""


def overviews(home: Home, submissions: Mapping[str, Entry]) -> list[Overview]:
    """Every run of a home: the best CV first, then runs without a CV, then damaged runs.

    Runs of one metric stand together.

    Parameters
    ----------
    submissions : mapping of str to Entry
        The result of `submissions_by_file`.
    """
    if not home.runs.is_dir():
        return []
    folders = [path for path in home.runs.iterdir() if path.is_dir() and path.name[0] != "."]
    found = [_unless_damaged(Run(path), submissions) for path in sorted(folders)]
    return sorted(found, key=_place)


def _place(found: Overview) -> tuple[bool, bool, str, float]:
    if found.cv is None:
        return (bool(found.damage), True, "", 0.0)
    return (False, False, str(found.cv.judged), -found.cv.mean)


def submissions_by_file(ledger: Path, competition: str) -> dict[str, Entry]:
    """The last submission of each file, by SHA-256; raises RunError if the ledger is damaged."""
    return {entry.file_sha256: entry for entry in entries(ledger, competition) if entry.file_sha256}


def _unless_damaged(run: Run, submissions: Mapping[str, Entry]) -> Overview:
    name = run.folder.name
    if not run.config.exists():
        return Overview(name, damage="it has no config.json, so it is not a run or not complete")
    try:
        return overview(run, submissions)
    except KitError as error:
        return Overview(name, damage=str(error), remedy=error.hint)
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        return Overview(name, damage=f"its files cannot be read: {in_words(error)}")


def overview(run: Run, submissions: Mapping[str, Entry]) -> Overview:
    """The overview of one run.

    Raises
    ------
    RunError
        A file of the run is missing or damaged.
    """
    config = read_json(run.config, "preset", "family", "data")
    searched = run.best.exists()
    fitted = searched and is_fitted(run, fingerprint(run, trained_on(config)))
    submission = submissions.get(sha256(run.submission)) if run.submission.exists() else None
    state = "fitted" if fitted else "searched" if searched else "searching"
    return Overview(
        name=run.folder.name,
        preset=config["preset"] or "",
        family=family_name(config["family"]),
        state="submitted" if fitted and submission else state,
        cv=_out_of_fold(run) if fitted else _of_best_trial(run, config),
        networks=_networks(run) if searched else NO_NETWORKS,
        search_seconds=_search_seconds(run),
        fit_seconds=_fit_seconds(run) if searched else 0.0,
        public=_public(submission) if fitted and submission else "",
    )


def _networks(run: Run) -> NetworkCount:
    planned = len(Best.read(run.best).networks)
    return NetworkCount(planned - len(missing_networks(run)), planned)


def judged(run: Run, config: dict[str, Any]) -> Judged:
    """What judges a run; accuracy if neither best.json nor the competition's description tells."""
    if run.best.exists():
        problem = Best.read(run.best).problem
        return Judged(problem.metric, problem.k)
    try:
        competition = get_competition(config["competition"], run.folder.parent.parent)
    except (KeyError, InputError):
        return Judged()
    return Judged(competition.metric, competition.submission.k)


def fold_scores(
    by: Judged, logits: scores.Logits, labels: scores.Labels, folds: scores.Labels
) -> list[float]:
    """The scores of out-of-fold logits (n, classes) in each fold, stored so greater is better."""
    held_out = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    return [scores.score(by.metric, logits[rows], labels[rows], k=by.k) for rows in held_out]


def _out_of_fold(run: Run) -> CrossValidation:
    by = judged(run, {})
    oof = read_arrays(run.oof, "logits", "labels", "fold")
    found = fold_scores(by, oof["logits"], oof["labels"], oof["fold"])
    return CrossValidation(OUT_OF_FOLD, found, by)


def _of_best_trial(run: Run, config: dict[str, Any]) -> CrossValidation | None:
    """The CV in best.json; during the search, the CV of the best completed trial so far."""
    by = judged(run, config)
    if run.best.exists():
        cv = Best.read(run.best).cv
        return CrossValidation(TRIAL, cv.scores, by) if cv else None
    if not run.trials.exists():
        return None
    trials = read_table(run.trials, numbers=["rank_test_score"], texts=["status"])
    completed = trials[trials["status"] == TrialStatus.COMPLETED]
    if completed.empty:
        return None
    best = completed.sort_values("rank_test_score").iloc[0]
    found = [best[name] for name in trials.columns if name.startswith("split")]
    return CrossValidation(TRIAL, [float(score) for score in found], by)


def _search_seconds(run: Run) -> float:
    if not run.trials.exists():
        return 0.0
    if read_table(run.trials, texts=["trial"]).empty:
        return 0.0
    return float(read_table(run.trials, numbers=["seconds"])["seconds"].sum())


def _fit_seconds(run: Run) -> float:
    """Total training time; the clock of each network starts at 0, so its maximum is its time."""
    every = Best.read(run.best).networks
    several = [path for network in every if (path := run.network_history(*network)).exists()]
    histories = [run.history] if run.history.exists() else several
    tables = [read_table(path, numbers=HISTORY) for path in histories]
    lengths = [table.groupby(["fold", "member"])["seconds"].max() for table in tables]
    return float(sum(length.sum() for length in lengths))


def _public(submission: Entry) -> str:
    score = submission.public_score
    return submission.status if score is None else f"{score:.5f}"
