"""The section on the score: the interval that is expected, and the score once it is known."""

from collections.abc import Iterator

from kaggle_kit.evaluation.intervals import binomial_error
from kaggle_kit.report.components import Section, missing, table, text
from kaggle_kit.report.contents import ReportData, Scores
from kaggle_kit.workspace.ledger import Entry

HEADER = ("date", "file", "status", "public score", "CV", "difference", "standard error")


def score_section(data: ReportData) -> Section:
    title = "The score on held-out labels" if data.scores.of_sample else "The score at Kaggle"
    return Section("score", title, [_expected(data), *_known(data)])


def _expected(data: ReportData) -> str:
    scores, expected = data.scores, data.scores.expected(data.oof)
    folds = len(data.oof.fold_names)
    what = (
        f"the {scores.rows:,} held-out images of the embedded sample"
        if scores.of_sample
        else f"the {scores.rows:,} test images of the public score"
    )
    return text(
        f"On {what}, a score between {expected.low:.5f} and {expected.high:.5f} is expected (95%).",
        f"This is the out-of-fold accuracy, {expected.score:.5f}, ± 1.96 times the root of the sum",
        f"of two squared standard errors: {expected.binomial:.5f} for the choice of these images",
        f"(binomial), and {expected.fold:.5f} for the mean over {folds} folds (their standard",
        "deviation divided by the root of their number). Two effects are not in the interval: a",
        "choice of hyperparameters on the same folds makes the out-of-fold accuracy slightly too",
        "good, and the mean over the networks of all folds, which the submission uses, is likely",
        "slightly better than the networks of one fold.",
    )


def _known(data: ReportData) -> Iterator[str]:
    scores = data.scores
    if scores.damage:
        yield missing(f"The submissions of this run are not shown: {scores.damage}.")
        return
    if scores.known is not None:
        yield text(_verdict(scores.known, data))
    else:
        yield missing(_unknown(scores))
    if scores.submissions:
        yield table(
            "Submissions of this run",
            HEADER,
            (_row(entry, scores) for entry in scores.submissions),
        )


def _verdict(score: float, data: ReportData) -> str:
    expected = data.scores.expected(data.oof)
    place = (
        "above the interval"
        if score > expected.high
        else "below the interval"
        if score < expected.low
        else "inside the interval"
    )
    return f"The score of submission.csv is {score:.5f}: it is {place}."


def _unknown(scores: Scores) -> str:
    if scores.of_sample:
        return (
            "The score is not known here. Run `kaggle-kit submit`, which also scores the sample,"
            " then `kaggle-kit report` again."
        )
    if any(entry.file_sha256 == scores.sha256 for entry in scores.submissions):
        return (
            "submission.csv was sent, but its score is not in the ledger. Run `kaggle-kit submit"
            " --sync`, then `kaggle-kit report` again."
        )
    return (
        "submission.csv was not sent yet, as far as the ledger knows. Run `kaggle-kit submit`, then"
        " `kaggle-kit report` again."
    )


def _row(entry: Entry, scores: Scores) -> tuple[str, ...]:
    public, cv, difference = entry.public_score, entry.cv_mean, entry.difference
    return (
        entry.time[:10],
        "submission.csv" if entry.file_sha256 == scores.sha256 else "another one of this run",
        entry.status,
        "" if public is None else f"{public:.5f}",
        "" if cv is None else f"{cv:.5f}",
        "" if difference is None else f"{difference:+.5f}",
        "" if public is None else f"{binomial_error(public, scores.rows):.5f}",
    )
