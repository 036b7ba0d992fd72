"""What a fitted classifier can do: predict, explain, report, submit, save, and show itself."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from kaggle_kit.api.estimator import arrays
from kaggle_kit.api.estimator.answers import table
from kaggle_kit.api.estimator.fitted import ABOUT, Fitted
from kaggle_kit.api.report import Report, make_report
from kaggle_kit.errors import ArrayError, hints_in_tracebacks
from kaggle_kit.evaluation.scores import shown
from kaggle_kit.workspace.files import write_json
from kaggle_kit.workspace.storage import read_arrays, read_json, read_table

if TYPE_CHECKING:
    import os

    from numpy.typing import ArrayLike, NDArray

    from kaggle_kit.api.estimator.answers import Explanations
    from kaggle_kit.api.estimator.pixels import Range
    from kaggle_kit.api.submit import Submission


class FittedClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # they are untyped
    """The methods of a classifier that need its networks; `settle` gives it some."""

    @hints_in_tracebacks()
    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The label of each image, (n,), of the type of the training labels.

        Raises
        ------
        ArrayError
            The images have another shape or other values than those of the training.
        NotFittedError
            `fit` was not called.
        """
        labels = self._fitted_run.verdict.labels(self._logits(X))
        found: NDArray[Any] = self.classes_[labels]
        return found

    @hints_in_tracebacks()
    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """The probability of each class, (n, classes), calibrated out of fold; see `predict`."""
        from scipy.special import softmax

        logits = self._logits(X).astype(np.float64)
        found: NDArray[np.float64] = softmax(logits / self._fitted_run.temperature, axis=1)
        return found

    @hints_in_tracebacks()
    def explain(self, X: ArrayLike) -> Explanations:
        """Shapley values: how much each pixel raises the logit of each class.

        It takes about a second for each image.

        Raises
        ------
        ArrayError
            As `predict`.
        KitError
            shap is not installed.
        """
        return self._fitted_run.explain(self._checked(X))

    @hints_in_tracebacks()
    def report(self, out: str | os.PathLike[str] | None = None) -> Report:
        """Write the report page and the model card.

        Parameters
        ----------
        out : path, optional
            The folder to write to. By default the run, which may be a temporary one.

        Raises
        ------
        InputError
            `out` holds other files.
        """
        job = self._fitted_run.job
        return make_report(job, Path(out) if out is not None else None)

    @hints_in_tracebacks()
    def write_submission(self, path: str | os.PathLike[str]) -> Submission:
        """Write a checked submission.csv for the competition whose data were fitted.

        Raises
        ------
        InputError
            The model was fitted on arrays, or there is such a file.
        """
        from kaggle_kit.api.estimator.submitting import submission_of

        return submission_of(self._fitted_run.job, Path(path))

    @hints_in_tracebacks()
    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Save the model into a new folder, which `load_model` reads; return its path.

        Raises
        ------
        InputError
            The folder is not empty.
        """
        path = Path(folder).expanduser()
        self._fitted_run.save(path)
        kind = self.classes_.dtype
        labels = self.classes_.tolist()
        about = {"classes": labels, "dtype": kind.str if kind.kind != "O" else "O"}
        write_json(path / ABOUT, about | {"range": dataclasses.asdict(self.range_)})
        return path

    @property
    def _fitted_run(self) -> Fitted:
        check_is_fitted(self, "_model")
        model: Fitted = self._model
        return model

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_model")

    def _logits(self, X: ArrayLike) -> NDArray[np.float32]:
        return self._fitted_run.logits(self._checked(X))

    def _checked(self, X: ArrayLike) -> NDArray[np.uint8]:
        """X as the networks take it."""
        check_is_fitted(self)
        values, _ = arrays.checked(self, X, reset=False)
        shape = self.image_shape_ if values.ndim == 2 else None
        images = arrays.to_images(values, shape, self.range_)
        if images.shape[1:] != self.image_shape_:
            raise ArrayError(
                f"the images are {images.shape[1:]}, those of the training {self.image_shape_}"
            )
        return images

    def settle(self, model: Fitted, classes: NDArray[Any], limits: Range) -> Self:
        """Set what is known of a run that was fitted."""
        run, best = model.job.run, model.best
        self._model = model
        self.classes_, self.range_ = classes, limits
        self.image_shape_, self.run_ = best.problem.image_shape, run.folder
        of_runs = {part.run: part.best.hyperparameters for part in best.blend}
        self.best_params_ = of_runs or best.hyperparameters
        self.evaluation_ = model.verdict.evaluation
        self.score_ = shown(self.evaluation_.metric, self.evaluation_.score)
        self.oof_proba_ = model.oof_probabilities
        self.folds_ = read_arrays(run.oof, "fold")["fold"]
        self.history_ = read_table(run.history) if run.history.exists() else None
        self.trials_ = read_table(run.trials) if run.trials.exists() else None
        self.plan_ = read_json(run.plan) if run.plan.exists() else None
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_unfinished"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if hasattr(self, "_model"):
            self.run_ = self._model.job.run.folder  # a copy of the run

    def _repr_html_(self) -> str:
        if not hasattr(self, "_model"):
            return str(self._repr_html_inner())
        found = self.evaluation_
        rows = {
            f"out-of-fold {found.metric}": found.describe(),
            "images": " × ".join(map(str, self.image_shape_)),
            "classes": len(self.classes_),
            "networks": len(self._fitted_run.best.networks),
            **self.best_params_,
        }
        return table(rows, repr(self))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}
