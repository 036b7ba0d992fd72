"""Collect the contents of the report page from a run folder, the data and the networks.

A run may have been copied to a machine without the data or without `shap`. A part that cannot be
shown there is `Missing`, with a text that says what to do about it.
"""

import contextlib
import importlib.util
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kaggle_kit._version import __version__
from kaggle_kit.competition.description import Competition
from kaggle_kit.data.dataset import ImageSet, load_test, load_train
from kaggle_kit.data.embedded_sample import SOLUTION, TRAIN_SHA256, sized
from kaggle_kit.data.submission_csv import score
from kaggle_kit.errors import KitError
from kaggle_kit.report.contents import (
    Distorted,
    Explained,
    Missing,
    OutOfFold,
    ReportData,
    Scores,
)
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.files import sha256
from kaggle_kit.workspace.ledger import entries
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.requirements import requirement
from kaggle_kit.workspace.storage import HISTORY, read_arrays, read_json, read_table

EXPLAINED = 4  # images; each takes about a second
SAMPLES = 19  # distorted copies of a digit, shown after the digit itself
NO_MEMBERS = (
    "The predictions of the single networks are not stored, because an older version of the kit"
    " fitted this run. Delete its oof.npz and run `kaggle-kit fit`, which then only predicts again"
    " and trains nothing."
)
NO_TRIALS = (
    "There is no trials.csv in this run: it was fitted from the best.json of another run, or the"
    " file was removed. To see a search here, run `kaggle-kit tune` in a new run."
)
NO_SHAP = 'Shapley values need the package shap: run `pip install "{}"`, then `kaggle-kit report`.'
NO_ROBUSTNESS = (
    "The accuracy on other handwriting is not measured yet. Run `kaggle-kit download`, then"
    " `kaggle-kit report`."
)
NO_DISTORTION = "The chosen network was trained on the original images, without any distortion."


def collect(
    run: Run,
    competition: Competition,
    data: Path,
    *,
    ledger: Path | None = None,
    robustness: pd.DataFrame | None = None,
) -> ReportData:
    """Collect everything that the page shows.

    Parameters
    ----------
    data : Path
        The folder of the CSVs; they may be missing.
    ledger : Path, optional
        The ledger of submissions.
    robustness : DataFrame, optional
        The accuracy on other handwriting, if it was measured.

    Raises
    ------
    RunError
        A file that `fit` leaves in a run is missing or damaged.
    """
    best = Best.read(run.best)
    config = read_json(run.config, "data")
    oof = _out_of_fold(run, len(best.members))
    curves = ("accuracy", "val_accuracy", "loss", "val_loss", "learning_rate")
    history, trials = read_table(run.history, numbers=[*HISTORY, *curves]), _trials(run)
    hashes = config["data"]
    train = _images(lambda: load_train(data, competition), "train.csv", hashes)
    test = _images(lambda: load_test(data, competition), "test.csv", hashes)
    return ReportData(
        title=f"{competition.slug}: run {run.folder.name}",
        run=run.folder.name,
        made=_made(config),
        scores=_scores(run, competition, data, ledger),
        robustness=Missing(NO_ROBUSTNESS) if robustness is None else robustness,
        oof=oof,
        history=history,
        trials=trials,
        best=best,
        config=config,
        train=train,
        test=test,
        explained=_explained(run, competition, oof, train),
        distorted=_distorted(best, train),
    )


def _made(config: dict[str, Any]) -> str:
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    begun, revision = config.get("created", ""), config.get("revision", "")
    how = f" with revision {revision}" if revision else ""
    start = f" The run was started on {begun[:10]}{how}." if begun else ""
    return f"Report of {now} UTC, by kaggle-kit {__version__}.{start}"


def _scores(run: Run, competition: Competition, data: Path, ledger: Path | None) -> Scores:
    file = sha256(run.submission) if run.submission.exists() else ""
    if read_json(run.config, "data")["data"].get("train.csv") == TRAIN_SHA256:
        found = None
        with contextlib.suppress(KitError, OSError):
            found = score(run.submission, data / SOLUTION) if file else None
        rows = sized(competition).test_rows
        return Scores(rows, of_sample=True, sha256=file, of_sample_score=found)
    rows = competition.public_rows
    try:
        every = entries(ledger, competition.slug) if ledger else []
    except KitError as error:
        return Scores(rows, sha256=file, damage=f"{error}; {error.hint}")
    own = [one for one in every if one.run == run.folder.name or file == one.file_sha256 != ""]
    return Scores(rows, submissions=own, sha256=file)


def _out_of_fold(run: Run, count: int) -> OutOfFold:
    stored = read_arrays(run.oof, "logits", "labels", "fold")
    members: NDArray[np.float32] | Missing
    if "members" in stored:
        members = stored["members"]
    else:  # a run of an older kit; with one member, its logits are those of the committee
        members = stored["logits"][None] if count == 1 else Missing(NO_MEMBERS)
    return OutOfFold(stored["logits"], stored["labels"], stored["fold"], members)


def _trials(run: Run) -> pd.DataFrame | Missing:
    if not run.trials.exists():
        return Missing(NO_TRIALS)
    return read_table(run.trials, numbers=["mean_test_score"], texts=["trial", "status"])


def _images(load: Callable[[], ImageSet], name: str, hashes: dict[str, str]) -> ImageSet | Missing:
    try:
        images = load()
    except KitError:
        return Missing(
            f"The images come from {name}, which is missing or cannot be read. Run `kaggle-kit"
            " download`, then `kaggle-kit report` again."
        )
    if images.sha256 != hashes.get(name):
        return Missing(
            f"The {name} in the data folder is not the one of this run. Run `kaggle-kit download`"
            " to get the data that the run was made from, then `kaggle-kit report` again."
        )
    return images


def _explained(
    run: Run, competition: Competition, oof: OutOfFold, train: ImageSet | Missing
) -> Explained | Missing:
    rows = oof.worst(EXPLAINED)
    if isinstance(train, Missing):
        return train
    if not len(rows):
        return Missing("There is no mistake to explain.")
    if importlib.util.find_spec("shap") is None:
        return Missing(NO_SHAP.format(requirement("shap")))
    try:
        images = train.images[rows]
        return Explained(rows, images, _values(run, competition, images, oof.folds[rows]))
    except KitError as error:
        why = "; ".join(filter(None, (str(error), error.hint)))
        return Missing(f"The mistakes cannot be explained: {why}.")


def _values(
    run: Run, competition: Competition, images: NDArray[np.uint8], folds: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Shapley values (k, classes, height, width) of the logits of the folds that held each out."""
    from kaggle_kit.ensemble.ensemble import load_committee
    from kaggle_kit.ensemble.predictor import Predictor
    from kaggle_kit.evaluation.shapley import ShapleyExplainer

    needed = np.unique(folds).tolist()
    committees = [load_committee(run, competition, fold) for fold in needed]
    networks = iter(Predictor(committees, competition.image_shape).networks)
    explainers = {
        fold: ShapleyExplainer(list(islice(networks, len(committee))))
        for fold, committee in zip(needed, committees, strict=True)
    }
    explained = [
        explainers[fold](image[None]) for fold, image in zip(folds.tolist(), images, strict=True)
    ]
    values = [explanation.values for explanation in explained]  # noqa: PD011  no pandas objects
    return np.concatenate(values)


def _distorted(best: Best, train: ImageSet | Missing) -> Distorted | Missing:
    if isinstance(train, Missing):
        return train
    strength = float(best.hyperparameters.get("distortion", 0.0))
    if not strength:
        return Missing(NO_DISTORTION)
    from kaggle_kit.networks.distortion import distorted

    image = train.images[0]
    return Distorted(
        np.concatenate([image[None], distorted(image, SAMPLES, strength, best.seed)]), strength
    )
