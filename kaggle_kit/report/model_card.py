"""The model card of a run: its intended use, its accuracy on different handwriting, its limits."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.dataset import load_train
from kaggle_kit.data.embedded_sample import TRAIN_SHA256
from kaggle_kit.errors import DataError, KitError
from kaggle_kit.evaluation import robustness
from kaggle_kit.evaluation.calibration import calibrated
from kaggle_kit.evaluation.intervals import binomial_error, wilson
from kaggle_kit.evaluation.metrics import UNCLEAR, Evaluation, evaluate, least_probability
from kaggle_kit.evaluation.novelty import STRANGE
from kaggle_kit.evaluation.robustness import ALTERED, COLUMNS, WRITTEN
from kaggle_kit.report import model_card_text as texts
from kaggle_kit.report.model_card_text import CARD, MEASURED, MNIST, NOT_MEASURED, SAMPLE, Origin
from kaggle_kit.training.progress import silent
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.files import replacing
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays, read_json, read_table

Note = Callable[[str], None]


@dataclass(frozen=True)
class Judged:
    """The measurements of a run.

    Attributes
    ----------
    sure_mistakes : int
        The number of wrong answers that are not among the least clear answers. (The demo calls
        the least clear answers a guess.)
    robustness : DataFrame or None
        The result of `robustness.measure`; None if it could not be measured.
    """

    evaluation: Evaluation
    sure_mistakes: int
    robustness: pd.DataFrame | None

    @classmethod
    def of(cls, oof: Mapping[str, NDArray[Any]], robustness: pd.DataFrame | None) -> "Judged":
        """Evaluate the arrays of oof.npz: logits, labels, and fold."""
        logits, labels = oof["logits"], oof["labels"]
        scaled, _ = calibrated(logits, labels)
        clear = softmax(scaled, axis=1).max(axis=1) >= least_probability(scaled)
        sure = int(np.sum(clear & (logits.argmax(axis=1) != labels)))
        return cls(evaluate(logits, labels, oof["fold"]), sure, robustness)


def card_of(run: Run, competition: Competition, robustness: pd.DataFrame | None) -> str:
    """The model card, as Markdown, of a run that has an ensemble.

    Parameters
    ----------
    robustness : DataFrame or None
        The result of `robustness_of`.

    Raises
    ------
    RunError
        A file that `fit` leaves in a run is missing or damaged.
    """
    best, config = Best.read(run.best), read_json(run.config)
    oof = read_arrays(run.oof, "logits", "labels", "fold")
    judged = Judged.of(oof, robustness)
    return make_card(best, config, judged, competition=competition, run=run.folder.name)


def robustness_of(
    run: Run, competition: Competition, data: Path, *, keep: bool = True, note: Note = silent
) -> pd.DataFrame | None:
    """The accuracy on other handwriting: the stored table of the run, or a new measurement.

    Parameters
    ----------
    data : Path
        The folder of the competition's CSVs; they may be missing.
    keep : bool
        Whether to store a new measurement in the run.
    note : callable
        Called with a text that says what is being done, or what cannot be done.

    Returns
    -------
    DataFrame, or None if it cannot be measured, for example because the data are missing
    """
    with contextlib.suppress(KitError):  # the table is missing or damaged: measure again
        known = read_table(run.robustness, numbers=COLUMNS[2:], texts=COLUMNS[:2])
        if robustness.is_current(known):
            return known
    try:
        table = _measured(run, competition, data, note)
    except KitError as error:
        note(f"the accuracy on other handwriting is left out: {error}")
        return None
    if keep:
        with contextlib.suppress(OSError), replacing(run.robustness) as temporary:
            table.to_csv(temporary, index=False)  # may fail in a read-only home
    return table


def _measured(run: Run, competition: Competition, data: Path, note: Note) -> pd.DataFrame:
    from kaggle_kit.ensemble.ensemble import Ensemble
    from kaggle_kit.ensemble.predictor import Predictor

    train = load_train(data, competition)
    if train.sha256 != read_json(run.config, "data")["data"]["train.csv"]:
        raise DataError(f"{data} does not hold the data that the run was made from")
    note("measuring the accuracy on other handwriting")
    predictor = Predictor(Ensemble.load(run, competition).committees, competition.image_shape)
    oof = read_arrays(run.oof, "logits", "labels", "fold")
    return robustness.measure(predictor.out_of_fold_logits, train.images, oof)


def make_card(
    best: Best, config: dict[str, Any], judged: Judged, *, competition: Competition, run: str
) -> str:
    """The card as Markdown, from the contents of best.json and config.json and the measurements."""
    is_sample = config.get("data", {}).get("train.csv") == TRAIN_SHA256
    return CARD.substitute(
        _of_model(best, config),
        **_of_competition(competition, judged.evaluation, SAMPLE if is_sample else MNIST),
        **_of_evaluation(judged),
        robustness=_robustness(judged.robustness),
        run=run,
    )


def _of_model(best: Best, config: dict[str, Any]) -> dict[str, object]:
    members = best.members
    own = {key: ", ".join(dict.fromkeys(str(m[key]) for m in members)) for key in members[0]}
    return {
        "networks": best.folds * len(members),
        "members": len(members),
        "folds": best.folds,
        "family": best.family,
        "trained": texts.DISTORTED if _is_distorted(best) else texts.UNDISTORTED,
        "hyperparameters": "\n".join(
            f"- {key}: {value}" for key, value in (best.hyperparameters | own).items()
        ),
        "revision": config.get("revision", "unknown"),
        "created": config.get("created", "an unknown date"),
        "versions": ", ".join(f"{k} {v}" for k, v in config.get("versions", {}).items()),
    }


def _is_distorted(best: Best) -> bool:
    values = [best.values_of(number) for number in range(len(best.members))]
    return any(one.get("distortion") for one in values)


def _of_competition(
    competition: Competition, evaluation: Evaluation, origin: Origin
) -> dict[str, str]:
    rows = int(evaluation.confusion.sum())
    error = binomial_error(evaluation.accuracy, competition.public_rows)
    return {
        "competition": competition.slug,
        "url": competition.url,
        "data": origin.data.format(rows=f"{rows:,}"),
        "whose": origin.whose,
        "score": origin.score.format(rows=competition.public_rows, error=error),
        "leak": competition.leak,
        "best": f"{competition.honest_limit:g}",
        "source": competition.honest_source,
        "limit": f"{competition.suspicious_above:.4f}",
        "public_rows": f"{competition.public_rows:,}",
    }


def _of_evaluation(judged: Judged) -> dict[str, str]:
    evaluation = judged.evaluation
    right, rows = evaluation.confusion.diagonal(), evaluation.confusion.sum(axis=1)
    worst = int(np.argmin(right / np.maximum(rows, 1)))
    pairs = [f"{true} read as {read} ({count})" for true, read, count in evaluation.pairs]
    mistakes, sure = rows.sum() - right.sum(), judged.sure_mistakes
    check = texts.SURE_MISTAKES if sure else texts.NO_SURE_MISTAKES
    counts = {"mistakes": f"{mistakes:,}", "sure": f"{sure:,}", "unclear": f"{UNCLEAR:.0%}"}
    return {
        "rows": f"{rows.sum():,}",
        "accuracy": _share(right.sum(), rows.sum()),
        "mean": f"{evaluation.mean:.4f}",
        "std": f"{evaluation.std:.4f}",
        "worst": f"{worst}: {_share(right[worst], rows[worst])}",
        "pairs": ", ".join(pairs) or "none",
        "per_thousand": f"{1000 * (1 - evaluation.accuracy):.1f}",
        "numbers": f"{1 - evaluation.accuracy**5:.1%}",
        "check": Template(check if mistakes else texts.NO_MISTAKES).substitute(counts),
        "clear": f"{1 - UNCLEAR:.0%}",
        "familiar": f"{1 - STRANGE:.0%}",
    }


def _share(right: int, rows: int) -> str:
    low, high = wilson(right, rows)
    return f"{right / rows:.4f} (95%: {low:.4f} to {high:.4f})"


def _robustness(table: pd.DataFrame | None) -> str:
    if table is None:
        return NOT_MEASURED
    written, altered = (table[table["kind"] == kind] for kind in (WRITTEN, ALTERED))
    ends = [written.loc[written["accuracy"].agg(end)] for end in ("idxmin", "idxmax")]
    worst, best = (f"{row['handwriting']}, {row['accuracy']:.4f}" for row in ends)
    return MEASURED.substitute(
        written=_lines(written, digits=4),
        worst=worst,
        best=best,
        rows=f"{altered['rows'].max():,}",
        altered=_lines(altered, digits=3),
    )


def _lines(table: pd.DataFrame, digits: int) -> str:
    return "\n".join(
        f"| {row.handwriting} | {row.rows:,} | {row.accuracy:.{digits}f} "
        f"| {row.low:.{digits}f} to {row.high:.{digits}f} |"
        for row in table.itertuples()
    )
