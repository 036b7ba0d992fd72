"""Write submission.csv or take a file of the user's, upload it, and wait for the score."""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING

from kaggle_kit.api.executors import DEFAULT_WORKERS, Workers
from kaggle_kit.api.fit import fit
from kaggle_kit.api.job import Job, check_at_kaggle, warn_of_exposed_key
from kaggle_kit.api.reporter import SILENCE, Once, Reporter
from kaggle_kit.api.tracking import keep_in_log
from kaggle_kit.competition.description import Answer
from kaggle_kit.errors import DataError, KaggleError, SubmissionError
from kaggle_kit.evaluation.decisions import top_k
from kaggle_kit.evaluation.scores import in_words, shown
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.files import write_bytes
from kaggle_kit.workspace.lock import writing
from kaggle_kit.workspace.storage import read_arrays
from kaggle_kit.workspace.written import Origin, origin, write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from kaggle_kit.data.submissions.form import Form
    from kaggle_kit.data.submissions.rows import Rows
    from kaggle_kit.evaluation.metrics import Evaluation, Logits
    from kaggle_kit.evaluation.verdict import Verdict
    from kaggle_kit.kaggle.uploader import Outgoing, Sent, Uploader
    from kaggle_kit.workspace.ledger import Entry

REWRITE = "nothing was sent; correct it, or add --rewrite: the ensemble's answers then replace it"
PLAIN = "with commas, in UTF-8 and with one spelling of each value"
QUICK = 10.0  # seconds for a question whose answer is an extra


@dataclasses.dataclass(frozen=True)
class Submission:
    """A valid submission.csv of a run.

    Attributes
    ----------
    rows : int
        The number of its predictions.
    evaluation : Evaluation
        The out-of-fold evaluation of the ensemble.
    sample_accuracy : float or None
        The accuracy on the held-out labels of the embedded sample; None for a competition's data.
    edited : int
        The number of rows that the user changed; the others are those of the ensemble.
    answer : Answer
        What a row says.
    """

    rows: int
    evaluation: Evaluation
    sample_accuracy: float | None
    edited: int = 0
    answer: Answer = Answer.LABEL

    @property
    def edits(self) -> str:
        """How many rows the user changed, in words."""
        what = "label" if self.answer == Answer.LABEL else "row"
        return f"{self.edited:,} {what}{'s' * (self.edited != 1)} edited"

    @property
    def out_of_fold(self) -> str:
        """The out-of-fold score in words, with the name of the metric."""
        metric = in_words(self.evaluation.metric, self.evaluation.k)
        return f"out-of-fold {metric} {self.evaluation.describe()}"


def check_takes_files(job: Job) -> None:
    """Check that Kaggle takes files to the competition; the description or Kaggle tells it.

    Raises
    ------
    SubmissionError
        It takes submissions from notebooks alone.
    InputError
        It is a sample, and no competition at Kaggle; its data are not here.
    """
    from kaggle_kit.data.manifest import read_manifest
    from kaggle_kit.kaggle.submissions import FROM_NOTEBOOK, KaggleSubmissions

    manifest = read_manifest(job.data)
    if manifest and manifest.is_sample:  # it is scored on this machine
        return
    check_at_kaggle(job.competition)
    only = job.competition.notebooks_only
    with contextlib.suppress(KaggleError):  # the submission itself tells what is wrong
        client = KaggleSubmissions(job.competition, timeout=QUICK, attempts=1)
        only = only or client.record().notebooks_only
    if only:
        raise SubmissionError(
            f"{job.competition.slug} takes submissions from notebooks alone; nothing was trained "
            "or sent",
            hint=FROM_NOTEBOOK,
        )


def write_submission(
    job: Job,
    *,
    rewrite: bool = False,
    workers: Workers = DEFAULT_WORKERS,
    reporter: Reporter = SILENCE,
    log: Sequence[str] = (),
) -> Submission:
    """Write the run's submission.csv and check it; the ensemble is fitted first if necessary.

    A submission.csv that the user edited keeps its rows.

    Parameters
    ----------
    rewrite : bool
        Write the ensemble's answers, even if the user changed some.
    log : sequence of {"tensorboard", "mlflow"}
        Where the ensemble and the file are logged, beside the files of the run.

    Raises
    ------
    DataError
        Kaggle would reject the file.
    KitError
        An error that `fit` raises.
    """
    from kaggle_kit.data.manifest import check_downloaded
    from kaggle_kit.data.submissions.check import score, validate_submission
    from kaggle_kit.data.submissions.rows import csv_of
    from kaggle_kit.data.verification import SOLUTION

    reporter = Once(reporter)
    evaluation = fit(job, workers=workers, reporter=reporter, log=log)
    with writing(job.run.folder, reporter.note):
        if job.run.submission.is_dir():
            message = f"{job.run.submission} is a folder, expected a file"
            raise DataError(message, hint="move it away")
        form, predicted = _predictions(job)
        rows = predicted if rewrite else _rows_there(job, form, predicted, reporter)
        edited = sum(one != other for one, other in zip(rows, predicted, strict=True))
        content = csv_of(form.columns, rows)
        is_kept = not rewrite and origin(job.run.submission) not in {Origin.NOBODY, Origin.KIT}
        other_form = is_kept and job.run.submission.read_bytes() != content
        if other_form:
            reporter.note(f"{job.run.submission}: it is written again, {PLAIN}")
        if not edited:
            write_file(job.run.submission, content)
        elif other_form:
            write_bytes(job.run.submission, content)
        validate_submission(job.run.submission, form)
        keep_in_log(log, job, job.run.submission, reporter=reporter)
    accuracy = None
    if check_downloaded(job.data, {}).is_sample:
        accuracy = score(job.run.submission, job.data / SOLUTION)
    return Submission(len(predicted), evaluation, accuracy, edited, form.answer)


def _predictions(job: Job) -> tuple[Form, Rows]:
    """The form of a submission, and the rows of the ensemble's predictions."""
    from kaggle_kit.data.dataset import load_test
    from kaggle_kit.data.submissions.form import read_form
    from kaggle_kit.workspace.fit_status import load_verdict

    problem = Best.read(job.run.best).problem
    test_ids = load_test(job.data, job.competition).ids
    form = read_form(job.data, job.competition, problem.class_names, test_ids)
    logits = read_arrays(job.run.test, "logits")["logits"]
    if len(form.ids) != len(logits):
        raise DataError(
            f"the ids of {len(form.ids):,} of the {len(logits):,} test images are known",
            "describe the example of a submission: submission.file",
        )
    return form, form.rows(answers(logits, form, load_verdict(job.run)), test_ids)


def answers(logits: Logits, form: Form, verdict: Verdict) -> NDArray[np.generic]:
    """What a submission says about images with logits (n, classes); see `Form.rows`."""
    if form.answer == Answer.LABEL:
        return verdict.labels(logits)
    if form.answer == Answer.TOP_K:
        return top_k(logits, form.k)
    return verdict.probabilities(logits)


def _rows_there(job: Job, form: Form, predicted: Rows, reporter: Reporter) -> Rows:
    """The rows of a submission.csv that the kit did not write; `predicted` if there is none.

    Rows that say the same stay as predicted. Raises DataError if Kaggle would reject the file.
    """
    from kaggle_kit.data.submissions.check import check_submission

    path = job.run.submission
    if origin(path) in {Origin.NOBODY, Origin.KIT}:
        return predicted
    try:
        found = check_submission(path, form)
    except DataError as error:
        if str(path) in str(error):
            error.hint = REWRITE
        raise
    for remark in found.remarks:
        reporter.note(f"{path}: {remark}")
    there = {row[0]: row for row in found.rows}
    return [ours if form.says_same(there[ours[0]], ours) else there[ours[0]] for ours in predicted]


def default_message(job: Job, made: Submission) -> str:
    """The default text shown next to the score at Kaggle."""
    edited = f", {made.edits}" if made.edited else ""
    mean = shown(made.evaluation.metric, made.evaluation.mean)
    return f"kaggle-kit {job.run.folder.name}: CV {mean:.5f}{edited}"


def send(
    job: Job, made: Submission, message: str, *, again: bool = False, reporter: Reporter = SILENCE
) -> Sent:
    """Upload the run's submission.csv, unless it was sent before; `again` sends it all the same.

    The ledger gets no cross-validation score for a file with edited rows: it is the ensemble's.

    Raises
    ------
    KaggleError
        The file could not be sent, or it is not known whether it was sent; the message says so.
    """
    from kaggle_kit.kaggle.uploader import Outgoing

    name, content, found = job.run.folder.name, job.run.submission.read_bytes(), made.evaluation
    mean = shown(found.metric, found.mean)
    outgoing = Outgoing(name, content, mean, found.std)
    if made.edited:
        outgoing = Outgoing(name, content)
    return upload(job, outgoing, message, again=again, reporter=reporter)


def upload(
    job: Job, outgoing: Outgoing, message: str, *, again: bool = False, reporter: Reporter = SILENCE
) -> Sent:
    """Upload a submission of any origin; otherwise like `send`."""
    return _uploader(job, reporter).send(outgoing, message, again=again)


def wait_for_score(job: Job, entry: Entry, *, reporter: Reporter = SILENCE) -> Entry:
    """Wait until the submission has its score, and return it; return at once if it has one.

    Raises
    ------
    SubmissionError
        Kaggle could not score the submission.
    """
    if entry.status != "pending":
        return entry
    with reporter.waiting("waiting for the score") as on_poll:
        return _uploader(job, reporter, warn=False).wait(entry, on_poll)


def synchronise(job: Job, *, reporter: Reporter = SILENCE) -> int:
    """Update the ledger from Kaggle's list; return the number of new or changed rows."""
    return _uploader(job, reporter).synchronise()


def last_submissions(job: Job, count: int) -> list[Entry]:
    """The last submissions to the competition in the ledger, oldest first."""
    from kaggle_kit.workspace.ledger import entries

    return entries(job.home.ledger, job.competition.slug)[-count:]


def _uploader(job: Job, reporter: Reporter, *, warn: bool = True) -> Uploader:
    from kaggle_kit.kaggle.submissions import KaggleSubmissions
    from kaggle_kit.kaggle.uploader import Uploader

    check_at_kaggle(job.competition)
    if warn:
        warn_of_exposed_key(reporter)
    client = KaggleSubmissions(job.competition, note=reporter.note)
    return Uploader(client, job.home, reporter.note)
