"""Find out how the files of a competition are laid out: `inspect_files`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kaggle_kit.competition.description import Answer, Kind, Layout, Metric
from kaggle_kit.data.inspection.answers import find_example, take_answer
from kaggle_kit.data.inspection.arrays import inspect_arrays, read_arrays
from kaggle_kit.data.inspection.findings import Findings, Origin, Sure
from kaggle_kit.data.inspection.material import no_images
from kaggle_kit.data.inspection.picture_files import inspect_pictures
from kaggle_kit.data.inspection.pixel_tables import find_pixel_tables, inspect_pixel_tables
from kaggle_kit.data.inspection.tables import read_tables
from kaggle_kit.data.labels import listed, plain
from kaggle_kit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from enum import StrEnum

    from kaggle_kit.data.inspection.material import Material
    from kaggle_kit.data.inspection.pixel_tables import PixelTable
    from kaggle_kit.data.inspection.tables import Table

CHOICES: dict[str, tuple[str, type[StrEnum]]] = {
    "metric": ("metric", Metric),
    "answer": ("submission.answer", Answer),
    "layout": ("images.layout", Layout),
    "kind": ("kind", Kind),
}
PIXELS = {Layout.PIXEL_COLUMNS, Layout.PIXEL_STRING}


def take_options(findings: Findings) -> None:
    """Note those options of the user that need no file.

    Raises
    ------
    InputError
        An option has a value that it cannot have.
    """
    given = findings.given
    for name, (key, kind) in CHOICES.items():
        value = getattr(given, name)
        if value:
            if value not in list(kind):
                raise InputError(
                    f"--{name} is {value!r}, expected {listed(list(kind))}",
                    f"give one of them, as in --{name} {_quoted(next(iter(kind)))}",
                )
            findings.option(key, value)
    if given.title:
        findings.option("title", given.title)
    if given.size:
        match = re.fullmatch(r"(\d{1,4})[xX×](\d{1,4})", given.size)
        if not match:
            raise InputError(f"--size is {given.size!r}, expected HxW", "as in --size 64x64")
        findings.option("images.size", [int(match[1]), int(match[2])])
    if given.channels:
        if given.channels not in {"1", "3"}:
            raise InputError(
                f"--channels is {given.channels!r}, expected 1 for grey or 3 for colour",
                "as in --channels 3",
            )
        findings.option("images.channels", int(given.channels))


def inspect_files(material: Material, findings: Findings) -> None:
    """Find where images and labels are, and what is submitted.

    What remains unclear is in `findings.unclear`.

    Raises
    ------
    InputError
        There are no images, or an option contradicts the files.
    DataError
        A file that is needed cannot be read.
    """
    tables, problems = read_tables(material)
    pixels = find_pixel_tables(tables)
    layout = findings.given.layout
    classes: set[str] = set()
    table = None
    if pixels and layout in {"", *PIXELS}:
        example = _example(tables, pixels, findings)
        table = inspect_pixel_tables(pixels, example, findings)
    elif material.pictures and layout in {"", Layout.FILES, Layout.FOLDERS}:
        example = _example(tables, [], findings)
        table, classes = inspect_pictures(material, tables, example, findings)
    else:
        example = _example(tables, [], findings)
        arrays, broken = read_arrays(material) if layout in {"", Layout.NPZ} else ([], [])
        if not any(array.is_images for array in arrays):
            raise no_images(material, [*problems, *broken])
        classes = set(inspect_arrays(arrays, findings))
    for one in tables:
        if one.notes:
            findings.note(f"{one.name}: {'; '.join(one.notes)}")
    for problem in problems:
        findings.note(f"{problem}; it is not used")
    classes = classes or _classes(table, findings)
    if classes or not findings.unclear:
        take_answer(example, classes, findings)
    elif not findings.value("metric"):
        take_answer(None, classes, findings)


def take_defaults(findings: Findings) -> None:
    """Note what neither Kaggle nor the files nor the user said."""
    words = str(findings.value("slug", "")).split("-")
    title = " ".join(word[:1].upper() + word[1:] for word in words)
    findings.take("title", title, "the slug in words", Sure.GUESS, Origin.DEFAULT)
    why = "Kaggle was not asked"
    findings.take("notebooks_only", False, why, Sure.GUESS, Origin.DEFAULT)  # noqa: FBT003


def _example(
    tables: Sequence[Table], pixels: Sequence[PixelTable], findings: Findings
) -> Table | None:
    with_images = {one.table.name for one in pixels}
    used = with_images | {findings.given.train, findings.given.test}
    return find_example(tables, lambda table: table.name in used)


def _classes(table: Table | None, findings: Findings) -> set[str]:
    columns = findings.value("labels.columns")
    if columns:
        return set(columns)
    label: Any = findings.value("labels.column")
    if table is None or label is None:
        return set()
    return {plain(value) for value in table.column(label)}


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
