"""The section on the score: the interval that is expected, and the score once it is known."""

from collections.abc import Iterator

from kaggle_kit.competition.description import Metric
from kaggle_kit.evaluation.decisions import Rule
from kaggle_kit.evaluation.intervals import binomial_error
from kaggle_kit.evaluation.scores import score
from kaggle_kit.report.components import Section, missing, table, text
from kaggle_kit.report.contents import ReportData, Scores
from kaggle_kit.workspace.ledger import Entry

HEADER = ("date", "file", "status", "public score", "CV", "difference", "standard error")


def score_section(data: ReportData) -> Section:
    title = "The score on held-out labels" if data.scores.of_sample else "The score at Kaggle"
    return Section("score", title, [_expected(data), *_decision(data), *_leak(data), *_known(data)])


def _expected(data: ReportData) -> str:
    scores, expected = data.scores, data.scores.expected(data.oof)
    if expected is None:
        return _expected_alone(data)
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


def _expected_alone(data: ReportData) -> str:
    """The expected score without an interval: the number of public rows is not known."""
    measured, found = data.measured, data.oof.evaluation
    folds = len(found.fold_scores)
    better = "less is better" if measured.is_loss else "more is better"
    unknown = (
        "How many test images the public score is computed on is not known, so there is no interval"
        " for it."
        if measured.is_accuracy
        else f"How much {measured.words} varies by chance in the choice of the test images is not"
        " known."
    )
    return text(
        f"The competition is scored by {measured.words}; {better}. Out of fold, it is",
        f"{measured.shown(found.score):.5f}, and this score is expected at Kaggle. Over {folds}",
        f"folds, the mean is {measured.shown(found.mean):.5f} and the standard deviation",
        f"{found.std:.5f}. {unknown} A choice of hyperparameters on the same folds makes the",
        "out-of-fold score slightly too good. The submission uses the mean over the networks of",
        "all folds, which is likely slightly better than the networks of one fold.",
    )


def _decision(data: ReportData) -> Iterator[str]:
    """How labels or probabilities are made from the logits, where that is not obvious."""
    chosen, measured = data.oof.decision, data.measured
    if views := data.views.describe(data.problem):
        yield text(f"{views}. This choice was made on the same predictions.")
    if measured.metric == Metric.LOG_LOSS:
        plain = score(measured.metric, data.oof.logits, data.oof.labels)
        yield text(
            f"The score is that of calibrated probabilities: the temperature of each fold is fitted"
            f" on the other folds. Without it, it is {measured.shown(plain):.5f}.",
        )
    elif chosen and chosen.decision.rule != Rule.ARGMAX:
        yield text(
            f"The label of an image is {chosen.decision.describe()}. The rule for each fold was"
            f" found on the other folds. With the most probable class instead, {measured.words} is"
            f" {measured.shown(chosen.plain):.5f}.",
        )


def _leak(data: ReportData) -> Iterator[str]:
    competition = data.competition
    if data.scores.of_sample or not competition.leak:
        return
    limit = competition.suspicious_above
    yield text(
        f"A score on the leaderboard may rest on a leak: {competition.leak}.",
        f"The best score that was published without the test labels is {competition.honest_limit:g}"
        f" ({competition.honest_source}); one above {limit:.4f} is suspicious."
        if competition.honest_limit and limit
        else "",
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
    has_error = scores.expected(data.oof) is not None
    if own := scores.submissions:
        yield table(
            "Submissions of this run",
            HEADER if has_error else HEADER[:-1],
            ((*_row(entry, scores), *_error(entry, scores, has_error)) for entry in own),
        )


def _verdict(known: float, data: ReportData) -> str:
    expected = data.scores.expected(data.oof)
    if expected is None:
        promised = data.measured.shown(data.oof.evaluation.score)
        return (
            f"The score of submission.csv is {known:.5f}; out of fold it is {promised:.5f},"
            f" a difference of {known - promised:+.5f}."
        )
    place = (
        "above the interval"
        if known > expected.high
        else "below the interval"
        if known < expected.low
        else "inside the interval"
    )
    return f"The score of submission.csv is {known:.5f}: it is {place}."


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
    )


def _error(entry: Entry, scores: Scores, is_known: bool) -> Iterator[str]:  # noqa: FBT001
    """The standard error of an accuracy on known rows."""
    if is_known and scores.rows:
        public = entry.public_score
        yield "" if public is None else f"{binomial_error(public, scores.rows):.5f}"
