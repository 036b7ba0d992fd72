"""What the page of a run shows, from its folder, its data and its networks, as far as they go.

A run may have been copied to where there are no data, or no `shap`: what then cannot be shown is
`Missing`, with a sentence that says what to do about it.
"""

import importlib.util
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.dataset import ImageSet, load_test, load_train
from kaggle_kit.errors import KitError
from kaggle_kit.report.contents import Distorted, Explained, Missing, OutOfFold, ReportData
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.requirements import requirement
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
NO_SHAP = 'Shapley values need the package shap: `pip install "{}"`, then this page again.'
NO_DISTORTION = "The chosen network was trained on images as they are, without any distortion."


def collect(run: Run, competition: Competition, data: Path) -> ReportData:
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
    best = Best.read(run.best)
    config = read_json(run.config, "data")
    oof = _out_of_fold(run, len(best.members))
    hashes = config["data"]
    train = _images(lambda: load_train(data, competition), "train.csv", hashes)
    test = _images(lambda: load_test(data, competition), "test.csv", hashes)
    return ReportData(
        title=f"{competition.slug}: run {run.folder.name}",
        oof=oof,
        history=read_table(run.history),
        trials=_trials(run),
        best=best,
        config=config,
        train=train,
        test=test,
        explained=_explained(run, competition, oof, train),
        distorted=_distorted(best, train),
    )


def _out_of_fold(run: Run, count: int) -> OutOfFold:
    stored = read_arrays(run.oof, "logits", "labels", "fold")
    members: NDArray[np.float32] | Missing
    if "members" in stored:
        members = stored["members"]
    else:  # runs of an older kit; a committee of one is its only member
        members = stored["logits"][None] if count == 1 else Missing(NO_MEMBERS)
    return OutOfFold(stored["logits"], stored["labels"], stored["fold"], members)


def _trials(run: Run) -> pd.DataFrame | Missing:
    return read_table(run.trials) if run.trials.exists() else Missing(NO_TRIALS)


def _images(load: Callable[[], ImageSet], name: str, hashes: dict[str, str]) -> ImageSet | Missing:
    try:
        images = load()
    except KitError:
        return Missing(
            f"{name} is not here, or cannot be read, and images come from it: run `kaggle-kit"
            " download`, then `kaggle-kit report` again."
        )
    if images.sha256 != hashes.get(name):
        return Missing(
            f"The {name} that is here is not the one of this run: `kaggle-kit download` the data"
            " that it was made from, then run `kaggle-kit report` again."
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
        return Missing(f"The mistakes cannot be explained: {error}; {error.hint}.")


def _values(
    run: Run, competition: Competition, images: NDArray[np.uint8], folds: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Shapley values (k, classes, height, width) of the logits of the folds that held them out."""
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
