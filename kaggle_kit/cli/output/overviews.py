"""Results of `runs` and `leaderboard` as plain dicts; see `results`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kaggle_kit.api.run_files import size_of
from kaggle_kit.cli.hints import pasteable
from kaggle_kit.workspace.paths import Run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kaggle_kit.api.job import Job
    from kaggle_kit.api.leaderboard import LeaderboardReview, Movement
    from kaggle_kit.api.run_files import Sized
    from kaggle_kit.api.runs import RunComparison
    from kaggle_kit.kaggle.leaderboard import Review
    from kaggle_kit.report.overview import CrossValidation, Overview

Fields = dict[str, Any]


def listed(job: Job, found: Sequence[Overview]) -> Fields:
    runs = [_run(one) | {"bytes": size_of(Run(job.home.runs / one.name))} for one in found]
    return {**_about(job, "list"), "runs": runs}


def changed(job: Job, action: str, found: Sequence[Sized]) -> Fields:
    """The runs that were removed, packed or unpacked."""
    return {
        **_about(job, action),
        "changed": [{"name": name, "path": path, "bytes": size} for name, path, size in found],
        "bytes": sum(one.size for one in found),
    }


def compared(job: Job, found: RunComparison) -> Fields:
    names = (found.first.name, found.second.name)
    told = found.mistakes and {
        "test": found.mistakes.test,
        "p": found.mistakes.p,
        "numbers": found.mistakes.describe(*names),
        "verdict": found.mistakes.verdict(*names),
    }
    return {
        **_about(job, "compare"),
        "runs": [
            _run(one) | {"bytes": size_of(Run(job.home.runs / one.name))}
            for one in (found.first, found.second)
        ],
        "differences": [
            {"where": where, "first": first, "second": second}
            for where, first, second in found.differences
        ],
        "have_same_folds": found.have_same_folds,
        "mistakes": told,
        "not_fitted": found.unfitted,
        "obstacle": found.obstacle or None,
    }


def reviewed(job: Job, found: LeaderboardReview, figures: Sequence[Path]) -> Fields:
    now, team = found.review, found.team
    return {
        "competition": job.competition.slug,
        "file": found.path,
        "metric": now.metric,
        "k": job.competition.submission.k,
        "teams": now.teams,
        "unscored": now.unscored,
        "best_percent": now.lines,
        "suspicious": now.suspicious,
        "perfect": now.perfect,
        "limit": now.limit,
        "team": team and {"name": team.name, "score": team.score, "namesakes": team.namesakes},
        "own": _standing(now, found.score),
        "cv": _standing(now, found.cv),
        "movement": found.movement and _movement(found.movement),
        "history": [
            {
                "time": entry.time,
                "run": entry.run,
                "cv_mean": entry.cv_mean,
                "public_score": entry.public_score,
                "difference": entry.difference,
            }
            for entry in found.history
        ],
        "figures": figures,
    }


def _about(job: Job, action: str) -> Fields:
    return {"action": action, "competition": job.competition.slug, "folder": job.home.runs}


def _run(found: Overview) -> Fields:
    is_score = found.public.replace(".", "", 1).replace("-", "", 1).isdigit()
    return {
        "name": found.name,
        "preset": found.preset or None,
        "family": found.family or None,
        "state": "damaged" if found.damage else found.state,
        "cv": found.cv and _cv(found.cv),
        "networks": {"trained": found.networks.trained, "planned": found.networks.planned},
        "search_seconds": found.search_seconds,
        "fit_seconds": found.fit_seconds,
        "public_score": float(found.public) if is_score else None,
        "public_status": (found.public and ("complete" if is_score else found.public)) or None,
        "damage": found.damage or None,
        "remedy": pasteable(found.remedy, found.name) or None,
    }


def _cv(found: CrossValidation) -> Fields:
    return {
        "of": found.of,
        "metric": found.judged.metric,
        "k": found.judged.k,
        "mean": found.shown_mean,
        "std": found.std,
        "folds": found.shown,
    }


def _standing(now: Review, score: float | None) -> Fields | None:
    if score is None or not now.teams:
        return None
    there = now.standing(score)
    is_suspicious = now.limit is not None and score > now.limit
    return {
        "score": score,
        "rank": there.rank,
        "of": there.teams,
        "tied": there.tied,
        "top_percent": there.top,
        "rank_without_suspicious": None if is_suspicious else now.honest_rank(score),
    }


def _movement(found: Movement) -> Fields:
    return {
        "since": found.since,
        "teams": found.teams,
        "suspicious": found.suspicious,
        "rank_before": found.before,
        "rank_now": found.after,
        "score": found.score,
    }
