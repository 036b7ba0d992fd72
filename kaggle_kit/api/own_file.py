"""A submission that was made elsewhere: its check, its score on a sample, its upload."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from kaggle_kit.api.reporter import SILENCE, Reporter
from kaggle_kit.api.submit import upload
from kaggle_kit.competition.description import Answer
from kaggle_kit.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from kaggle_kit.api.job import Job
    from kaggle_kit.data.submissions.check import Checked
    from kaggle_kit.data.submissions.form import Form
    from kaggle_kit.kaggle.uploader import Sent

LONGEST_NAME = 80


@dataclasses.dataclass(frozen=True)
class OwnFile:
    """A valid submission that was made elsewhere.

    Attributes
    ----------
    path : Path
    rows : int
    content : bytes
        What is sent: the file as it is, if Kaggle can read that.
    is_rewritten : bool
        Whether the content differs from the file.
    is_known : bool
        Whether ids and classes were checked with the data; else only what the description tells.
    sample_accuracy : float or None
        The accuracy on the held-out labels of the embedded sample; None for a competition's data.
    """

    path: Path
    rows: int
    content: bytes
    is_rewritten: bool
    is_known: bool
    sample_accuracy: float | None = None

    @property
    def name(self) -> str:
        """The name of the file in the ledger and at Kaggle."""
        return re.sub(r"[^\w.-]+", "-", self.path.name)[-LONGEST_NAME:]


def check_file(job: Job, path: Path, *, reporter: Reporter = SILENCE) -> OwnFile:
    """Check a submission that was made elsewhere, as far as data and description tell its form.

    Raises
    ------
    DataError
        The file does not exist, or Kaggle would reject it; the message has the line.
    """
    from kaggle_kit.data.manifest import read_manifest
    from kaggle_kit.data.submissions.check import check_shape, check_submission, score_rows
    from kaggle_kit.data.verification import SOLUTION

    manifest = read_manifest(job.data)
    try:
        found: Checked = (
            check_submission(path, _form(job), str(path))
            if manifest
            else check_shape(path, str(path), job.competition)
        )
    except DataError as error:
        error.hint = error.hint or _hint(job, str(error))
        raise
    for remark in found.remarks:
        reporter.note(f"{path}: {remark}")
    accuracy = None
    if manifest and manifest.is_sample:
        accuracy = score_rows(found.rows, job.data / SOLUTION, str(path))
    return OwnFile(
        path=path,
        rows=len(found.rows),
        content=found.content,
        is_rewritten=found.is_rewritten,
        is_known=manifest is not None,
        sample_accuracy=accuracy,
    )


def send_file(
    job: Job,
    file: OwnFile,
    message: str,
    *,
    again: bool = False,
    reporter: Reporter = SILENCE,
) -> Sent:
    """Upload the file, unless it was sent before; `again` sends it all the same.

    Raises
    ------
    KaggleError
        The file could not be sent, or it is not known whether it was sent; the message says so.
    """
    from kaggle_kit.kaggle.uploader import Outgoing

    outgoing = Outgoing(file.name, file.content)
    return upload(job, outgoing, message, again=again, reporter=reporter)


def _hint(job: Job, message: str) -> str:
    """What to do about a file that was refused."""
    asks_labels = job.competition.submission.answer in {Answer.LABEL, Answer.TOP_K}
    hint = "nothing was sent; correct the file"
    if asks_labels and not job.competition.labels.classes and " is '" in message:
        hint += "; a label that no training image has must stand in labels.classes"
    return hint


def _form(job: Job) -> Form:
    """The form of a submission, from the data; no run is needed."""
    from kaggle_kit.data.dataset import load_test, load_train
    from kaggle_kit.data.submissions.form import read_form

    competition = job.competition
    classes = competition.labels.classes or load_train(job.data, competition).class_names
    ids = () if competition.submission.file else load_test(job.data, competition).ids
    return read_form(job.data, competition, classes, ids)
