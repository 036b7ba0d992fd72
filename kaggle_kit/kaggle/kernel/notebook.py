"""Builds one notebook from the kit and its story; the same inputs give the same bytes."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

from kaggle_kit.competition.registry import known_path
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
    """The values that a notebook is built with.

    `best` is the text of a best.json to fit. If it is "", the notebook searches with `preset`
    first. `description` is the TOML of a competition that does not come with the kit. `packages`
    are the files of other packages that the networks need, by their paths.
    """

    title: str
    competition: str
    run: str
    preset: str
    best: str = ""
    description: str = ""
    packages: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def recipe(self) -> str:
        if self.best:
            return "those of a `best.json` from another search"
        return f"the best that a search with the preset `{self.preset}` finds"

    @property
    def search(self) -> str:
        if self.best:
            return (
                "The hyperparameters are from an earlier search and are part of this notebook.\n"
                "The network is trained from scratch, on folds that are made from the same seed."
            )
        return (
            "KerasTuner proposes networks, beginning with points that are known to be good. Each\n"
            "network is evaluated on the rows that it was not trained on. A network that makes\n"
            "clearly more mistakes than the best so far is stopped early."
        )


def read_template(path: Path) -> str:
    """The text of a notebook.txt; raises InputError unless it is UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text: byte {error.start + 1} is {error.object[error.start]:#04x}",
            hint="save it as UTF-8",
        ) from None


def build_notebook(content: Content, template: str) -> str:
    """The notebook's JSON, as Jupyter and Kaggle read it.

    Parameters
    ----------
    template : str
        Cells in the percent format, as in `notebook.txt`. Markdown may contain {title},
        {revision}, {recipe} and {search}. The cell that is marked `kit` is replaced by the kit.

    Raises
    ------
    InputError
        The template has no cell that is marked `kit`, or more than one.
    """
    parts = list(_split(template))
    if [mark for mark, _ in parts].count("kit") != 1:
        raise InputError(
            f"{TEMPLATE.name} has no cell, or several, that begin with `# %% kit`",
            hint="that cell unpacks the kit; see the notebook.txt that comes with the kit",
        )
    cells = [_cell(mark, source, content) for mark, source in parts]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    metadata = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    notebook = v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(notebook)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _split(template: str) -> Iterator[tuple[str, str]]:
    """Yield the mark (the text after `# %%`) and the source of each cell."""
    for part in re.split(r"(?m)^#[ \t]*%%", template)[1:]:
        mark, _, source = part.partition("\n")
        yield _mark(mark), source.strip("\n")


def _mark(text: str) -> str:
    """The kind of a cell: "[markdown]", "[raw]", "kit" or ""; a title and tags may stand beside."""
    words = text.lower().split()
    if {"[markdown]", "[md]"} & set(words):
        return "[markdown]"
    return "[raw]" if "[raw]" in words else "kit" if words[:1] == ["kit"] else ""


def _cell(mark: str, source: str, content: Content) -> Any:
    if mark == "kit":
        return v4.new_code_cell(_kit(content), metadata=HIDDEN)
    if mark == "[raw]":
        return v4.new_raw_cell(_uncommented(source))
    if mark == "[markdown]":
        text = _uncommented(source)
        for name in ("title", "recipe", "search"):
            text = text.replace(f"{{{name}}}", getattr(content, name))
        return v4.new_markdown_cell(text.replace("{revision}", revision()))
    return v4.new_code_cell(source)


def _uncommented(source: str) -> str:
    """The text of a cell that is written as comments, or as a string in triple quotes."""
    quoted = re.fullmatch(r'(?s)\s*("""|\'\'\')\n?(.*?)\n?\1\s*', source)
    return quoted[2] if quoted else re.sub(r"(?m)^# ?", "", source)


def _kit(content: Content) -> str:
    more = {known_path(content.competition): content.description} if content.description else None
    encoded = base64.b64encode(pack(more=more, beside=content.packages)).decode()
    lines = [encoded[start : start + WIDTH] for start in range(0, len(encoded), WIDTH)]
    return UNPACK.format(
        competition=content.competition,
        run=content.run,
        preset=content.preset,
        best=json.dumps(content.best),
        archive="\n".join(lines),
    )
