"""The accuracy of a run on altered images, measured once and kept in the run."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from kaggle_kit.competition.description import Competition, Kind
from kaggle_kit.competition.problem import Problem
from kaggle_kit.data.dataset import ImageSet, load_train
from kaggle_kit.errors import DataError, KitError
from kaggle_kit.evaluation.robustness.handwriting import is_light_on_dark
from kaggle_kit.evaluation.robustness.measure import COLUMNS, is_current, measure
from kaggle_kit.evaluation.robustness.perturbations import PERTURBATIONS, Alterations
from kaggle_kit.evaluation.robustness.photographs import alterations
from kaggle_kit.training.progress import silent
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.config import trained_on
from kaggle_kit.workspace.files import replacing
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays, read_json, read_table

Note = Callable[[str], None]


def robustness_of(
    run: Run,
    competition: Competition,
    data: Path,
    *,
    train: ImageSet | None = None,
    keep: bool = True,
    note: Note = silent,
) -> pd.DataFrame | None:
    """The accuracy on altered images: the stored table of the run, or a new measurement.

    Parameters
    ----------
    data : Path
        The folder of the competition's files; they may be missing.
    train : ImageSet, optional
        The training images, if they are in memory.
    keep : bool
        Whether to store a new measurement in the run.
    note : callable
        Called with a text that says what is being done, or what cannot be done.

    Returns
    -------
    DataFrame, or None if it cannot be measured, for example because the data are missing
    """
    problem = Best.read(run.best).problem
    with contextlib.suppress(KitError):  # the table is missing or damaged: measure again
        known = read_table(run.robustness, numbers=COLUMNS[2:], texts=COLUMNS[:2])
        if any(is_current(known, of) for of in _possible(problem)):
            return known
    try:
        known_train = load_train(data, competition) if train is None else train
        table = _measured(run, known_train, data, note)
    except KitError as error:
        note(f"the accuracy on altered images is left out: {error}")
        return None
    if keep:
        with contextlib.suppress(OSError), replacing(run.robustness) as temporary:
            table.to_csv(temporary, index=False)  # may fail in a read-only home
    return table


def is_ink(problem: Problem, train: ImageSet | None) -> bool:
    """Whether images are writing in grey, light on dark, as far as it is known."""
    grey = problem.kind == Kind.GLYPH and problem.channels == 1
    return grey and (train is None or is_light_on_dark(train.images))


def _possible(problem: Problem) -> list[Alterations]:
    """The alterations that suit a problem; which of them do depends on its images."""
    photo = problem.kind == Kind.PHOTO
    other = alterations(colour=problem.channels > 1, mirror=photo)
    return [other] if photo or problem.channels > 1 else [PERTURBATIONS, other]


def _measured(run: Run, train: ImageSet, data: Path, note: Note) -> pd.DataFrame:
    from kaggle_kit.ensemble.ensemble import Ensemble
    from kaggle_kit.ensemble.predictor import Predictor

    problem = Best.read(run.best).problem
    if train.sha256 != trained_on(read_json(run.config, "data")):
        raise DataError(f"{data} does not hold the data that the run was made from")
    note("measuring the accuracy on altered images")
    predictor = Predictor.of(Ensemble.load(run), problem.image_shape)
    oof = read_arrays(run.oof, "logits", "labels", "fold")
    suiting = _possible(problem)[0] if is_ink(problem, train) else _possible(problem)[-1]
    return measure(predictor.out_of_fold_logits, train.images, oof, suiting, metric=problem.metric)
