"""The section on the images behind each cell of the confusion matrix, and all mistakes as a CSV."""

import html
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.report.components import (
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
from kaggle_kit.report.contents import Missing, OutOfFold, ReportData

EACH = 6  # images of a cell that are shown
CSV = "mistakes.csv"
TITLE = "Images behind the confusion matrix"


def confusions_section(data: ReportData) -> Section:
    oof = data.oof
    if oof.correct.all():
        return Section("confusions", TITLE, [text("There are no mistakes.")])
    confusion = confusion_matrix(oof.labels, oof.predicted, labels=range(oof.logits.shape[1]))
    parts: list[Part] = [
        text(
            f"`{CSV}`, below, lists every mistake.",
            ""
            if isinstance(data.train, Missing)
            else "Follow a number to the images behind it. At most"
            f" {EACH} images of each cell are shown, first those whose label has the lowest"
            " predicted probability.",
        ),
        _matrix(confusion, linked=not isinstance(data.train, Missing)),
    ]
    if isinstance(data.train, Missing):
        parts.append(missing(data.train.why))
    else:
        parts += _images(oof, data.train, confusion)
    mistakes = mistakes_table(oof, data.train)
    content = mistakes.to_csv(index=False, lineterminator="\n").encode()
    link = f"Save {CSV}, the {len(mistakes):,} mistakes"
    return Section("confusions", TITLE, [*parts, Attachment(CSV, content, "text/csv", link)])


def mistakes_table(oof: OutOfFold, train: ImageSet | Missing) -> pd.DataFrame:
    """All mistakes, first those whose label has the lowest probability.

    Returns
    -------
    DataFrame
        The row in the training set, from 0; the line of train.csv, if no row of it was dropped; the
        label, the class it is read as, the class that confident learning finds likely, the fold;
        and as probabilities the confidence, the confidence after temperature scaling, and that of
        the label.
    """
    rows = oof.worst(len(oof.labels))
    whole = isinstance(train, ImageSet) and train.csv_rows == len(train.images)
    return pd.DataFrame(
        {
            "row": rows,
            **({"line": rows + 2} if whole else {}),
            "label": oof.labels[rows],
            "read_as": oof.predicted[rows],
            "likely_label": oof.likely_labels[rows],
            "fold": oof.folds[rows],
            "confidence": oof.probabilities[rows].max(axis=1).round(6),
            "calibrated_confidence": oof.confidence[rows].round(6),
            "label_probability": oof.probabilities[rows, oof.labels[rows]].round(6),
        }
    )


def _matrix(confusion: NDArray[np.int64], *, linked: bool) -> str:
    """The confusion matrix as a table, with a link in each cell of mistakes."""
    classes = range(len(confusion))
    head = "".join(f'<th scope="col">{read}</th>' for read in classes)
    rows = []
    for true in classes:
        cells = "".join(f"<td>{_cell(confusion, true, read, linked)}</td>" for read in classes)
        rows.append(f'<tr><th scope="row">{true}</th>{cells}</tr>')
    name = "True digit (rows), and the digit that it is read as (columns)"
    return boxed(
        f"<table><caption><span>{html.escape(name)}</span></caption>"
        f'<thead><tr><th scope="col">true</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>",
        html.escape(name),
    )


def _cell(confusion: NDArray[np.int64], true: int, read: int, linked: bool) -> str:  # noqa: FBT001
    count = f"{confusion[true, read]:,}"
    if true == read or not confusion[true, read]:
        return count
    if not linked:
        return count
    return f'<a href="#read-{true}-{read}" aria-label="{count}, {true} read as {read}">{count}</a>'


def _images(oof: OutOfFold, train: ImageSet, confusion: NDArray[np.int64]) -> Iterator[str]:
    """For each true digit a text that can be opened, with the images of each of its cells."""
    worst = oof.worst(len(oof.labels))
    for true, counts in enumerate(confusion):
        mistakes = int(counts.sum() - counts[true])
        if not mistakes:
            continue
        cells = []
        for read in np.argsort(-counts, kind="stable"):
            if read == true or not counts[read]:
                continue
            rows = worst[(oof.labels[worst] == true) & (oof.predicted[worst] == read)]
            shown = f"{true} read as {read}: {len(rows):,} image{'' if len(rows) == 1 else 's'}"
            if len(rows) > EACH:
                shown += f", {EACH} of them shown"
            tiles = tiles_in_rows([_tile(oof, row, train.images[row]) for row in rows[:EACH]])
            cells.append(
                f'<h4 id="read-{true}-{read}">{shown}</h4><div class="gallery">{tiles}</div>'
            )
        title = f"{true}: {mistakes:,} of {counts.sum():,} images are read wrongly"
        yield foldable(title, "".join(cells), f"read-{true}")


def _tile(oof: OutOfFold, row: np.intp, image: NDArray[np.uint8]) -> Tile:
    label, read = int(oof.labels[row]), int(oof.predicted[row])
    sure = percent(float(oof.probabilities[row, read]), 0)
    return Tile(
        image, f"Labelled {label}, read as {read} ({sure} sure), row {row}", f"{sure}\nrow {row}"
    )
