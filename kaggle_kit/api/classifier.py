"""An image classifier as scikit-learn knows it: search, then an ensemble of folds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kaggle_kit.api.data import classes_of
from kaggle_kit.api.estimator.display import Display
from kaggle_kit.api.estimator.fitted import ABOUT, Fitted
from kaggle_kit.api.estimator.pixels import Range
from kaggle_kit.api.estimator.predicting import FittedClassifier
from kaggle_kit.api.fit import fit as fit_run
from kaggle_kit.api.preparation import job_of, prepare
from kaggle_kit.api.reporter import Once
from kaggle_kit.api.tune import tune
from kaggle_kit.errors import RunError, hints_in_tracebacks
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_json

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from kaggle_kit.api.data import ImageData
    from kaggle_kit.api.preparation import Ready


class ImageClassifier(FittedClassifier):
    """Classify images with an ensemble of networks that a search has found.

    `fit` does what the commands `tune` and `fit` do: KerasTuner proposes networks, cross-validation
    with racing chooses one, and it is trained on each fold. The mean of the logits of all
    networks predicts.

    Parameters
    ----------
    preset : {"quick", "standard", "best"}, optional
        The size of the search. By default "quick", or the largest that `time_budget` allows.
    build : callable or str, optional
        A network of your own: a function `build(hp)` as KerasTuner takes it, which returns a Keras
        model, or "path/to/file.py:build". It travels as source text. Its network gets the images
        with the values that X has. If it compiles the model, its optimizer trains it, and the
        search is over its own hyperparameters; the loss is always the cross-entropy. If it does
        not, the kit's recipe trains it, and its hyperparameters join the search. Or the name of a
        family, such as "cnn", or one of a package that is installed.
    starting_points : list of dict, optional
        Hyperparameters to try first, as changes to the defaults. With `trials=1`, the only ones.
    image_shape : (height, width) or (height, width, channels), optional
        The shape of an image if X is (n, pixels). By default a square, or else one row.
    kind : {"glyph", "photo"}, optional
        Of writing, the mirror image is something else; of a photograph, it is as good. By default
        "photo" for images in colour, and "glyph" for grey ones.
    metric : {"accuracy", "macro_f1", "log_loss", "auc", "quadratic_kappa", "map_at_k"}, optional
        What the search optimises. By default that of the competition, or accuracy.
    time_budget : float, str or timedelta, optional
        The time for search and ensemble together, such as "3m", or seconds. A time budget alone
        promises no equal result: a slower machine trains less. `plan` does.
    trials, folds, epochs, fit_epochs, members : int, optional
        As the options of `kaggle-kit tune`; by default set by the preset.
    oracle : {"random", "bayesian", "hyperband"}, optional
    plan : path or dict, optional
        The plan.json of a run, or its contents: `fit` repeats it exactly, whatever the clock says.
        No other argument of the search may be given, except `build` for a plan without one.
    workers : int, optional
        The processes that train, one network each. By default, this process alone trains small
        data (less than 300,000 pixels), and the kit decides for larger ones.
    random_state : int, RandomState or None
        The seed of folds, search and training. The same number and plan give the same result on
        machines that compute alike; None draws another one each time.
    run : path, optional
        The folder of the run. A later `fit` of the same data with the same arguments goes on
        there. By default a temporary folder, which is removed with this object.
    log : {"tensorboard", "mlflow"} or list of them, optional
        Log trials, folds, epochs and scores there, too: TensorBoard's files in `run`, or in the
        folder tensorboard/; MLflow's where its tracking URI says, or in a database beside them.
    verbose : bool, optional
        Whether to show progress. By default in Jupyter and on a terminal.

    Attributes
    ----------
    classes_ : ndarray of shape (classes,)
        The labels, in the order of `predict_proba`.
    score_ : float
        The out-of-fold score by the metric: each training image is predicted by the networks that
        were not trained on it.
    evaluation_ : Evaluation
        All figures of the out-of-fold predictions: by fold, confusions, the worst pairs.
    oof_proba_ : ndarray of shape (n, classes)
        Out-of-fold probabilities of the training images, in their order; calibrated.
    best_params_ : dict
        The hyperparameters of the network that was chosen; of a blend, those of each run.
    folds_ : ndarray of shape (n,)
        The fold that holds each training image out.
    trials_ : DataFrame
        A row for each trial of the search, the best first.
    history_ : DataFrame
        A row for each epoch of each network of the ensemble.
    plan_ : dict
        The contents of plan.json.
    run_ : Path
        The folder of the run.
    image_shape_ : tuple
    range_ : Range
        The values of X that became black and white.
    n_features_in_ : int
        If X was (n, pixels).

    Notes
    -----
    Networks take pixels of 0..255. An array of uint8 is taken as it is. Booleans, and integers that
    are all 0 or 1, become 0 and 255. Other values are scaled linearly: from 0..1, 0..255 or
    0..65535 if they are not negative and reach the upper half of that range, else from the smallest
    to the largest value of the training images. `predict` uses the same range, and clips. The alpha
    channel of (n, height, width, 4) is put on white.

    Ctrl-C ends `fit` with KeyboardInterrupt. What was fitted before stays, and another `fit` with
    the same data and arguments goes on.

    Examples
    --------
    >>> import kaggle_kit as kk
    >>> model = kk.ImageClassifier(preset="quick").fit(kk.load("sample"))  # doctest: +SKIP
    >>> model.score_  # doctest: +SKIP
    """

    def __init__(  # noqa: PLR0913  each is a parameter of scikit-learn's
        self,
        *,
        preset: str | None = None,
        build: Callable[..., Any] | str | None = None,
        starting_points: list[dict[str, Any]] | None = None,
        image_shape: tuple[int, ...] | None = None,
        kind: str | None = None,
        metric: str | None = None,
        time_budget: Any = None,
        trials: int | None = None,
        folds: int | None = None,
        epochs: int | None = None,
        fit_epochs: int | None = None,
        members: int | None = None,
        oracle: str | None = None,
        plan: str | os.PathLike[str] | dict[str, Any] | None = None,
        workers: int | None = None,
        random_state: Any = 0,
        run: str | os.PathLike[str] | None = None,
        log: str | Sequence[str] | None = None,
        verbose: bool | None = None,
    ) -> None:
        self.preset = preset
        self.build = build
        self.starting_points = starting_points
        self.image_shape = image_shape
        self.kind = kind
        self.metric = metric
        self.time_budget = time_budget
        self.trials = trials
        self.folds = folds
        self.epochs = epochs
        self.fit_epochs = fit_epochs
        self.members = members
        self.oracle = oracle
        self.plan = plan
        self.workers = workers
        self.random_state = random_state
        self.run = run
        self.log = log
        self.verbose = verbose

    @hints_in_tracebacks()
    def fit(self, X: ArrayLike | ImageData, y: ArrayLike | None = None) -> ImageClassifier:
        """Search for a network, and train an ensemble of it.

        Parameters
        ----------
        X : array_like or ImageData
            Images of shape (n, height, width), (n, height, width, channels) with 1, 3 or 4
            channels, or (n, pixels). Or what `load` and `download` return; y is left out then.
        y : array_like of shape (n,)
            Labels of any type: numbers, texts, booleans.

        Returns
        -------
        ImageClassifier
            Itself.

        Raises
        ------
        ArrayError
            X or y cannot be used, or an argument is wrong. It is a ValueError, too.
        RunError
            The folder `run` has a run of other data or other arguments.
        TrainingError
            No network could be trained.
        """
        display = Once(Display(self.verbose))
        ready = prepare(self, X, y)
        job, workers = ready.job, ready.workers
        self._unfinished: Ready | None = ready
        log = [self.log] if isinstance(self.log, str) else self.log or ()
        tune(job, ready.preset, ready.changes, workers=workers, reporter=display, log=log)
        fit_run(job, workers=workers, reporter=display, log=log)
        self._unfinished = None
        return self.settle(Fitted(job, ready.keep), ready.classes, ready.limits)


@hints_in_tracebacks()
def load_model(folder: str | os.PathLike[str]) -> ImageClassifier:
    """Load a model that `ImageClassifier.save` wrote, or the run of a `kaggle-kit fit`.

    A network of one's own is Python code, which is run: load only what you trust.

    Raises
    ------
    RunError
        The folder has no ensemble, or a file is damaged.
    """
    run = Run(Path(folder).expanduser().absolute())
    if not run.best.exists():
        raise RunError(
            f"{folder} has no model",
            "give a folder that `save` wrote, or that of a run, such as runs/default",
        )
    model = Fitted(job_of(run))
    about = read_json(run.folder / ABOUT) if (run.folder / ABOUT).exists() else {}
    names = model.best.problem.class_names
    classes = np.array(about["classes"], about["dtype"]) if about else classes_of(names)
    limits = Range(**about["range"]) if about else Range(0.0, 255.0)
    return ImageClassifier(run=run.folder).settle(model, classes, limits)
