"""Where a training image is in the competition's files, and what the page calls it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.competition.description import Layout
from kaggle_kit.data.dataset import ImageSet
from kaggle_kit.report.contents import Missing, ReportData

LONGEST = 24  # characters of an id below a picture


def place(data: ReportData, row: int | np.integer) -> str:
    """The id of a training image, or "row" and its number if images have no ids.

    Of a long id, the end is kept: ids often begin alike.
    """
    return name(data, row) if _ids(data) else f"row {row}"


def name(data: ReportData, row: int | np.integer) -> str:
    """The id of a training image, or the number of its row; `noun` says which."""
    ids = _ids(data)
    found = ids[int(row)] if ids else str(row)
    return found if len(found) <= LONGEST else "…" + found[1 - LONGEST :]


def noun(data: ReportData) -> str:
    return "id" if _ids(data) else "row"


def told(data: ReportData) -> str:
    """A sentence that says how to find an image in the competition's files; "" if it is unknown."""
    if _ids(data):
        return "The whole ids are in `mistakes.csv`."
    csv = _csv(data)
    return f"Row r is line r + 2 of {csv}." if csv else ""


def kind(data: ReportData) -> str:
    """What a `place` is."""
    return "its id" if _ids(data) else "its row in the training set, counted from 0"


def columns(data: ReportData, rows: NDArray[np.intp]) -> dict[str, Any]:
    """The columns of a table that say where the images of rows are, as far as it is known."""
    places: dict[str, Any] = {"line": rows + 2} if _csv(data) else {}
    if ids := _ids(data):
        places["id"] = [ids[row] for row in rows]
    return places


def _ids(data: ReportData) -> tuple[str, ...]:
    return data.train.ids if isinstance(data.train, ImageSet) else ()


def _csv(data: ReportData) -> str:
    """The CSV whose line r + 2 is row r of the training set; "" if there is none."""
    images = data.competition.images
    is_csv = images.layout in {Layout.PIXEL_COLUMNS, Layout.PIXEL_STRING}
    if isinstance(data.train, Missing) or not is_csv or images.further:
        return ""
    return images.train if data.train.csv_rows == len(data.train.images) else ""
