"""What the page of a run shows, from its folder, its data and its networks, as far as they go.

A run may have been copied to where there are no data, or no `shap`: what then cannot be shown is
`Absent`, with a sentence that says what to do about it.
"""

import importlib.util
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.dataset import Digits, load_test, load_train
from kaggle_kit.errors import KitError
from kaggle_kit.report.contents import Absent, Distorted, Explained, Material, OutOfFold
from kaggle_kit.workspace.fit_status import MADE_OF
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays, read_json, read_table

EXPLAINED = 4  # images; each takes about a second
SAMPLES = 19  # of a distorted digit, beside the digit itself
NO_MEMBERS = (
    "What each network alone predicts was not stored by the kit that fitted this run: delete its"
    " oof.npz and run `kaggle-kit fit`, which then trains nothing but predicts again."
)
NO_TRIALS = (
    "This run searched nothing: it was fitted from a best.json that was found elsewhere."
    " `kaggle-kit tune` in a run of its own makes a search to look at."
)
NO_SHAP = 'Shapley values need the package shap: `pip install "shap>=0.50"`, then this page again.'
NO_DISTORTION = "The chosen network was trained on images as they are, without any distortion."


def gather(run: Run, competition: Competition, data: Path) -> Material:
    """All that there is to show.

    Parameters
    ----------
    data : Path
        Where the CSVs are, if they are there.

    Raises
    ------
    RunError
        A file that `fit` leaves in a run is missing or damaged.
    """
    best = read_json(run.best, *MADE_OF)
    config = read_json(run.config, "data")
    oof = _out_of_fold(run, len(best["members"]))
    hashes = config["data"]
    train = _digits(lambda: load_train(data, competition), "train.csv", hashes)
    test = _digits(lambda: load_test(data, competition), "test.csv", hashes)
    return Material(
        title=f"{competition.slug}: run {run.folder.name}",
        oof=oof,
        history=read_table(run.history),
        trials=_trials(run),
        best=best,
        config=config,
        train=train,
        test=test,
        explained=_explained(run, competition, (oof, train)),
        distorted=_distorted(best, train),
    )


def _out_of_fold(run: Run, count: int) -> OutOfFold:
    stored = read_arrays(run.oof, "logits", "labels", "fold")
    members: NDArray[np.float32] | Absent
    if "members" in stored:
        members = stored["members"]
    else:  # runs of an older kit; a committee of one is its only member
        members = stored["logits"][None] if count == 1 else Absent(NO_MEMBERS)
    return OutOfFold(stored["logits"], stored["labels"], stored["fold"], members)


def _trials(run: Run) -> pd.DataFrame | Absent:
    return read_table(run.trials) if run.trials.exists() else Absent(NO_TRIALS)


def _digits(load: Callable[[], Digits], name: str, hashes: dict[str, str]) -> Digits | Absent:
    try:
        digits = load()
    except KitError:
        return Absent(
            f"{name} is not here, or cannot be read, and images come from it: run `kaggle-kit"
            " download`, then `kaggle-kit report` again."
        )
    if digits.sha256 != hashes.get(name):
        return Absent(
            f"The {name} that is here is not the one of this run: `kaggle-kit download` the data"
            " that it was made from, then run `kaggle-kit report` again."
        )
    return digits


def _explained(
    run: Run, competition: Competition, judged: tuple[OutOfFold, Digits | Absent]
) -> Explained | Absent:
    oof, train = judged
    rows = oof.worst(EXPLAINED)
    if isinstance(train, Absent):
        return train
    if not len(rows):
        return Absent("There is no mistake to explain.")
    if importlib.util.find_spec("shap") is None:
        return Absent(NO_SHAP)
    try:
        images = train.images[rows]
        return Explained(rows, images, _values(run, competition, images, oof.folds[rows]))
    except KitError as error:
        return Absent(f"The mistakes cannot be explained: {error}; {error.hint}.")


def _values(
    run: Run, competition: Competition, images: NDArray[np.uint8], folds: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Shapley values (k, classes, height, width) of the logits of the folds that held them out."""
    from kaggle_kit.ensemble.ensemble import load_committee
    from kaggle_kit.ensemble.predictor import Predictor
    from kaggle_kit.evaluation.shapley import Explainer

    needed = np.unique(folds).tolist()
    committees = [load_committee(run, competition, fold) for fold in needed]
    networks = iter(Predictor(committees, competition.image_shape).networks)
    explainers = {
        fold: Explainer(list(islice(networks, len(committee))))
        for fold, committee in zip(needed, committees, strict=True)
    }
    explained = [
        explainers[fold](image[None]) for fold, image in zip(folds.tolist(), images, strict=True)
    ]
    values = [explanation.values for explanation in explained]  # noqa: PD011  no pandas objects
    return np.concatenate(values)


def _distorted(best: dict[str, Any], train: Digits | Absent) -> Distorted | Absent:
    if isinstance(train, Absent):
        return train
    strength = float(best["hyperparameters"].get("distortion", 0.0))
    if not strength:
        return Absent(NO_DISTORTION)
    from kaggle_kit.networks.distortion import distorted

    image = train.images[0]
    return Distorted(
        np.concatenate([image[None], distorted(image, SAMPLES, strength, best["seed"])]), strength
    )
