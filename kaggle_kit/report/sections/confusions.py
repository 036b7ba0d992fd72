"""The section on the images behind each cell of the confusion matrix, and all mistakes as a CSV."""

import html
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kaggle_kit.evaluation.metrics import ConfusedPair, hardest_pairs
from kaggle_kit.report import places
from kaggle_kit.report.components import (
    LONG,
    Attachment,
    Part,
    Section,
    Tile,
    boxed,
    foldable,
    missing,
    percent,
    text,
    tiles_in_rows,
)
from kaggle_kit.report.contents import Missing, ReportData
from kaggle_kit.report.places import place
from kaggle_kit.report.words import Words

EACH = 6  # images of a confusion that are shown
MATRIX = 20  # classes that the page has room for in a matrix
PAIRS = 50  # confusions that are listed instead of it
CSV = "mistakes.csv"


def confusions_section(data: ReportData) -> Section:
    oof, words = data.oof, data.words
    few = data.problem.classes <= MATRIX
    title = "Images behind the confusion matrix" if few else "Images that are confused most often"
    if oof.correct.all():
        return Section("confusions", title, [text("There are no mistakes.")])
    pairs = hardest_pairs(oof.evaluation.counts, data.problem.classes**2 if few else PAIRS)
    linked = not isinstance(data.train, Missing)
    parts: list[Part] = [
        text(
            f"`{CSV}`, below, lists every mistake.",
            "Follow a number to the images behind it. At most"
            f" {EACH} images of each {'cell' if few else 'confusion'} are shown, first those whose"
            " label has the lowest predicted probability."
            if linked
            else "",
        ),
        _matrix(oof.evaluation.confusion, words, linked=linked)
        if few
        else _list(pairs, words, linked=linked),
    ]
    if isinstance(data.train, Missing):
        parts.append(missing(data.train.why))
    else:
        parts += _images(data, data.train.images, pairs)
    mistakes = mistakes_table(data)
    content = mistakes.to_csv(index=False, lineterminator="\n").encode()
    link = f"Save {CSV}, the {len(mistakes):,} mistakes"
    return Section("confusions", title, [*parts, Attachment(CSV, content, "text/csv", link)])


def mistakes_table(data: ReportData) -> pd.DataFrame:
    """All mistakes, first those whose label has the lowest probability.

    Returns
    -------
    DataFrame
        The row in the training set, from 0; the id of the image, where images have one; and
        its line in the CSV, if no row of it was dropped; the label, the class it is read as, the
        class that confident learning finds likely, the fold; and as probabilities the confidence,
        the confidence after temperature scaling, and that of the label.
    """
    oof = data.oof
    rows = oof.worst(len(oof.labels))
    names = np.array(oof.problem.class_names, object)
    return pd.DataFrame(
        {
            "row": rows,
            **places.columns(data, rows),
            "label": names[oof.labels[rows]],
            "read_as": names[oof.predicted[rows]],
            "likely_label": names[oof.likely_labels[rows]],
            "fold": oof.folds[rows],
            "confidence": oof.probabilities[rows].max(axis=1).round(6),
            "calibrated_confidence": oof.confidence[rows].round(6),
            "label_probability": oof.probabilities[rows, oof.labels[rows]].round(6),
        }
    )


def _matrix(confusion: NDArray[np.int64], words: Words, *, linked: bool) -> str:
    """The confusion matrix as a table, with a link in each cell of mistakes."""
    classes = range(len(confusion))
    names = [html.escape(words.short(label)) for label in classes]
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = []
    for true in classes:
        cells = "".join(
            f"<td>{_link(ConfusedPair(true, read, int(count)), words)}</td>"
            if linked and count and read != true
            else f"<td>{count:,}</td>"
            for read, count in enumerate(confusion[true])
        )
        rows.append(f'<tr><th scope="row">{names[true]}</th>{cells}</tr>')
    of = words.one
    name = f"True {of} (rows), and the {of} that it is {words.read} as (columns)"
    return boxed(
        f"<table><caption><span>{html.escape(name)}</span></caption>"
        f'<thead><tr><th scope="col">true</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>",
        html.escape(name),
    )


def _link(pair: ConfusedPair, words: Words) -> str:
    true, read, count = pair
    said = f"{count:,}, {words.name(true)} {words.read} as {words.name(read)}"
    return f'<a href="#read-{true}-{read}" aria-label="{html.escape(said)}">{count:,}</a>'


def _list(pairs: list[ConfusedPair], words: Words, *, linked: bool) -> str:
    """The most frequent confusions as a table, with links to their images."""
    rows = (
        f'<tr><th scope="row">{html.escape(words.name(pair.true))}</th>'
        f"<td>{html.escape(words.name(pair.predicted))}</td>"
        f"<td>{_link(pair, words) if linked else f'{pair.rows:,}'}</td></tr>"
        for pair in pairs
    )
    name = f"The {len(pairs)} most frequent confusions"
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in (f"true {words.one}", f"{words.read} as", "images")
    )
    return boxed(
        f"<table><caption><span>{name}</span></caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>",
        name,
        long=len(pairs) > LONG,
    )


def _images(
    data: ReportData, images: NDArray[np.uint8], pairs: list[ConfusedPair]
) -> Iterator[str]:
    """For each true class a text that can be opened, with the images of its confusions."""
    oof, words = data.oof, data.words
    worst = oof.worst(len(oof.labels))
    labels, predicted = oof.labels[worst], oof.predicted[worst]
    totals = np.bincount(oof.labels, minlength=data.problem.classes)
    for true in sorted({pair.true for pair in pairs}):
        cells = []
        for _, read, count in (pair for pair in pairs if pair.true == true):
            rows = worst[(labels == true) & (predicted == read)]
            shown = f"{words.name(true)} {words.read} as {words.name(read)}: {count:,} image"
            shown += "" if count == 1 else "s"
            if count > EACH:
                shown += f", {EACH} of them shown"
            tiles = tiles_in_rows([_tile(data, row, images[row]) for row in rows[:EACH]])
            cells.append(
                f'<h4 id="read-{true}-{read}">{html.escape(shown)}</h4>'
                f'<div class="gallery">{tiles}</div>'
            )
        mistakes = int((labels == true).sum())
        title = (
            f"{words.name(true)}: {mistakes:,} of {totals[true]:,} images are {words.read} wrongly"
        )
        yield foldable(title, "".join(cells), f"read-{true}")


def _tile(data: ReportData, row: np.intp, image: NDArray[np.uint8]) -> Tile:
    oof, words = data.oof, data.words
    label, read = int(oof.labels[row]), int(oof.predicted[row])
    sure = percent(float(oof.probabilities[row, read]), 0)
    where = place(data, row)
    return Tile(
        image,
        f"Labelled {words.name(label)}, {words.read} as {words.name(read)} ({sure} sure), {where}",
        f"{sure}\n{where}",
        photo=not data.is_ink,
    )
