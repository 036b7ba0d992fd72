"""Which values of a description are impossible, or contradict each other."""

from __future__ import annotations

import dataclasses
import math
import re
import unicodedata
from string import Formatter
from typing import TYPE_CHECKING, Any

from kaggle_kit.competition.description import (
    ANSWERS,
    Answer,
    Competition,
    Images,
    Layout,
    Metric,
    Submission,
)
from kaggle_kit.competition.paths import PIXELS, TEMPLATES, wrong_paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kaggle_kit.competition.paths import Finding

SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}")
LARGEST_SIDE = 1024
MOST_ROWS = 1_000_000_000
MOST_ANSWERS = 1000  # of a row of the submission
OF_LAYOUT = {
    "columns": {Layout.PIXEL_COLUMNS},
    "first": {Layout.PIXEL_COLUMNS},
    "column": {Layout.PIXEL_STRING},
    "resize": {Layout.FILES, Layout.FOLDERS},
    "further": {*PIXELS, Layout.NPZ},
}
CONTROLS = {"Cc", "Zl", "Zp"}  # categories of characters
LEFT_OUT = "it to be left out"


def contradictions(competition: Competition, content: dict[str, Any]) -> Iterator[Finding]:
    """The keys whose value is impossible, or does not go with the rest.

    Parameters
    ----------
    competition : Competition
        Its values have the right types.
    content : dict
        The TOML that it was read from, which tells what was written and what is a default value.

    Yields
    ------
    key, value, expected
        The most basic one first. What comes after it may fail because of it: take only the first.
    """
    yield from _texts(competition)
    yield from _general(competition)
    yield from _images(competition, content["images"])
    yield from wrong_paths(competition)
    yield from _labels(competition, content.get("labels", {}))
    yield from _names(competition)
    yield from _submission(competition)


def _texts(table: Any, path: str = "") -> Iterator[Finding]:
    """Control characters in texts, which would break lines of messages and CSVs."""
    for field in dataclasses.fields(table):
        value, key = getattr(table, field.name), f"{path}{field.name}"
        if dataclasses.is_dataclass(value):
            yield from _texts(value, f"{key}.")
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and any(unicodedata.category(c) in CONTROLS for c in text):
                yield key, value, "a text in one line, without control characters"


def _general(competition: Competition) -> Iterator[Finding]:
    if not SLUG.fullmatch(competition.slug):
        yield "slug", competition.slug, "letters, digits and hyphens, as in the address at Kaggle"
    if not competition.title.strip():
        yield "title", competition.title, "a title"
    if competition.leak and not competition.leak.strip():
        yield "leak", competition.leak, f"{LEFT_OUT}, or how a score can be too good"
    for key in ("train_rows", "test_rows", "public_rows"):
        rows = getattr(competition, key)
        if rows is not None and not 1 <= rows <= MOST_ROWS:
            yield key, rows, f"a whole number from 1 to {MOST_ROWS:,}"
    public, rows = competition.public_rows, competition.test_rows
    if public and rows and public > rows:
        yield "public_rows", public, f"at most test_rows, which is {rows}"
    yield from _honest(competition)


def _honest(competition: Competition) -> Iterator[Finding]:
    limit = competition.honest_limit
    if limit is not None:
        highest = math.inf if competition.metric == Metric.LOG_LOSS else 1
        if not 0 < limit < highest:  # which is false for NaN and infinity
            yield "honest_limit", limit, f'a score of metric "{competition.metric}"'
        if not competition.honest_source.strip():
            yield "honest_source", competition.honest_source, "who published honest_limit"
    elif competition.honest_source:
        yield "honest_source", competition.honest_source, f"{LEFT_OUT}, or honest_limit beside it"


def _images(competition: Competition, written: dict[str, Any]) -> Iterator[Finding]:
    images = competition.images
    if not all(1 <= side <= LARGEST_SIDE for side in images.size):
        yield "images.size", list(images.size), f"[height, width], each from 1 to {LARGEST_SIDE}"
        return  # there may be very many names of columns
    if images.channels not in {1, 3}:
        yield "images.channels", images.channels, "1 or 3"
    if images.channels != 1 and images.layout == Layout.PIXEL_COLUMNS:
        yield "images.channels", images.channels, f'1 for layout "{images.layout}"'
    low, high = images.range
    if not (low < high and math.isfinite(low) and math.isfinite(high)):
        yield "images.range", list(images.range), "[value of black, larger value of white]"
    for key, layouts in OF_LAYOUT.items():
        if key in written and images.layout not in layouts:
            wanted = " or ".join(f'"{layout}"' for layout in sorted(layouts))
            yield f"images.{key}", written[key], f"{LEFT_OUT}: it is for layout {wanted}"
    yield from _pixels(images)


def _pixels(images: Images) -> Iterator[Finding]:
    if not 0 <= images.first <= MOST_ROWS:
        yield "images.first", images.first, "a whole number from 0"
    if images.layout == Layout.PIXEL_COLUMNS:
        if not _numbers_pixels(images.columns):
            wanted = "a name with {}, or with {row} and {column}; {:04} has four digits"
            yield "images.columns", images.columns, wanted
        elif len(set(images.pixel_columns)) != images.size[0] * images.size[1]:
            yield "images.columns", images.columns, "a name for each pixel; some have the same"
    if images.layout == Layout.PIXEL_STRING and not images.column.strip():
        yield "images.column", images.column, "the name of a column"


def _labels(competition: Competition, written: dict[str, Any]) -> Iterator[Finding]:
    images, labels = competition.images, competition.labels
    for key in sorted(_of_no_use(competition) & written.keys()):
        is_npz = images.layout == Layout.NPZ
        why = "arrays have no columns" if is_npz else "the paths tell the labels"
        yield f"labels.{key}", written[key], f"{LEFT_OUT}: {why}"
    if labels.columns and "column" in written:
        yield "labels.column", labels.column, f"{LEFT_OUT}, or labels.columns to be"
    if not labels.columns and not labels.column.strip():
        yield "labels.column", labels.column, "the name of the label column"
    for key in ("classes", "columns"):
        names = getattr(labels, key)
        distinct = {name for name in names if name.strip()}
        if key in written and len(distinct) < max(2, len(names)):
            yield f"labels.{key}", list(names), "two or more different names"
    if labels.classes and labels.columns:
        yield "labels.classes", list(labels.classes), f"{LEFT_OUT}: labels.columns has them"
    if labels.group and not labels.file and images.layout in TEMPLATES:
        yield "labels.file", labels.file, f"the CSV that has the column {labels.group}"


def _of_no_use(competition: Competition) -> set[str]:
    """The keys of [labels] that say nothing where paths or arrays have the labels."""
    images, labels = competition.images, competition.labels
    if images.layout == Layout.NPZ:
        return {"id"} if labels.file[-4:].lower() in {"", ".csv"} else {"id", "column"}
    if images.layout == Layout.FOLDERS:
        return {"column", "columns"} if labels.group else {"column", "columns", "file", "id"}
    if images.layout == Layout.FILES and not labels.file:
        return {"column", "columns", "id"}
    return set()


def _names(competition: Competition) -> Iterator[Finding]:
    """Columns that cannot be two things at once."""
    images, labels = competition.images, competition.labels
    uses: dict[str, str] = {}
    columns = [(f"labels.{key}", getattr(labels, key)) for key in ("id", "group")]
    columns += [("labels.columns", name) for name in labels.columns]
    if not labels.columns and images.layout != Layout.FOLDERS:
        columns.append(("labels.column", labels.column))
    if images.layout == Layout.PIXEL_STRING:
        columns.append(("images.column", images.column))
    if images.layout == Layout.PIXEL_COLUMNS:
        uses = dict.fromkeys(images.pixel_columns, "a pixel")
    for key, name in columns:
        if name and not name.strip():
            yield key, name, "the name of a column"
        if name and uses.setdefault(name, key) != key:
            yield key, name, f"another column: this one is {uses[name]}"


def _submission(competition: Competition) -> Iterator[Finding]:
    submission = competition.submission
    allowed = ANSWERS[competition.metric]
    if submission.answer not in allowed:
        wanted = " or ".join(f'"{answer}"' for answer in sorted(allowed))
        yield "submission.answer", submission.answer, f'{wanted} for metric "{competition.metric}"'
    yield from _classes(submission, competition.labels.columns or competition.labels.classes)
    if not submission.file:
        for key in ("id", "column"):
            value = getattr(submission, key)
            if not value.strip() and (key == "id" or submission.answer != Answer.PROBABILITIES):
                yield f"submission.{key}", value, "the name of a column, or submission.file"
    if submission.id and submission.id == submission.column:
        yield "submission.column", submission.column, "another column than submission.id"


def _classes(submission: Submission, names: tuple[str, ...]) -> Iterator[Finding]:
    """What goes wrong with the classes in an answer; `names` is empty if they are not declared."""
    most = len(names) or MOST_ANSWERS
    if submission.answer != Answer.TOP_K:
        if submission.k != 1:
            yield "submission.k", submission.k, f'{LEFT_OUT}: it is for answer "{Answer.TOP_K}"'
    elif not 2 <= submission.k <= most:
        yield "submission.k", submission.k, f"a whole number from 2 to {most}"
    elif any(" " in name for name in names):
        yield "labels.classes", list(names), "names without spaces, which separate the k best"
    if submission.positive and submission.answer != Answer.PROBABILITY:
        wanted = f'{LEFT_OUT}: it is for answer "{Answer.PROBABILITY}"'
        yield "submission.positive", submission.positive, wanted
    elif submission.positive and names and submission.positive not in names:
        yield "submission.positive", submission.positive, f"one of {', '.join(names)}"


def _numbers_pixels(pattern: str) -> bool:
    try:
        parts = [part[1:] for part in Formatter().parse(pattern) if part[1] is not None]
    except ValueError:
        return False
    # A wider format, such as {:999999999}, would take all memory.
    plain = all(how is None and re.fullmatch(r"(0[1-9])?d?", spec or "") for _, spec, how in parts)
    return plain and sorted(str(name) for name, *_ in parts) in ([""], ["column", "row"])
