"""The model card of a run: its intended use, its scores, its accuracy on altered images."""

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import softmax

from kaggle_kit.competition.description import Competition
from kaggle_kit.competition.problem import Problem
from kaggle_kit.ensemble.views import AS_IT_IS, Views
from kaggle_kit.evaluation.calibration import calibrated
from kaggle_kit.evaluation.decisions import Rule
from kaggle_kit.evaluation.intervals import binomial_error, wilson
from kaggle_kit.evaluation.metrics import UNCLEAR, least_probability
from kaggle_kit.evaluation.novelty import STRANGE
from kaggle_kit.evaluation.robustness.measure import ALTERED, WRITTEN
from kaggle_kit.report.card import text as texts
from kaggle_kit.report.card.networks import is_distorted, listed, made_of
from kaggle_kit.report.card.origins import Origin, choices_of, origin_of
from kaggle_kit.report.contents import Missing, OutOfFold
from kaggle_kit.report.words import Measured, Words
from kaggle_kit.workspace.best import Best
from kaggle_kit.workspace.paths import Run
from kaggle_kit.workspace.storage import read_arrays, read_json

WIDTH = 100  # characters of a line of text
LISTED = 20  # classes that are named in the card


@dataclass(frozen=True)
class Judged:
    """The measurements of a run.

    Attributes
    ----------
    oof : OutOfFold
    sure_mistakes : int
        The number of wrong answers that are not among the least clear answers. (The demo calls
        the least clear answers a guess.)
    robustness : DataFrame or None
        The result of `measure`; None if it could not be measured.
    views : Views
        Whether the mirror image is predicted, too.
    """

    oof: OutOfFold
    sure_mistakes: int
    robustness: pd.DataFrame | None
    views: Views = AS_IT_IS

    @classmethod
    def of(
        cls,
        oof: Mapping[str, NDArray[Any]],
        robustness: pd.DataFrame | None,
        problem: Problem,
        views: Views = AS_IT_IS,
    ) -> "Judged":
        """Evaluate the arrays of oof.npz: logits, labels, and fold."""
        logits, labels = oof["logits"], oof["labels"]
        found = OutOfFold(logits, labels, oof["fold"], Missing(""), problem)
        scaled, _ = calibrated(logits, labels)
        clear = softmax(scaled, axis=1).max(axis=1) >= least_probability(scaled)
        return cls(found, int(np.sum(clear & ~found.correct)), robustness, views)


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
    judged = Judged.of(oof, robustness, best.problem, Views.read(run))
    return make_card(best, config, judged, competition=competition, run=run.folder.name)


def make_card(
    best: Best, config: dict[str, Any], judged: Judged, *, competition: Competition, run: str
) -> str:
    """The card as Markdown, from the contents of best.json and config.json and the measurements."""
    origin = origin_of(competition, config)
    words = Words.of(judged.oof.problem, competition)
    values = {
        **_of_model(best, config),
        "answer": _answer(judged, words),
        **_of_competition(competition, judged, words),
        **_of_evaluation(judged, words),
        "found": _found(config),
        "run": run,
    }
    parts = {name: Template(part).substitute(values) for name, part in vars(origin).items()}
    card = texts.CARD.substitute(
        values,
        **parts,
        robustness=_robustness(judged, origin, words),
        leak=_leak(competition),
        choices=choices_of(config),
    )
    return "".join(f"{_wrapped(line)}\n" for line in card.splitlines())


def _wrapped(line: str) -> str:
    """A line of at most WIDTH characters, or several of them; rows of a table stay whole."""
    if len(line) <= WIDTH or line.startswith("|"):
        return line
    indent = "  " if line.startswith(("- ", "  ")) else ""
    return textwrap.fill(
        line,
        WIDTH,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _of_model(best: Best, config: dict[str, Any]) -> dict[str, object]:
    members = best.members
    return {
        "networks": best.folds * len(members),
        "members": len(members),
        "folds": best.folds,
        "made_of": made_of(best),
        "trained": texts.DISTORTED if is_distorted(best) else texts.UNDISTORTED,
        "hyperparameters": listed(best),
        "revision": config.get("revision", "unknown"),
        "created": config.get("created", "an unknown date"),
        "versions": ", ".join(f"{k} {v}" for k, v in config.get("versions", {}).items()),
    }


def _answer(judged: Judged, words: Words) -> str:
    """How the answer follows from the logits."""
    problem, chosen = judged.oof.problem, judged.oof.decision
    if chosen is None:
        kind = "ranking" if problem.metric == "map_at_k" else "probability"
    else:
        kind = "label" if chosen.decision.rule == Rule.ARGMAX else "rule"
    rule = chosen.decision.describe() if chosen else ""
    told = Template(texts.ANSWERS[kind]).substitute(one=words.one, rule=rule, k=problem.k)
    views = judged.views.describe(problem)
    return f"{told} {views}." if views else told


def _of_competition(competition: Competition, judged: Judged, words: Words) -> dict[str, object]:
    oof, problem = judged.oof, judged.oof.problem
    counts = np.bincount(oof.labels, minlength=problem.classes)
    most, fewest = int(counts.argmax()), int(counts.argmin())
    named = ", ".join(map(words.name, range(min(problem.classes, LISTED))))
    rest = problem.classes - LISTED
    public = competition.public_rows
    error = binomial_error(oof.evaluation.accuracy, public) if public else 0.0
    return {
        "competition": competition.slug,
        "title": competition.title,
        "url": competition.url,
        "classes": f"{problem.classes:,}",
        "listed": f"The classes are: {named}{f' and {rest:,} more' if rest > 0 else ''}.",
        "size": " × ".join(map(str, problem.size)),
        "colours": "in colour" if problem.channels > 1 else "in grey",
        "balance": f"Each class has {counts[most]:,} images."
        if most == fewest
        else f"The largest class, {words.quoted(most)}, has {counts[most]:,} images, the smallest,"
        f" {words.quoted(fewest)}, has {counts[fewest]:,}.",
        "group": competition.labels.group,
        "public_rows": f"{public:,}" if public else "unknown",
        "error": f"{error:.4f}",
    }


def _found(config: dict[str, Any]) -> str:
    """What was found in the files, and how they were read, where it is not obvious."""
    found = {name: "; ".join(told) for name, told in config.get("found", {}).items() if told}
    return "".join(f"In {name}: {told}.\n" for name, told in found.items())


def _leak(competition: Competition) -> str:
    if not competition.leak:
        return ""
    told = texts.LEAK.substitute(leak=competition.leak)
    limit, public = competition.suspicious_above, competition.public_rows
    if limit is None or public is None:
        return told
    return told + texts.HONEST.substitute(
        best=f"{competition.honest_limit:g}",
        source=competition.honest_source,
        limit=f"{limit:.4f}",
        public_rows=f"{public:,}",
    )


def _of_evaluation(judged: Judged, words: Words) -> dict[str, object]:
    oof, evaluation = judged.oof, judged.oof.evaluation
    measured = Measured.of(oof.problem)
    right, rows = evaluation.counts.diagonal(), np.asarray(evaluation.counts.sum(axis=1))
    worst = int(np.where(rows > 0, right / np.maximum(rows, 1), np.inf).argmin())
    pairs = [
        f"{words.quoted(true)} {words.read} as {words.quoted(read)} ({count})"
        for true, read, count in evaluation.pairs
    ]
    mistakes, sure = rows.sum() - right.sum(), judged.sure_mistakes
    check = texts.SURE_MISTAKES if sure else texts.NO_SURE_MISTAKES
    values = {"one": words.one, "images": words.images, "read": words.read, "k": oof.problem.k}
    counts = {"mistakes": f"{mistakes:,}", "sure": f"{sure:,}", "unclear": f"{UNCLEAR:.0%}"}
    return {
        **values,
        "metric": Template(texts.METRICS[oof.problem.metric]).substitute(values),
        "name": measured.words,
        "better": "lower" if measured.is_loss else "higher",
        "worse": "higher" if measured.is_loss else "lower",
        "rows": f"{rows.sum():,}",
        "scores": "\n".join(_scores(oof, measured)),
        "worst": f"{words.quoted(worst)}: {_share(right[worst], rows[worst])}",
        "pairs": ", ".join(pairs) or "none",
        "per_thousand": f"{1000 * (1 - evaluation.accuracy):.1f}",
        "numbers": f"{1 - evaluation.accuracy**5:.1%}",
        "check": Template(check if mistakes else texts.NO_MISTAKES).substitute(values | counts),
        "clear": f"{1 - UNCLEAR:.0%}",
        "familiar": f"{1 - STRANGE:.0%}",
    }


def _scores(oof: OutOfFold, measured: Measured) -> Iterator[str]:
    """The first rows of the table of scores."""
    evaluation = oof.evaluation
    if not measured.is_accuracy:
        yield f"| {measured.words} | {measured.shown(evaluation.score):.4f} |"
    yield f"| accuracy | {_share(int(oof.correct.sum()), len(oof.correct))} |"
    spread = f"{measured.shown(evaluation.mean):.4f} ± {evaluation.std:.4f}"
    of = "" if measured.is_accuracy else f"{measured.words}, "
    folds = f"(standard deviation over {len(evaluation.fold_scores)} folds)"
    yield f"| {of}mean over folds | {spread} {folds} |"


def _share(right: int, rows: int) -> str:
    low, high = wilson(right, rows)
    return f"{right / rows:.4f} (95%: {low:.4f} to {high:.4f})"


def _robustness(judged: Judged, origin: Origin, words: Words) -> str:
    table = judged.robustness
    if table is None:
        return texts.NOT_MEASURED
    written, altered = (table[table["kind"] == kind] for kind in (WRITTEN, ALTERED))
    told = texts.ALTERED.substitute(
        rows=f"{altered['rows'].max():,}", one=words.one, altered=_lines(altered, digits=3)
    )
    if written.empty:
        return texts.OTHERS.substitute(altered=told)
    ends = [written.loc[written["accuracy"].agg(end)] for end in ("idxmin", "idxmax")]
    worst, best = (f"{row['handwriting']}, {row['accuracy']:.4f}" for row in ends)
    return texts.THIRDS.substitute(
        one=words.one,
        many=words.many,
        image=words.image,
        size_note=origin.size_note,
        written=_lines(written, digits=4),
        worst=worst,
        best=best,
        altered=told,
    )


def _lines(table: pd.DataFrame, digits: int) -> str:
    return "\n".join(
        f"| {row.handwriting} | {row.rows:,} | {row.accuracy:.{digits}f} "
        f"| {row.low:.{digits}f} to {row.high:.{digits}f} |"
        for row in table.itertuples()
    )
