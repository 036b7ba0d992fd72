"""A submission of a fitted model, as a file that the user names."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from kaggle_kit.api.submit import Submission, write_submission
from kaggle_kit.data.manifest import read_manifest
from kaggle_kit.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from kaggle_kit.api.job import Job


def submission_of(job: Job, path: Path) -> Submission:
    """Write the submission of a run, checked as Kaggle will check it.

    Raises
    ------
    InputError
        The run has no competition's data, or the file exists.
    """
    if read_manifest(job.data) is None:
        raise InputError(
            "the model was not fitted on a competition's data, or they are gone",
            'fit what load or download returns: fit(load("digit-recognizer.zip"))',
        )
    if path.exists():
        raise InputError(f"{path} exists", "name a new file")
    made = write_submission(job)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(job.run.submission, path)
    return made
