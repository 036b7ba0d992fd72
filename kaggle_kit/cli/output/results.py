"""Results of the verbs as plain dicts: the fields that docs/output.md lists.

Scores are as Kaggle shows the metric. Each function returns all fields of its verb, with None for
what does not apply, so that a program finds the same keys every time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kaggle_kit.cli.hints import pasteable
from kaggle_kit.evaluation.scores import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kaggle_kit.api.doctor import Check
    from kaggle_kit.api.download import Download
    from kaggle_kit.api.job import Job
    from kaggle_kit.api.predict import Predictions
    from kaggle_kit.api.tune import Tuned
    from kaggle_kit.evaluation.metrics import Evaluation
    from kaggle_kit.workspace.best import Best
    from kaggle_kit.workspace.ledger import Entry

MOST_CLASSES = 100  # that a confusion matrix is given of

Fields = dict[str, Any]


def downloaded(job: Job, found: Download) -> Fields:
    train, test = found.images.train, found.images.test
    return {
        "competition": job.competition.slug,
        "folder": job.data,
        "source": found.manifest.source,
        "is_new": found.is_new,
        "training_images": len(train.images),
        "test_images": len(test.images),
        "image_shape": found.images.problem.image_shape,
        "classes": train.class_names,
    }


def tuned(job: Job, done: Tuned) -> Fields:
    search = done.search
    return {
        **of_run(job),
        "best": _best(done.best),
        "search": search and {"trials": search.trials, "seconds": search.seconds},
        "files": {"best": job.run.best, "trials": job.run.trials},
    }


def fitted(job: Job, evaluation: Evaluation, best: Best) -> Fields:
    names = best.problem.class_names
    return {
        **of_run(job),
        "out_of_fold": evaluated(evaluation),
        "accuracy": evaluation.accuracy,
        "classes": names,
        "confusion": evaluation.confusion if len(names) <= MOST_CLASSES else None,
        "hardest_pairs": [
            {"true": names[true], "predicted": names[predicted], "rows": rows}
            for true, predicted, rows in evaluation.pairs
        ],
        "files": {"models": job.run.models, "oof": job.run.oof, "history": job.run.history},
    }


def submitted(
    job: Job,
    outcome: str,
    made: Fields,
    entry: Entry | None = None,
    last: Sequence[Entry] = (),
) -> Fields:
    """What became of a submission.

    Parameters
    ----------
    outcome : str
        "submitted", "submitted_before", "dry_run", "sample" or "synchronised".
    made : dict
        What is known of the file, by the keys below.
    entry : Entry, optional
        The submission at Kaggle.
    last : sequence of Entry
        The last submissions in the ledger, oldest first.
    """
    unknown = ("run", "file", "rows", "edited", "sample_accuracy", "message", "changed")
    found = made.get("out_of_fold")
    return {
        "competition": job.competition.slug,
        "outcome": outcome,
        **dict.fromkeys(unknown),
        **made,
        "out_of_fold": found and evaluated(found),
        "submission": entry and _entry(job, entry),
        "submissions": [_entry(job, one) for one in last],
        "ledger": job.home.ledger,
    }


def predicted(job: Job, found: Predictions, out: Path | None) -> Fields:
    return {
        "competition": found.competition,
        "run": job.run.folder.name,
        "file": out,
        "predictions": [
            {
                "name": one.name,
                "label": one.label,
                "probability": one.probability,
                "doubts": one.doubts,
            }
            for one in found.labelled
        ],
        "unreadable": [{"name": name, "error": error} for name, error in found.unreadable],
    }


def examined(job: Job, checks: Sequence[Check]) -> Fields:
    return {
        "competition": job.competition.slug,
        "home": job.home.folder,
        "checks": [
            {
                "what": check.what,
                "level": check.level,
                "found": check.found,
                "remedy": pasteable(check.remedy) or None,
            }
            for check in checks
        ],
    }


def of_run(job: Job) -> Fields:
    return {
        "competition": job.competition.slug,
        "run": job.run.folder.name,
        "folder": job.run.folder,
    }


def _best(best: Best) -> Fields:
    cv, problem = best.cv, best.problem
    score = cv and {
        "metric": problem.metric,
        "k": problem.k,
        "mean": shown(problem.metric, cv.mean),
        "standard_error": cv.standard_error,
        "folds": [shown(problem.metric, one) for one in cv.scores],
        "epochs": cv.epochs,
    }
    return {
        "trial": best.trial,
        "status": best.status,
        "family": best.family,
        "score": score,
        "hyperparameters": best.hyperparameters,
        "members": len(best.members),
        "epochs": best.epochs,
        "seed": best.seed,
    }


def evaluated(found: Evaluation) -> Fields:
    several = len(found.fold_scores) > 1
    return {
        "metric": found.metric,
        "k": found.k,
        "score": shown(found.metric, found.score),
        "mean": shown(found.metric, found.mean),
        "std": found.std if several else None,
        "folds": [shown(found.metric, one) for one in found.fold_scores],
    }


def _entry(job: Job, entry: Entry) -> Fields:
    return {
        "number": entry.ref,
        "time": entry.time,
        "run": entry.run,
        "status": entry.status,
        "public_score": entry.public_score,
        "cv_mean": entry.cv_mean,
        "cv_std": entry.cv_std,
        "difference": entry.difference,
        "message": entry.message,
        "page": f"{job.competition.url}/submissions",
    }
