"""The section on the hardest digits: the worst mistakes, the reasons, and labels in doubt."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.evaluation.shapley import heat_colours
from kaggle_kit.report.components import (
    Gallery,
    Section,
    Tile,
    heading,
    missing,
    percent,
    table,
    text,
)
from kaggle_kit.report.contents import Explained, Missing, OutOfFold, ReportData

WORST = 30
DOUBTED_PAIRS = 8


def mistakes_section(data: ReportData) -> Section:
    oof = data.oof
    return Section(
        "mistakes",
        "The hardest digits",
        [*_gallery(data), *_reasons(data), *_doubts(oof)],
    )


def _gallery(data: ReportData) -> Iterator[str | Gallery]:
    oof = data.oof
    rows = oof.worst(WORST)
    if not len(rows):
        yield text("No image is read wrongly.")
        return
    count = int((~oof.correct).sum())
    shown = (
        f"The {len(rows)} worst of {count:,} mistakes are those whose label has the lowest"
        " predicted probability."
        if count > len(rows)
        else "These are all mistakes, first those whose label has the lowest predicted probability."
    )
    yield text(
        shown,
        "Each is listed with its label, the digit it is read as, the calibrated confidence,",
        "and its row in the training set, counted from 0.",
        _lines(data.train),
    )
    if isinstance(data.train, Missing):
        yield missing(data.train.why)
        yield table(
            "The worst mistakes",
            ("row", "label", "read as", "confidence", "label in doubt"),
            ((int(row), *_reading(oof, row), _doubt(oof, row) or "no") for row in rows),
        )
        return
    images = data.train.images
    yield Gallery("hardest_digits", [_tile(oof, row, images[row]) for row in rows])


def _lines(train: ImageSet | Missing) -> str:
    """Explain the frames of the gallery, and how to find an image in the CSV."""
    if isinstance(train, Missing):
        return ""
    framed = "A frame and a question mark mean that the label is in doubt, by the rule below."
    whole = train.csv_rows == len(train.images)
    return f"{framed} Row r is line r + 2 of train.csv." if whole else framed


def _tile(oof: OutOfFold, row: np.intp, image: NDArray[np.uint8]) -> Tile:
    label, read, sure = _reading(oof, row)
    mark = " ?" if _doubt(oof, row) else ""
    return Tile(
        image,
        f"An image labelled {label}, read as {read} ({sure} sure), row {row}"
        + (", its label in doubt" if mark else ""),
        f"{label}{mark} → {read}\n{sure}\nrow {row}",
        marked=bool(mark),
    )


def _reading(oof: OutOfFold, row: np.intp) -> tuple[int, int, str]:
    read = int(oof.predicted[row])
    sure = float(oof.probabilities[row, read])
    return int(oof.labels[row]), read, "over 99%" if sure > 0.99 else percent(sure, 0)


def _doubt(oof: OutOfFold, row: np.intp) -> str:
    other = int(oof.likely_labels[row])
    return f"likely {other}" if other != oof.labels[row] else ""


def _reasons(data: ReportData) -> Iterator[str | Gallery]:
    explained = data.explained
    yield heading("Which ink caused the mistake")
    if isinstance(explained, Missing):
        yield missing(explained.why)
        return
    yield text(
        "Red ink raises the logit of a digit, blue ink lowers it. The colours are Shapley values",
        "with black paper as the baseline. They explain the networks of the fold that held the",
        "image out, and are estimated from random orders of its pixels. Each group of three shows",
        "the image, the ink for and against its label, and the ink for and against the digit that",
        "it is read as. The number below a map is the out-of-fold logit of its digit.",
    )
    yield Gallery("shap_maps", list(_maps(data.oof, explained)), columns=3)


def _maps(oof: OutOfFold, explained: Explained) -> Iterator[Tile]:
    parts = (explained.rows, explained.images, explained.values)
    for row, image, values in zip(*parts, strict=True):
        label, read, _ = _reading(oof, row)
        limit = float(np.abs(values[[label, read]]).max()) or 1.0
        yield Tile(image, f"The image of row {row}, labelled {label}", f"row {row}")
        for asked in (label, read):
            yield Tile(
                heat_colours(image, values[asked] / limit),
                f"Heat map of row {row}: which ink is for {asked} and which is against it",
                f"{asked}: {oof.logits[row, asked]:+.1f}",
            )


def _doubts(oof: OutOfFold) -> Iterator[str]:
    doubted = np.flatnonzero(oof.likely_labels != oof.labels)
    yield heading("Labels in doubt")
    share = percent(len(doubted) / len(oof.labels))
    yield text(
        f"{len(doubted):,} of {len(oof.labels):,} labels, or {share}, are likely errors, by the",
        "rule of confident learning (Northcutt, Jiang and Chuang, 2021). The rule takes each",
        "class whose out-of-fold probability for the image is at least as high as its average over",
        "the images labelled with that class. If the most probable of these classes is not the",
        "label, the label is in doubt. Look at the image before you change its label: to the",
        "networks, a hard image can look like a wrong label.",
    )
    pairs = Counter(
        zip(oof.labels[doubted].tolist(), oof.likely_labels[doubted].tolist(), strict=True)
    )
    if pairs:
        yield table(
            "Where labels are in doubt most often",
            ("label", "likely", "images", "rows (first five)"),
            (_doubted_pair(oof, *pair, count) for pair, count in pairs.most_common(DOUBTED_PAIRS)),
        )


def _doubted_pair(oof: OutOfFold, label: int, likely: int, count: int) -> tuple[object, ...]:
    rows = np.flatnonzero((oof.labels == label) & (oof.likely_labels == likely))[:5]
    return label, likely, f"{count:,}", ", ".join(map(str, rows))
