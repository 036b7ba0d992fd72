"""Write submission.csv, upload it, and wait for the score; or bring the ledger up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.job import Job, warn_of_exposed_key
from kaggle_kit.cli import console
from kaggle_kit.cli.commands.fit import fitted
from kaggle_kit.workspace.lock import writing
from kaggle_kit.workspace.storage import read_arrays

if TYPE_CHECKING:
    from argparse import Namespace

    from kaggle_kit.evaluation.metrics import Evaluation
    from kaggle_kit.kaggle.uploader import Uploader
    from kaggle_kit.workspace.ledger import Entry

LAST = 5


def run(options: Namespace) -> None:
    from kaggle_kit.data.manifest import check_landed
    from kaggle_kit.data.submission_csv import score

    job = Job.of(options)
    if options.sync:
        _synchronise(job)
        return
    evaluation = fitted(job, options)
    with writing(job.run.folder, console.note):
        _write_submission(job)
    console.result(f"out-of-fold accuracy {evaluation.describe()}")
    if check_landed(job.data, {}).is_sample:
        accuracy = score(job.run.submission, job.data / "solution.csv")
        console.result(f"accuracy on the sample's held-out labels {accuracy:.4f}")
    elif options.dry_run:
        console.result(f"would send {job.run.submission} to {job.competition.url}")
        console.result(f"with the message: {_message(options, evaluation)}")
    else:
        _upload(job, options, evaluation)


def _write_submission(job: Job) -> None:
    from kaggle_kit.data.submission_csv import validate_submission, write_submission

    labels = read_arrays(job.run.test)["logits"].argmax(axis=1)
    write_submission(job.run.submission, labels, job.competition)
    sample = job.data / "sample_submission.csv"
    validate_submission(job.run.submission, sample, job.competition)
    console.result(f"written: {job.run.submission} ({len(labels):,} rows, valid)")


def _message(options: Namespace, evaluation: Evaluation) -> str:
    return options.message or f"kaggle-kit {options.run}: CV {evaluation.mean:.5f}"


def _upload(job: Job, options: Namespace, evaluation: Evaluation) -> None:
    uploader = _uploader(job)
    entry, is_new = uploader.send(
        job.run, _message(options, evaluation), evaluation, again=options.again
    )
    if is_new:
        console.result(f"submitted: {job.competition.url}/submissions (number {entry.ref})")
    else:
        console.note(
            f"not sent: this very file was sent before, as number {entry.ref}; --again repeats it"
        )
    if options.no_wait:
        return
    if entry.status == "pending":
        with console.waiting("waiting for the score") as on_poll:
            entry = uploader.wait(entry, on_poll)
    console.result(
        f"public score {entry.public_score}   out-of-fold accuracy {evaluation.describe()}"
    )
    _show_last(job)


def _synchronise(job: Job) -> None:
    changed = _uploader(job).synchronise()
    console.result(f"up to date: {job.home.ledger}, {changed} new or changed")
    _show_last(job)


def _uploader(job: Job) -> Uploader:
    from kaggle_kit.kaggle.submissions import KaggleSubmissions
    from kaggle_kit.kaggle.uploader import Uploader

    warn_of_exposed_key()
    return Uploader(KaggleSubmissions(), job.home, job.competition, console.note)


def _show_last(job: Job) -> None:
    from kaggle_kit.workspace.ledger import entries

    last = entries(job.home.ledger, job.competition.slug)[-LAST:]
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
