"""The kit and its story as one notebook; the same inputs give the same bytes."""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

from kaggle_kit.errors import InputError
from kaggle_kit.workspace.packaging import pack
from kaggle_kit.workspace.provenance import revision

TEMPLATE = Path(__file__).with_name("notebook.txt")
WIDTH = 120
HIDDEN = {"jupyter": {"source_hidden": True}, "_kg_hide-input": True}
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
UNPACK = """\
import base64
import io
import tarfile
import tempfile
from pathlib import Path

COMPETITION, RUN, PRESET = {competition!r}, {run!r}, {preset!r}
BEST = {best}
KIT = Path(tempfile.mkdtemp(prefix="kaggle-kit-"))
with tarfile.open(fileobj=io.BytesIO(base64.b64decode(\"\"\"
{archive}
\"\"\"))) as archive:
    archive.extraction_filter = getattr(tarfile, "data_filter", None)  # new in Python 3.11.4
    archive.extractall(KIT)
"""


@dataclass(frozen=True)
class Content:
    """What a notebook is made for.

    `best` is the text of a best.json to fit; "" to search with `preset` first.
    """

    title: str
    competition: str
    run: str
    preset: str
    best: str = ""

    @property
    def recipe(self) -> str:
        if self.best:
            return "those of a `best.json` that was found elsewhere"
        return f"the best that a search finds with the preset `{self.preset}`"

    @property
    def search(self) -> str:
        if self.best:
            return (
                "It was searched before, and its hyperparameters came along; here it is trained\n"
                "from nothing, on folds that are made from the same seed."
            )
        return (
            "KerasTuner proposes networks, beginning with points known to be good, and each is\n"
            "judged on the rows that it was not trained on. One that makes clearly more mistakes\n"
            "than the best so far is given up early."
        )


def build_notebook(content: Content, template: str) -> str:
    """The notebook's JSON, as Jupyter and Kaggle read it.

    Parameters
    ----------
    template : str
        Cells in the percent format, as in `notebook.txt`. Markdown may name {title}, {revision},
        {recipe} and {search}; the cell that is marked `kit` is replaced by the kit itself.

    Raises
    ------
    InputError
        There is no such cell, or more than one.
    """
    parts = list(_split(template))
    if [mark for mark, _ in parts].count("kit") != 1:
        raise InputError(
            f"{TEMPLATE.name} has no cell, or several, that begin with `# %% kit`",
            hint="the kit is unpacked there; see the one that comes with it",
        )
    cells = [_cell(mark, source, content) for mark, source in parts]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    metadata = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    notebook = v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(notebook)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _split(template: str) -> Iterator[tuple[str, str]]:
    """The cells of a text in the percent format: what stands after `# %%`, and the source."""
    for part in re.split(r"(?m)^# %%", template)[1:]:
        mark, source = part.split("\n", 1)
        yield mark.strip(), source.strip("\n")


def _cell(mark: str, source: str, content: Content) -> Any:
    if mark == "kit":
        return v4.new_code_cell(_kit(content), metadata=HIDDEN)
    if mark == "[markdown]":
        text = re.sub(r"(?m)^# ?", "", source)
        for name in ("title", "recipe", "search"):
            text = text.replace(f"{{{name}}}", getattr(content, name))
        return v4.new_markdown_cell(text.replace("{revision}", revision()))
    return v4.new_code_cell(source)


def _kit(content: Content) -> str:
    encoded = base64.b64encode(pack()).decode()
    lines = [encoded[start : start + WIDTH] for start in range(0, len(encoded), WIDTH)]
    return UNPACK.format(
        competition=content.competition,
        run=content.run,
        preset=content.preset,
        best=json.dumps(content.best),
        archive="\n".join(lines),
    )
