"""`kaggle-kit submit`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api import submit as api
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of, workers_of

if TYPE_CHECKING:
    from argparse import Namespace

    from kaggle_kit.api.job import Job
    from kaggle_kit.workspace.ledger import Entry

LAST = 5


def run(options: Namespace) -> None:
    job = job_of(options)
    if options.sync:
        changed = api.synchronise(job, reporter=console)
        console.result(f"up to date: {job.home.ledger}, {changed} new or changed")
        _show_last(job)
        return
    made = api.write_submission(
        job, rewrite=options.rewrite, workers=workers_of(options), reporter=console
    )
    if made.edited:
        console.result(
            f"kept:    {job.run.submission} ({made.rows:,} rows, valid), with "
            f"{console.count(made.edited, 'label')} edited; --rewrite restores the ensemble's"
        )
    else:
        console.result(f"written: {job.run.submission} ({made.rows:,} rows, valid)")
    console.result(f"out-of-fold accuracy {made.evaluation.describe()}")
    message = options.message or api.default_message(job, made)
    if made.sample_accuracy is not None:
        console.result(f"accuracy on the sample's held-out labels {made.sample_accuracy:.4f}")
    elif options.dry_run:
        console.result(f"would send {job.run.submission} to {job.competition.url}")
        console.result(f"with the message: {message}")
    else:
        _send(job, options, made, message)


def _send(job: Job, options: Namespace, made: api.Submission, message: str) -> None:
    sent = api.send(job, made, message, again=options.again, reporter=console)
    if sent.is_new:
        console.result(f"submitted: {job.competition.url}/submissions (number {sent.entry.ref})")
    else:
        console.note(
            f"not sent: the same file was sent before, as number {sent.entry.ref}; "
            "--again sends it again"
        )
    if options.no_wait:
        return
    entry = api.wait_for_score(job, sent.entry, reporter=console)
    console.result(
        f"public score {entry.public_score}   out-of-fold accuracy {made.evaluation.describe()}"
    )
    _show_last(job)


def _show_last(job: Job) -> None:
    last = api.last_submissions(job, LAST)
    if not last:
        return
    header = ("number", "time, UTC", "run", "CV mean ± std", "public", "difference", "message")
    console.table(header, [_cells(entry) for entry in last])


def _cells(entry: Entry) -> tuple[str, ...]:
    cv = "" if entry.cv_mean is None else f"{entry.cv_mean:.5f} ± {entry.cv_std or 0:.5f}"
    score = entry.status if entry.public_score is None else f"{entry.public_score:.5f}"
    difference = "" if entry.difference is None else f"{entry.difference:+.5f}"
    when = entry.time[:16].replace("T", " ")
    message = " ".join(entry.message.split())[:40]
    return (str(entry.ref), when, entry.run, cv, score, difference, message)
