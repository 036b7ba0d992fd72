"""What a user edited in a notebook that was built: it is kept, and must do what is asked for."""

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path

from kaggle_kit.competition.description import Competition
from kaggle_kit.errors import InputError
from kaggle_kit.kaggle.kernel.metadata import default_file
from kaggle_kit.kaggle.kernel.notebook import Content
from kaggle_kit.workspace.written import Origin, origin

SETTINGS = (r"^COMPETITION, RUN, PRESET = (.+)$", r"^BEST = (.+)$")  # as in notebook.UNPACK
LONGEST_SHOWN = 50


def is_edited(path: Path, built: str, competition: Competition) -> bool:
    """Whether a notebook is the user's, and is not only saved in another way.

    Parameters
    ----------
    path : Path
        The file, which may be missing.
    built : str
        The notebook that the kit would write.

    Raises
    ------
    InputError
        `path` is a folder.
    """
    found = origin(path)
    if found in {Origin.NOBODY, Origin.KIT}:
        return False
    if path.is_dir():
        raise InputError(f"{path} is a folder, expected a notebook", hint="move it away")
    if _has_same_cells(_text(path), built):
        return False
    # A notebook without a record is an older kit's, unless the user gave it another name.
    return found is Origin.USER or path.name != default_file(competition)


def content_of(path: Path, wanted: Content, asked: Mapping[str, str]) -> Content | None:
    """What an edited notebook does; None if its cells do not tell.

    Parameters
    ----------
    wanted : Content
        What it would do if it was built now.
    asked : mapping of str to str
        The fields of `wanted` that the user asked for, with the options that did so.

    Raises
    ------
    InputError
        The notebook does not do what the user asked for.
    """
    found = _settings(_text(path))
    for field, option in asked.items():
        value = getattr(found, field, "")
        if value != getattr(wanted, field) and (found or field != "run"):
            shown = repr(value) if value and len(value) < LONGEST_SHOWN else "another"
            raise InputError(
                f"{path} was edited, and its {field.upper()} is {shown}, not that of {option}",
                hint="change it in the notebook, or add --rewrite to build it again",
            )
    return found


def _settings(notebook: str) -> Content | None:
    text = "\n".join(source for _, source in _cells(notebook) or [])
    found = [re.search(pattern, text, re.MULTILINE) for pattern in SETTINGS]
    try:
        (competition, run, preset), best = (ast.literal_eval(match[1]) for match in found if match)
    except (ValueError, TypeError, SyntaxError):
        return None
    return Content("", competition, run, preset, best)


def _has_same_cells(one: str, other: str) -> bool:
    """Whether notebooks differ in nothing but outputs and the way they were saved."""
    cells = _cells(one)
    return cells is not None and cells == _cells(other)


def _cells(notebook: str) -> list[tuple[str, str]] | None:
    """The kind and the source of each cell; None if the text is not a notebook."""
    try:
        cells = json.loads(notebook)["cells"]
        # Jupyter saves a source as a list of lines.
        return [(str(cell["cell_type"]), "".join(cell["source"])) for cell in cells]
    except (ValueError, TypeError, KeyError):
        return None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace")
