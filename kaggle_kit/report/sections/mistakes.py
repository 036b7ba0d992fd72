"""The section on the hardest images: the worst mistakes, the reasons, and labels in doubt."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Kind
from kaggle_kit.evaluation.removal.parts import patch_side
from kaggle_kit.evaluation.shapley import heat_colours
from kaggle_kit.report import places
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
from kaggle_kit.report.places import place

WORST = 30
DOUBTED_PAIRS = 8
TOGETHER = 7  # characters of two names that fit into one line below an image


def mistakes_section(data: ReportData) -> Section:
    title = f"The hardest {data.words.images}"
    return Section("mistakes", title, [*_gallery(data), *_reasons(data), *_doubts(data)])


def _gallery(data: ReportData) -> Iterator[str | Gallery]:
    oof, words = data.oof, data.words
    rows = oof.worst(WORST)
    if not len(rows):
        yield text(f"No image is {words.read} wrongly.")
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
        f"Each is listed with its label, the {words.one} it is {words.read} as, the calibrated",
        f"confidence, and {places.kind(data)}.",
        _lines(data),
    )
    if isinstance(data.train, Missing):
        yield missing(data.train.why)
        yield table(
            "The worst mistakes",
            ("image", "label", f"{words.read} as", "confidence", "label in doubt"),
            (_listed(data, row) for row in rows),
        )
        return
    images = data.train.images
    yield Gallery(f"hardest_{words.images}", [_tile(data, row, images[row]) for row in rows])


def _listed(data: ReportData, row: np.intp) -> tuple[object, ...]:
    label, read, sure = _reading(data.oof, row)
    words = data.words
    return place(data, row), words.name(label), words.name(read), sure, _doubt(data, row) or "no"


def _lines(data: ReportData) -> str:
    """Explain the frames of the gallery, and how to find an image in the competition's files."""
    if isinstance(data.train, Missing):
        return ""
    framed = "A frame and a question mark mean that the label is in doubt, by the rule below."
    return f"{framed} {places.told(data)}".rstrip()


def _tile(data: ReportData, row: np.intp, image: NDArray[np.uint8]) -> Tile:
    label, read, sure = _reading(data.oof, row)
    words = data.words
    mark = " ?" if _doubt(data, row) else ""
    named, other = words.short(label), words.short(read)
    gap = " " if len(named + other) < TOGETHER else "\n"
    return Tile(
        image,
        f"An image labelled {words.name(label)}, {words.read} as {words.name(read)} ({sure} sure),"
        f" {place(data, row)}" + (", its label in doubt" if mark else ""),
        f"{named}{mark}{gap}→ {other}\n{sure}\n{place(data, row)}",
        marked=bool(mark),
        photo=not data.is_ink,
    )


def _reading(oof: OutOfFold, row: np.intp) -> tuple[int, int, str]:
    read = int(oof.predicted[row])
    sure = float(oof.probabilities[row, read])
    return int(oof.labels[row]), read, "over 99%" if sure > 0.99 else percent(sure, 0)


def _doubt(data: ReportData, row: np.intp) -> str:
    other = int(data.oof.likely_labels[row])
    return f"likely {data.words.name(other)}" if other != data.oof.labels[row] else ""


def _reasons(data: ReportData) -> Iterator[str | Gallery]:
    explained, words = data.explained, data.words
    parts = "ink" if data.is_ink else "parts"
    yield heading(f"Which {parts} caused the mistake")
    if isinstance(explained, Missing):
        yield missing(explained.why)
        return
    side = patch_side(explained.images.shape[1:])
    pieces = "pixels" if side == 1 else f"patches of {side} × {side} pixels"
    yield text(
        f"What is red raises the logit of a {words.one}, what is blue lowers it. The colours are"
        f" Shapley values with {_baseline(data)} as the baseline. They explain the networks of the",
        f"fold that held the image out, and are estimated from random orders of its {pieces}. Each",
        f"group of three shows the image, the {parts} for and against its label, and the {parts}",
        f"for and against the {words.one} that it is {words.read} as. The number below a map is the"
        f" out-of-fold logit of its {words.one}.",
    )
    yield Gallery("shap_maps", list(_maps(data, explained)), columns=3)


def _baseline(data: ReportData) -> str:
    if data.is_ink:
        return "black paper"
    is_photo = data.problem.kind is Kind.PHOTO
    return "the same image, blurred," if is_photo else "empty paper"


def _maps(data: ReportData, explained: Explained) -> Iterator[Tile]:
    oof, words, photo = data.oof, data.words, not data.is_ink
    what = "ink is" if data.is_ink else "parts are"
    for row, image, values in zip(explained.rows, explained.images, explained.values, strict=True):
        label, read, _ = _reading(oof, row)
        limit = float(np.abs(values).max()) or 1.0
        where = place(data, row)
        about = f"The image of {where}, labelled {words.name(label)}"
        yield Tile(image, about, where, photo=photo)
        for asked, of_class in zip((label, read), values, strict=True):
            yield Tile(
                heat_colours(image, of_class / limit),
                f"Heat map of {where}: which {what} for {words.name(asked)} and which against it",
                f"{words.short(asked)}: {oof.logits[row, asked]:+.1f}",
                photo=photo,
            )


def _doubts(data: ReportData) -> Iterator[str]:
    oof, words = data.oof, data.words
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
            ("label", "likely", "images", f"{places.noun(data)}s (first five)"),
            (
                (words.name(label), words.name(likely), f"{count:,}", _first(data, label, likely))
                for (label, likely), count in pairs.most_common(DOUBTED_PAIRS)
            ),
        )


def _first(data: ReportData, label: int, likely: int) -> str:
    oof = data.oof
    rows = np.flatnonzero((oof.labels == label) & (oof.likely_labels == likely))[:5]
    return ", ".join(places.name(data, row) for row in rows)
