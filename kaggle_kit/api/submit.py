"""Write submission.csv, upload it, and wait for the score; or update the ledger."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from kaggle_kit.api.executors import DEFAULT_WORKERS, Workers
from kaggle_kit.api.fit import fit
from kaggle_kit.api.job import Job, warn_of_exposed_key
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.errors import DataError
from kaggle_kit.workspace.files import write_bytes
from kaggle_kit.workspace.lock import writing
from kaggle_kit.workspace.storage import read_arrays
from kaggle_kit.workspace.written import Origin, origin

if TYPE_CHECKING:
    from kaggle_kit.data.submission_csv import Labels
    from kaggle_kit.evaluation.metrics import Evaluation
    from kaggle_kit.kaggle.uploader import Sent, Uploader
    from kaggle_kit.workspace.ledger import Entry

REWRITE = "nothing was sent; correct it, or add --rewrite: the ensemble's labels then replace it"


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
        The number of labels that the user changed; the others are those of the ensemble.
    """

    rows: int
    evaluation: Evaluation
    sample_accuracy: float | None
    edited: int = 0


def write_submission(
    job: Job,
    *,
    rewrite: bool = False,
    workers: Workers = DEFAULT_WORKERS,
    reporter: Reporter = SILENCE,
) -> Submission:
    """Write the run's submission.csv and check it; the ensemble is fitted first if necessary.

    A submission.csv that the user edited keeps its labels.

    Parameters
    ----------
    rewrite : bool
        Write the ensemble's labels, even if the user changed some.

    Raises
    ------
    DataError
        Kaggle would reject the file.
    KitError
        An error that `fit` raises.
    """
    from kaggle_kit.data import submission_csv
    from kaggle_kit.data.embedded_sample import SOLUTION
    from kaggle_kit.data.manifest import check_downloaded

    evaluation = fit(job, workers=workers, reporter=reporter)
    with writing(job.run.folder, reporter.note):
        if job.run.submission.is_dir():
            message = f"{job.run.submission} is a folder, expected a file"
            raise DataError(message, hint="move it away")
        predicted = read_arrays(job.run.test, "logits")["logits"].argmax(axis=1)
        labels = predicted if rewrite else _labels_there(job, predicted)
        edited = int(np.sum(labels != predicted))
        if edited:
            content = submission_csv.make_submission(labels, job.competition)
            if job.run.submission.read_bytes() != content:  # saved in another form
                write_bytes(job.run.submission, content)
        else:
            submission_csv.write_submission(job.run.submission, predicted, job.competition)
        sample = job.data / "sample_submission.csv"
        submission_csv.validate_submission(job.run.submission, sample, job.competition)
    accuracy = None
    if check_downloaded(job.data, {}).is_sample:
        accuracy = submission_csv.score(job.run.submission, job.data / SOLUTION)
    return Submission(len(predicted), evaluation, accuracy, edited)


def _labels_there(job: Job, predicted: Labels) -> Labels:
    """The labels of a submission.csv that the kit did not write; `predicted` if there is none.

    Raises DataError if Kaggle would reject the file.
    """
    from kaggle_kit.data.submission_csv import validate_submission

    path = job.run.submission
    if origin(path) in {Origin.NOBODY, Origin.KIT}:
        return predicted
    try:
        return validate_submission(path, job.data / "sample_submission.csv", job.competition)
    except DataError as error:
        if str(path) in str(error):
            error.hint = REWRITE
        raise


def default_message(job: Job, made: Submission) -> str:
    """The default text shown next to the score at Kaggle."""
    edited = f", {made.edited} label{'s' * (made.edited > 1)} edited" if made.edited else ""
    return f"kaggle-kit {job.run.folder.name}: CV {made.evaluation.mean:.5f}{edited}"


def send(
    job: Job, made: Submission, message: str, *, again: bool = False, reporter: Reporter = SILENCE
) -> Sent:
    """Upload the run's submission.csv, unless it was sent before; `again` sends it all the same.

    The ledger gets no cross-validation score for a file with edited labels: it is the ensemble's.

    Raises
    ------
    KaggleError
        The file could not be sent, or it is not known whether it was sent; the message says so.
    """
    evaluation = None if made.edited else made.evaluation
    return _uploader(job, reporter).send(job.run, message, evaluation, again=again)


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

    if warn:
        warn_of_exposed_key(reporter)
    client = KaggleSubmissions(job.competition, note=reporter.note)
    return Uploader(client, job.home, reporter.note)
