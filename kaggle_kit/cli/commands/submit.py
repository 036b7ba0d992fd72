"""`kaggle-kit submit`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from kaggle_kit.api import own_file
from kaggle_kit.api import submit as api
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of, trackers_of, workers_of
from kaggle_kit.cli.hints import pasteable
from kaggle_kit.cli.output import document, results
from kaggle_kit.errors import InputError, counted

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from kaggle_kit.api.job import Job
    from kaggle_kit.kaggle.uploader import Sent
    from kaggle_kit.workspace.ledger import Entry

LAST = 5


def run(options: Namespace) -> None:
    job = job_of(options)
    if options.own:
        _run_file(job, options)
        return
    if options.sync:
        changed = api.synchronise(job, reporter=console)
        _answer(job, "synchronised", {"changed": changed})
        console.result(f"up to date: {job.home.ledger}, {changed} new or changed")
        _show_last(job)
        return
    if not options.dry_run:
        api.check_takes_files(job)
    made = api.write_submission(
        job,
        rewrite=options.rewrite,
        workers=workers_of(options),
        reporter=console,
        log=trackers_of(options),
    )
    if made.edited:
        console.result(
            f"kept:    {job.run.submission} ({counted(made.rows, 'row')}, valid), with "
            f"{made.edits}; --rewrite restores the ensemble's"
        )
    else:
        rows = counted(made.rows, "row")
        console.result(f"written: {job.run.submission} ({rows}, valid)")
    console.result(made.out_of_fold)
    message = options.message or api.default_message(job, made)
    about = {
        "run": job.run.folder.name,
        "file": job.run.submission,
        "rows": made.rows,
        "edited": made.edited,
        "out_of_fold": made.evaluation,
        "sample_accuracy": made.sample_accuracy,
        "message": message,
    }
    send = partial(api.send, job, made, message, again=options.again, reporter=console)
    _deliver(job, options, about, send, made.out_of_fold)


def _run_file(job: Job, options: Namespace) -> None:
    for name in ("sync", "rewrite"):
        if getattr(options, name):
            raise InputError(
                f"--{name} does not go with {options.own}", "leave out the one or the other"
            )
    if not options.dry_run:
        api.check_takes_files(job)
    file = own_file.check_file(job, options.own, reporter=console)
    console.result(f"checked: {file.path} ({counted(file.rows, 'row')}, valid)")
    if not file.is_known:
        console.note(
            "the data are not here, so ids and classes are not checked; `kaggle-kit download` gets "
            "them"
        )
    if file.is_rewritten:
        console.note(f"it is sent {api.PLAIN}")
    message = options.message or file.path.name
    about = {
        "file": file.path,
        "rows": file.rows,
        "sample_accuracy": file.sample_accuracy,
        "message": message,
    }
    send = partial(own_file.send_file, job, file, message, again=options.again, reporter=console)
    _deliver(job, options, about, send)


def _deliver(
    job: Job,
    options: Namespace,
    about: dict[str, Any],
    send: Callable[[], Sent],
    out_of_fold: str = "",
) -> None:
    """Score the file of the sample here, say what would be sent, or send it and await its score."""
    if about["sample_accuracy"] is not None:
        _answer(job, "sample", about)
        accuracy = f"{about['sample_accuracy']:.4f}"
        console.result(f"accuracy on the sample's held-out labels {accuracy}")
    elif options.dry_run:
        _answer(job, "dry_run", about)
        _show_plan(job, str(about["file"]), about["message"])
    else:
        _follow(job, options, send(), about, out_of_fold)


def _show_plan(job: Job, path: str, message: str) -> None:
    if job.competition.notebooks_only:
        console.result(
            f"{job.competition.slug} takes submissions from notebooks alone, not {path}: "
            f"{pasteable('`kaggle-kit kernel push`')} runs the kit in one"
        )
        return
    console.result(f"would send {path} to {job.competition.url}")
    console.result(f"with the message: {message}")


def _answer(job: Job, outcome: str, about: dict[str, Any], entry: Entry | None = None) -> None:
    """Answer programs, again if the score has come: the ledger has it by then."""
    last = api.last_submissions(job, LAST) if document.is_json() else ()
    document.answer(results.submitted, job, outcome, about, entry, last)


def _follow(
    job: Job, options: Namespace, sent: Sent, about: dict[str, Any], out_of_fold: str = ""
) -> None:
    outcome = "submitted" if sent.is_new else "submitted_before"
    _answer(job, outcome, about, sent.entry)
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
    _answer(job, outcome, about, entry)
    told = f"   {out_of_fold}" if out_of_fold else ""
    console.result(f"public score {entry.public_score}{told}")
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
