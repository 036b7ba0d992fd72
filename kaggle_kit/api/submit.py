"""Write submission.csv, upload it, and wait for the score; or update the ledger."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from kaggle_kit.api.executors import DEFAULT_WORKERS, Workers
from kaggle_kit.api.fit import fit
from kaggle_kit.api.job import Job, warn_of_exposed_key
from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.workspace.lock import writing
from kaggle_kit.workspace.storage import read_arrays

if TYPE_CHECKING:
    from kaggle_kit.evaluation.metrics import Evaluation
    from kaggle_kit.kaggle.uploader import Sent, Uploader
    from kaggle_kit.workspace.ledger import Entry


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
    """

    rows: int
    evaluation: Evaluation
    sample_accuracy: float | None


def write_submission(
    job: Job, *, workers: Workers = DEFAULT_WORKERS, reporter: Reporter = SILENCE
) -> Submission:
    """Write the run's submission.csv and check it; the ensemble is fitted first if necessary.

    Raises
    ------
    DataError
        Kaggle would reject the file.
    KitError
        An error that `fit` raises.
    """
    from kaggle_kit.data import submission_csv
    from kaggle_kit.data.manifest import check_downloaded

    evaluation = fit(job, workers=workers, reporter=reporter)
    with writing(job.run.folder, reporter.note):
        labels = read_arrays(job.run.test, "logits")["logits"].argmax(axis=1)
        submission_csv.write_submission(job.run.submission, labels, job.competition)
        sample = job.data / "sample_submission.csv"
        submission_csv.validate_submission(job.run.submission, sample, job.competition)
    accuracy = None
    if check_downloaded(job.data, {}).is_sample:
        accuracy = submission_csv.score(job.run.submission, job.data / "solution.csv")
    return Submission(len(labels), evaluation, accuracy)


def default_message(job: Job, evaluation: Evaluation) -> str:
    """The default text shown next to the score at Kaggle."""
    return f"kaggle-kit {job.run.folder.name}: CV {evaluation.mean:.5f}"


def send(
    job: Job,
    evaluation: Evaluation,
    message: str,
    *,
    again: bool = False,
    reporter: Reporter = SILENCE,
) -> Sent:
    """Upload the run's submission.csv, unless it was sent before; `again` sends it all the same.

    Raises
    ------
    KaggleError
        The file could not be sent, or it is not known whether it was sent; the message says so.
    """
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
    return Uploader(KaggleSubmissions(job.competition), job.home, reporter.note)
