"""The fields of a row of a submission: what Kaggle accepts, in one spelling."""

import math
import re
from collections.abc import Sequence

from kaggle_kit.competition.description import Answer, Metric
from kaggle_kit.data.labels import listed, plain
from kaggle_kit.data.submissions.form import Form
from kaggle_kit.workspace.storage import point

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
SHOWN = 40


class Values:
    """Reads the fields of the rows of one form.

    If the form does not know its classes, any label will do.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self._names = set(form.classes)
        self._bounded = form.metric != Metric.AUC  # it only ranks, so any number will do

    def read(self, columns: Sequence[str], fields: Sequence[str]) -> list[str]:
        """The fields as Kaggle is to get them: `3` for `3.0`, and `0.5` for `0,5`.

        Raises
        ------
        ValueError
            A field is not as expected; the message names the column.
        """
        answer = self._form.answer
        one = {Answer.LABEL: self._label, Answer.TOP_K: self._labels}.get(answer, self._number)
        read = []
        for column, field in zip(columns, fields, strict=True):
            try:
                read.append(one(field))
            except ValueError as error:
                found = f"{field[:SHOWN]!r}" if field.strip() else "empty"
                raise ValueError(f"{column} is {found}, expected {error}") from None
        return read

    def _label(self, field: str) -> str:
        name = field if field in self._names else plain(field)
        if not name or (self._names and name not in self._names):
            raise ValueError(listed(self._form.classes) if self._names else "a label")
        return name

    def _labels(self, field: str) -> str:
        k = self._form.k
        try:
            labels = [self._label(name) for name in field.split()]
        except ValueError as error:
            raise ValueError(f"1 to {k} labels, separated by spaces: {error}") from None
        if not 1 <= len(labels) <= k:
            raise ValueError(f"1 to {k} labels, separated by spaces")
        if len(set(labels)) < len(labels):
            raise ValueError("different labels")
        return " ".join(labels)

    def _number(self, field: str) -> str:
        text = (point(field) if "," in field else field).strip()
        value = float(text) if NUMBER.fullmatch(text) else math.nan
        if not (0 <= value <= 1 if self._bounded else math.isfinite(value)):
            raise ValueError("a probability, 0 to 1" if self._bounded else "a number")
        return text
