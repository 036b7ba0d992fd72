"""What is submitted, from the example that a competition gives."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kaggle_kit.competition.description import ANSWERS, Answer, Metric
from kaggle_kit.data.inspection.findings import Findings, Sure
from kaggle_kit.data.labels import listed, plain
from kaggle_kit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from kaggle_kit.data.inspection.tables import Table

NAMED = re.compile(r"sample|example|submission", re.IGNORECASE)
LIKELIEST = {
    Answer.LABEL: Metric.ACCURACY,
    Answer.PROBABILITY: Metric.AUC,
    Answer.PROBABILITIES: Metric.LOG_LOSS,
    Answer.TOP_K: Metric.MAP_AT_K,
}


def find_example(tables: Sequence[Table], is_other: Callable[[Table], bool]) -> Table | None:
    """The example submission: a CSV that is called so, or one whose answers are all the same.

    Parameters
    ----------
    tables : sequence of Table
    is_other : callable
        Whether a table is known to be something else.
    """
    own = [table for table in tables if len(table.columns) > 1 and not is_other(table)]
    named = [table for table in own if NAMED.search(table.name.rpartition("/")[2])]
    if named:
        return min(named, key=lambda table: (table.name.count("/"), len(table.name)))
    constant = [
        table
        for table in own
        if len(table.head) > 1
        and len(set(table.first(table.columns[0]))) == len(table.head)
        and all(len(set(table.first(name))) == 1 for name in table.columns[1:])
    ]
    return constant[0] if len(constant) == 1 else None


def take_answer(example: Table | None, classes: Collection[str], findings: Findings) -> None:
    """Find what is said about an image, and ask for the metric if nothing tells it.

    Parameters
    ----------
    example : Table, optional
        The example submission.
    classes : collection of str
        The labels of the training images.

    Raises
    ------
    InputError
        The example asks for what the kit cannot answer, or contradicts an option.
    """
    _take_file(example, findings)
    answer = _answer(example, classes, findings)
    if findings.given.answer:
        findings.option("submission.answer", findings.given.answer)
        answer = Answer(findings.given.answer)
    metric = findings.value("metric")
    if metric:
        answer = _by_metric(example, Metric(metric), answer, findings)
    elif answer == Answer.TOP_K:
        findings.take("metric", Metric.MAP_AT_K.value, "several labels are asked for", Sure.LIKELY)
    else:
        choices = [m for m in Metric if not answer or answer in ANSWERS[m]]
        asked = "probabilities" if answer == Answer.PROBABILITIES else f"a {answer}"
        told = f"; the example asks for {asked}" if answer else ""
        findings.ask(
            "metric",
            f"{_unknown_metric(findings)} expected {listed(choices)}{told}",
            LIKELIEST[answer] if answer else Metric.ACCURACY,
        )
    if answer == Answer.PROBABILITY:
        _take_positive(example, classes, findings)


def _take_file(example: Table | None, findings: Findings) -> None:
    if example:
        findings.take("submission.file", example.name, "the example submission")
        return
    findings.take("submission.file", "", "there is no example submission", Sure.LIKELY)
    key = findings.value("labels.id") or "id"
    column = findings.value("labels.column") or "label"
    why = "there is no example submission: look at the competition's page"
    findings.take("submission.id", key, why, Sure.GUESS)
    findings.take("submission.column", column if column != key else "label", why, Sure.GUESS)


def _answer(example: Table | None, classes: Collection[str], findings: Findings) -> Answer | None:
    if example is None:
        return None
    answers = example.columns[1:]
    name = example.name
    if len(answers) > 1:
        if {plain(column) for column in answers} != set(classes):
            raise InputError(
                f"{name} asks for {listed([column[:40] for column in answers])}, which are not "
                f"the labels: {listed([label[:40] for label in sorted(classes)])}",
                "the kit answers with one label or probability, or with one probability a label",
            )
        findings.take("submission.answer", "probabilities", f"{name} has a column for each label")
        return Answer.PROBABILITIES
    values = [value for value in example.first(answers[0]) if value]
    words = [value.split() for value in values]
    k = max(map(len, words), default=0)
    labels = {word for row in words for word in row}
    if (k > 1 and not set(values) <= set(classes) and labels & set(classes)) or _several(words):
        findings.take("submission.answer", "top_k", f"{name} has {k} labels in a row")
        findings.take("submission.k", k, f"{name} has {k} labels in a row")
        return Answer.TOP_K
    if values and all(_is_fraction(value) for value in values) and _is_broken(values):
        findings.take("submission.answer", "probability", f"{name} has {values[0]} in {answers[0]}")
        return Answer.PROBABILITY
    sure = Sure.LIKELY if {plain(value) for value in values} <= set(classes) else Sure.GUESS
    what = f"has {values[0][:30]!r} in" if values else "has no values in"
    metric = findings.value("metric")
    if metric and Answer.LABEL not in ANSWERS[Metric(metric)]:
        return None  # zeros can stand for probabilities
    findings.take("submission.answer", "label", f"{name} {what} {answers[0]}", sure)
    return Answer.LABEL


def _several(words: Sequence[Sequence[str]]) -> bool:
    """Whether rows have the same number of different words, and more than two."""
    lengths = {len(row) for row in words}
    return (
        len(lengths) == 1 and lengths.pop() > 2 and all(len(set(row)) == len(row) for row in words)
    )


def _by_metric(
    example: Table | None, metric: Metric, answer: Answer | None, findings: Findings
) -> Answer | None:
    """The answer that goes with the metric, where the example leaves it open."""
    allowed = ANSWERS[metric]
    if answer in allowed:
        return answer
    if answer is not None:
        where = example.name if example else "--answer"
        raise InputError(
            f"{where} asks for {answer}, which does not go with metric {metric}",
            f"give another --metric, such as {LIKELIEST[answer]}, or another --answer",
        )
    columns = len(example.columns) - 1 if example else 0
    fits = {Answer.PROBABILITY, Answer.LABEL, Answer.TOP_K} if columns == 1 else allowed
    choices = sorted(allowed & fits)
    if len(choices) == 1:
        why = f"one column, and the metric is {metric}" if columns == 1 else f"metric {metric}"
        findings.take("submission.answer", choices[0].value, why)
        if choices[0] == Answer.TOP_K:
            raise InputError(
                f"{example.name if example else 'no example submission'} does not tell how many "
                f"labels are asked for, which metric {metric} needs",
                "write answer and k into the description by hand, or give another --metric",
            )
        return choices[0]
    findings.ask("answer", f"expected {listed(choices)} for metric {metric}", choices[0])
    return None


def _take_positive(example: Table | None, classes: Collection[str], findings: Findings) -> None:
    if findings.given.positive:
        findings.option("submission.positive", findings.given.positive)
        return
    names = sorted(classes)
    if len(names) > 2:
        raise InputError(
            f"the answer is one probability, and there are {len(names)} labels: "
            f"{listed([name[:40] for name in names])}",
            "give another --metric or --answer, or another --label with two labels",
        )
    column = example.columns[1] if example else ""
    named = [name for name in names if name.lower() in re.split(r"[^a-z0-9]+", column.lower())]
    if len(named) == 1 and not named[0].isdigit():
        findings.take("submission.positive", named[0], f"the column is called {column}")
    elif names not in (["0", "1"], ["False", "True"], ["false", "true"], ["no", "yes"]):
        why = f"the probability could be that of {listed(names)}"
        findings.ask("positive", why, names[-1] if names else "LABEL")


def _unknown_metric(findings: Findings) -> str:
    said = findings.kaggles_metric
    return "Kaggle was not asked," if said is None else f"Kaggle calls it {said!r},"


def _is_fraction(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False


def _is_broken(values: Sequence[str]) -> bool:
    return any(float(value) not in {0, 1} for value in values)
