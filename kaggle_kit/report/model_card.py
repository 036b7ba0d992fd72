"""The model card of a run: what it is for, how good it is, for whom, and where it ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from kaggle_kit.competition.description import Competition
from kaggle_kit.data.embedded_sample import TRAIN_ROWS
from kaggle_kit.evaluation.intervals import binomial_error, wilson
from kaggle_kit.evaluation.metrics import UNCLEAR, Evaluation, evaluate, least_probability
from kaggle_kit.evaluation.novelty import STRANGE
from kaggle_kit.evaluation.robustness import ALTERED, WRITTEN
from kaggle_kit.report.model_card_text import CARD, MEASURED, MNIST, NOT_MEASURED, SAMPLE


@dataclass(frozen=True)
class Judged:
    """What is measured of a run.

    Attributes
    ----------
    sure_mistakes : int
        Wrong answers that are not among the least clear, which the demo calls a guess.
    robustness : DataFrame or None
        As `robustness.measure` makes it, if that could be measured.
    """

    evaluation: Evaluation
    sure_mistakes: int
    robustness: pd.DataFrame | None

    @classmethod
    def of(cls, oof: Mapping[str, NDArray[Any]], robustness: pd.DataFrame | None) -> "Judged":
        """Judge the arrays of oof.npz: logits, labels, and fold."""
        logits, labels = oof["logits"], oof["labels"]
        clear = softmax(logits, axis=1).max(axis=1) >= least_probability(logits)
        sure = int(np.sum(clear & (logits.argmax(axis=1) != labels)))
        return cls(evaluate(logits, labels, oof["fold"]), sure, robustness)


def make_card(
    competition: Competition,
    run: str,
    made: tuple[dict[str, Any], dict[str, Any]],
    judged: Judged,
) -> str:
    """The card as Markdown.

    Parameters
    ----------
    made : (best, config)
        The contents of best.json and config.json.
    """
    return CARD.substitute(
        _of_model(*made),
        **_of_competition(competition, judged.evaluation),
        **_of_evaluation(judged),
        robustness=_robustness(judged.robustness),
        run=run,
    )


def _of_model(best: dict[str, Any], config: dict[str, Any]) -> dict[str, object]:
    members = best["members"]
    own = {key: ", ".join(dict.fromkeys(str(m[key]) for m in members)) for key in members[0]}
    return {
        "networks": best["folds"] * len(members),
        "members": len(members),
        "folds": best["folds"],
        "family": best["family"],
        "hyperparameters": "\n".join(
            f"- {key}: {value}" for key, value in (best["hyperparameters"] | own).items()
        ),
        "revision": config.get("revision", "unknown"),
        "created": config.get("created", "a day that is not known"),
        "versions": ", ".join(f"{k} {v}" for k, v in config.get("versions", {}).items()),
    }


def _of_competition(competition: Competition, evaluation: Evaluation) -> dict[str, str]:
    rows = int(evaluation.confusion.sum())
    origin = SAMPLE if rows <= TRAIN_ROWS else MNIST
    error = binomial_error(evaluation.accuracy, competition.public_rows)
    return {
        "competition": competition.slug,
        "url": competition.url,
        "data": origin.data.format(rows=f"{rows:,}"),
        "whose": origin.whose,
        "score": origin.score.format(rows=competition.public_rows, error=error),
        "leak": competition.leak,
        "limit": f"{competition.honest_limit:g}",
    }


def _of_evaluation(judged: Judged) -> dict[str, str]:
    evaluation = judged.evaluation
    right, rows = evaluation.confusion.diagonal(), evaluation.confusion.sum(axis=1)
    worst = int(np.argmin(right / np.maximum(rows, 1)))
    pairs = [f"{true} read as {read} ({count})" for true, read, count in evaluation.pairs]
    return {
        "rows": f"{rows.sum():,}",
        "accuracy": _share(right.sum(), rows.sum()),
        "mean": f"{evaluation.mean:.4f}",
        "std": f"{evaluation.std:.4f}",
        "worst": f"{worst}: {_share(right[worst], rows[worst])}",
        "pairs": ", ".join(pairs) or "none",
        "per_thousand": f"{1000 * (1 - evaluation.accuracy):.1f}",
        "numbers": f"{1 - evaluation.accuracy**5:.1%}",
        "mistakes": f"{rows.sum() - right.sum():,}",
        "sure": f"{judged.sure_mistakes:,}",
        "unclear": f"{UNCLEAR:.0%}",
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
