"""Collect the contents of the report page from a run folder, the data and the networks.

A run may have been copied to a machine without the data or without `shap`. A part that cannot be
shown there is `Missing`, with a text that says what to do about it.
"""

import contextlib
import importlib.util
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kaggle_kit._version import __version__
from kaggle_kit.competition.description import Competition, Kind
from kaggle_kit.data.dataset import ImageSet, load_test, load_train
from kaggle_kit.data.origins import sized
from kaggle_kit.data.submissions.check import score
from kaggle_kit.data.verification import SOLUTION
from kaggle_kit.ensemble.views import Views
from kaggle_kit.errors import KitError
from kaggle_kit.evaluation.images.adversarial import FOLDS, adversarial_validation
from kaggle_kit.evaluation.images.near_duplicates import near_duplicates
from kaggle_kit.evaluation.removal.baselines import baseline_for
from kaggle_kit.evaluation.shapley import LogitsOf
from kaggle_kit.report.card.origins import is_sample
from kaggle_kit.report.card.robustness import is_ink
from kaggle_kit.report.contents import (
    Comparison,
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
from kaggle_kit.workspace.storage import read_arrays, read_json, read_table

CURVES = ("fold", "epoch", "accuracy", "val_accuracy", "loss", "val_loss")  # of history.csv
MORE = ("member", "learning_rate", "seconds")  # that it may have, too
EXPLAINED = 4  # images; each takes about a second
SAMPLES = 19  # distorted copies of an image, shown after the image itself
COMPARED = 1 << 30  # bytes of training images in which near-duplicates are looked for
NO_MEMBERS = (
    "The predictions of the single networks are not stored, because an older version of the kit"
    " fitted this run. Delete its oof.npz and run `kaggle-kit fit`, which then only predicts again"
    " and trains nothing."
)
NO_TRIALS = (
    "There is no trials.csv in this run: it was fitted from the best.json of another run, or the"
    " file was removed. To see a search here, make a new run: `kaggle-kit tune --run NAME`."
)
OF_A_BLEND = (
    "This run is a blend, so it has no search of its own. The reports of its runs, {}, show theirs."
)
BLEND_DISTORTION = "The networks of a blend were trained as the reports of its runs show."
NO_SHAP = 'Shapley values need the package shap: run `pip install "{}"`, then `kaggle-kit report`.'
NO_ROBUSTNESS = (
    "The accuracy on altered images is not measured yet. Run `kaggle-kit download`, then"
    " `kaggle-kit report`."
)
TOO_LARGE = "The training images are too many to look for those that are nearly the same."
FEW = f"A comparison of training and test images needs {FOLDS} of each."
NO_DISTORTION = "The chosen network was trained on the original images, without any distortion."


def collect(
    run: Run,
    competition: Competition,
    data: Path,
    *,
    ledger: Path | None = None,
    robustness: pd.DataFrame | None = None,
    common: dict[str, str] | None = None,
    images: Sequence[ImageSet] | None = None,
) -> ReportData:
    """Collect everything that the page shows.

    Parameters
    ----------
    data : Path
        The folder of the competition's files; they may be missing.
    ledger : Path, optional
        The ledger of submissions.
    robustness : DataFrame, optional
        The accuracy on altered images, if it was measured.
    common : dict of str to str, optional
        The options, with their values, that name competition and home in a command.
    images : (train, test), optional
        The images, if they are in memory.

    Raises
    ------
    RunError
        A file that `fit` leaves in a run is missing or damaged.
    """
    best = Best.read(run.best)
    config = read_json(run.config, "data")
    oof = _out_of_fold(run, best)
    history, trials = _history(run), _trials(run, best)
    hashes, names = config["data"], competition.part_names
    if images is None:
        train = _images(lambda: load_train(data, competition), names[0], hashes)
        test = _images(lambda: load_test(data, competition), names[1], hashes)
    else:
        train, test = (
            _images(partial(_same, part), name, hashes)
            for part, name in zip(images, names, strict=True)
        )
    ink = is_ink(best.problem, train if isinstance(train, ImageSet) else None)
    return ReportData(
        title=f"{competition.slug}: run {run.folder.name}",
        competition=competition,
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
        explained=_explained(run, oof, train),
        distorted=_distorted(best, train),
        comparison=_compared(train, test),
        views=Views.read(run),
        is_ink=ink,
        common=common or {},
    )


def _made(config: dict[str, Any]) -> str:
    now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    begun, revision = config.get("created", ""), config.get("revision", "")
    how = f" with revision {revision}" if revision else ""
    start = f" The run was started on {begun[:10]}{how}." if begun else ""
    return f"Report of {now} UTC, by kaggle-kit {__version__}.{start}"


def _scores(run: Run, competition: Competition, data: Path, ledger: Path | None) -> Scores:
    file = sha256(run.submission) if run.submission.exists() else ""
    if is_sample(competition, read_json(run.config, "data")):
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


def _out_of_fold(run: Run, best: Best) -> OutOfFold:
    stored = read_arrays(run.oof, "logits", "labels", "fold")
    members: NDArray[np.float32] | Missing
    if "members" in stored:
        members = stored["members"]
    else:  # a run of an older kit; with one member, its logits are those of the committee
        members = stored["logits"][None] if len(best.members) == 1 else Missing(NO_MEMBERS)
    return OutOfFold(stored["logits"], stored["labels"], stored["fold"], members, best.problem)


def _history(run: Run) -> pd.DataFrame:
    """The table of history.csv; the sections do without what older versions did not write."""
    columns = read_table(run.history, numbers=CURVES).columns
    return read_table(run.history, numbers=[*CURVES, *(n for n in MORE if n in columns)])


def _trials(run: Run, best: Best) -> pd.DataFrame | Missing:
    if best.blend:
        return Missing(OF_A_BLEND.format(" and ".join(part.run for part in best.blend)))
    if not run.trials.exists():
        return Missing(NO_TRIALS)
    return read_table(run.trials, numbers=["mean_test_score"], texts=["trial", "status"])


def _same(images: ImageSet) -> ImageSet:
    return images


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


def _explained(run: Run, oof: OutOfFold, train: ImageSet | Missing) -> Explained | Missing:
    rows = oof.worst(EXPLAINED)
    if isinstance(train, Missing):
        return train
    if not len(rows):
        return Missing("There is no mistake to explain.")
    if importlib.util.find_spec("shap") is None:
        return Missing(NO_SHAP.format(requirement("shap")))
    try:
        images = train.images[rows]
        asked = np.stack([oof.labels[rows], oof.predicted[rows]], axis=1)
        return Explained(rows, images, _values(run, images, oof.folds[rows], asked))
    except KitError as error:
        why = "; ".join(filter(None, (str(error), error.hint)))
        return Missing(f"The mistakes cannot be explained: {why}.")


def _values(
    run: Run,
    images: NDArray[np.uint8],
    folds: NDArray[np.integer],
    asked: NDArray[np.integer],
) -> NDArray[np.float32]:
    """Shapley values (k, 2, height, width) of two logits, by the fold that held each image out.

    Parameters
    ----------
    asked : integer array of shape (k, 2)
        The classes of these logits.
    """
    from kaggle_kit.ensemble.ensemble import Ensemble
    from kaggle_kit.ensemble.predictor import Predictor
    from kaggle_kit.evaluation.shapley import ShapleyExplainer

    ensemble = Ensemble.load(run, np.unique(folds).tolist())
    predictor = Predictor.of(ensemble, images.shape[1:])
    baseline = baseline_for(photo=Best.read(run.best).problem.kind is Kind.PHOTO)
    explained = [
        ShapleyExplainer(
            [partial(_columns, one, classes) for one in predictor.held_out_networks(fold)],
            baseline=baseline,
        )(image[None])
        for fold, image, classes in zip(folds.tolist(), images, asked, strict=True)
    ]
    values = [explanation.values for explanation in explained]  # noqa: PD011  no pandas objects
    return np.concatenate(values)


def _columns(
    network: LogitsOf, classes: NDArray[np.integer], images: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """The logits of some classes."""
    return network(images)[:, classes]


def _distorted(best: Best, train: ImageSet | Missing) -> Distorted | Missing:
    if isinstance(train, Missing):
        return train
    if best.blend:
        return Missing(BLEND_DISTORTION)
    from kaggle_kit.networks.distortion import distorted
    from kaggle_kit.networks.model import hyperparameters_of
    from kaggle_kit.training.recipe import Recipe

    absent = {"distortion": 0.0, "mirror": False, "jitter": 0.0}
    values = hyperparameters_of(absent | best.hyperparameters)
    done = Recipe.declare(values, best.problem).augmentation
    if not (done.distortion or done.mirror or done.jitter):
        return Missing(NO_DISTORTION)
    image = train.images[0]
    copies = distorted(image, SAMPLES, done, best.problem, best.seed)
    return Distorted(
        np.concatenate([image[None], copies]), done.distortion, done.mirror, done.jitter
    )


def _compared(train: ImageSet | Missing, test: ImageSet | Missing) -> Comparison | Missing:
    if isinstance(train, Missing):
        return train
    large = train.images.nbytes > COMPARED
    alike = Missing(TOO_LARGE) if large else near_duplicates(train.images)
    if isinstance(test, Missing):
        return Comparison(test, alike)
    if min(len(train.images), len(test.images)) < FOLDS:
        return Comparison(Missing(FEW), alike)
    return Comparison(adversarial_validation(train.images, test.images), alike)
