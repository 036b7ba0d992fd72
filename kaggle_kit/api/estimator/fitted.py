"""The ensemble of a run: predict, explain, report, save, and pickle."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kaggle_kit.api.estimator.answers import Explanations
from kaggle_kit.api.job import EXPLAINER, Job, check_installed
from kaggle_kit.errors import InputError
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.files import write_bytes
from kaggle_kit.workspace.paths import Home, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from kaggle_kit.ensemble.ensemble import Ensemble
    from kaggle_kit.ensemble.predictor import Predictor
    from kaggle_kit.evaluation.metrics import Logits
    from kaggle_kit.evaluation.verdict import Verdict

MANY = 4096  # images; for fewer, the networks share one compiled program
ABOUT = "classifier.json"


class Scratch:
    """A home in a temporary folder, which is removed with this object."""

    def __init__(self) -> None:
        self.home = Home(Path(tempfile.mkdtemp(prefix="kaggle-kit-")))
        weakref.finalize(self, shutil.rmtree, self.home.folder, ignore_errors=True)


class Fitted:
    """The ensemble of a run. It is loaded when it is first used, and can be pickled.

    Parameters
    ----------
    job : Job
        The run, and the images that it was made from if they are still there.
    keep : object, optional
        What must live as long as this object, such as a Scratch.
    """

    def __init__(self, job: Job, keep: object = None) -> None:
        self.job, self._keep = job, keep

    @cached_property
    def best(self) -> Best:
        return Best.read(self.job.run.best)

    @cached_property
    def verdict(self) -> Verdict:
        """How logits become answers."""
        from kaggle_kit.workspace.fit_status import load_verdict

        return load_verdict(self.job.run)

    @cached_property
    def temperature(self) -> float:
        """The divisor of logits that calibrates the probabilities; found out of fold."""
        from kaggle_kit.evaluation.calibration import calibrated
        from kaggle_kit.workspace.storage import read_arrays

        oof = read_arrays(self.job.run.oof, "logits", "labels")
        return float(calibrated(oof["logits"], oof["labels"])[1])

    @property
    def oof_probabilities(self) -> NDArray[np.float64]:
        """Calibrated probabilities (n, classes) of the training images, out of fold."""
        from scipy.special import softmax

        from kaggle_kit.evaluation.calibration import calibrated
        from kaggle_kit.workspace.storage import read_arrays

        oof = read_arrays(self.job.run.oof, "logits", "labels", "fold")
        logits, _ = calibrated(oof["logits"], oof["labels"], oof["fold"])
        found: NDArray[np.float64] = softmax(logits.astype("float64"), axis=1)
        return found

    @cached_property
    def _ensemble(self) -> Ensemble:
        from kaggle_kit.ensemble.ensemble import Ensemble

        return Ensemble.load(self.job.run)

    @cached_property
    def _predictor(self) -> Predictor:
        from kaggle_kit.ensemble.predictor import Predictor

        return Predictor.of(self._ensemble, self.best.problem.image_shape)

    def logits(self, images: NDArray[np.uint8]) -> Logits:
        """Mean logits (n, classes) of images (n, *image_shape)."""
        if len(images) > MANY:
            return self._ensemble.logits(images)
        return self._predictor.logits(images)

    def explain(self, images: NDArray[np.uint8]) -> Explanations:
        """Shapley values of the logits of images (n, *image_shape).

        Raises
        ------
        KitError
            shap is not installed.
        """
        check_installed("explain", {"shap": EXPLAINER["shap"]})
        from kaggle_kit.competition.description import Kind
        from kaggle_kit.evaluation.removal.baselines import baseline_for
        from kaggle_kit.evaluation.shapley import ShapleyExplainer

        baseline = baseline_for(photo=self.best.problem.kind == Kind.PHOTO)
        explainer = ShapleyExplainer(
            self._predictor.rounded_networks, self._predictor.logits, baseline=baseline
        )
        return Explanations(images, explainer(images), self.best.problem.class_names)

    def save(self, folder: Path) -> None:
        """Copy the run into a folder that is new or empty.

        Raises
        ------
        InputError
            The folder holds something, or is a file.
        """
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"{folder} is not empty", "name a new folder")
        for name, content in self._files():
            write_bytes(folder / name, content)

    def _files(self) -> Iterator[tuple[str, bytes]]:
        run = self.job.run
        made = (run.config, run.folds, run.plan, run.best, run.trials, run.history)
        found = [*made, run.oof, run.test, run.familiar, run.robustness]
        for path in [*found, *sorted(run.models.glob("*"))]:
            if path.is_file():
                yield path.relative_to(run.folder).as_posix(), path.read_bytes()

    def __getstate__(self) -> dict[str, Any]:
        job = replace(self.job, home=Home(Path()), run=Run(Path()), images=None)
        return {"job": job, "files": dict(self._files())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        scratch = Scratch()
        run = scratch.home.run("default")
        for name, content in state["files"].items():
            write_bytes(run.folder / name, content)
        self.__init__(replace(state["job"], home=scratch.home, run=run), scratch)  # type: ignore[misc]
