"""The model card of a run, for the verbs that write one."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from kaggle_kit.cli import console
from kaggle_kit.errors import DataError, KitError
from kaggle_kit.workspace.files import replacing
from kaggle_kit.workspace.storage import read_arrays, read_json, read_table

if TYPE_CHECKING:
    import pandas as pd

    from kaggle_kit.api.job import Job


def card_of(job: Job, *, keep: bool = True) -> str:
    """The model card of a run that has its ensemble; `keep` what is measured for it in the run."""
    from kaggle_kit.report.model_card import Judged, make_card
    from kaggle_kit.workspace.fit_status import MADE_OF

    made = (read_json(job.run.best, *MADE_OF), read_json(job.run.config))
    oof = read_arrays(job.run.oof, "logits", "labels", "fold")
    judged = robustness_of(job, keep=keep)
    return make_card(job.competition, job.run.folder.name, made, Judged.of(oof, judged))


def robustness_of(job: Job, *, keep: bool = True) -> pd.DataFrame | None:
    """How well other handwriting is read, as the run has it, or else measured now, and kept.

    None if that cannot be, as where the data are not; the user is told why.
    """
    from kaggle_kit.evaluation.robustness import is_current

    with contextlib.suppress(KitError):  # missing or damaged: it is made anew
        known = read_table(job.run.robustness)
        if is_current(known):
            return known
    try:
        table = _measured(job)
    except KitError as error:
        console.note(f"how other handwriting is read is left out of the model card: {error}")
        return None
    if keep:
        with contextlib.suppress(OSError), replacing(job.run.robustness) as temporary:
            table.to_csv(temporary, index=False)  # but for a home that is read-only
    return table


def _measured(job: Job) -> pd.DataFrame:
    from kaggle_kit.data.dataset import load_train
    from kaggle_kit.ensemble.ensemble import Ensemble
    from kaggle_kit.ensemble.predictor import Predictor
    from kaggle_kit.evaluation.robustness import measure

    train = load_train(job.data, job.competition)
    if train.sha256 != read_json(job.run.config, "data")["data"]["train.csv"]:
        raise DataError(f"{job.data} holds other data than the run was made from")
    console.note("measuring how other handwriting is read")
    ensemble = Ensemble.load(job.run, job.competition)
    predictor = Predictor(ensemble.committees, job.competition.image_shape)
    oof = read_arrays(job.run.oof, "logits", "labels", "fold")
    return measure(predictor.out_of_fold_logits, train.images, oof)
