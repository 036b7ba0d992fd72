"""Whether the paths and templates of a description are possible."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING, Any

from kaggle_kit.competition.description import Competition, Images, Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    # A key, the value that was found, and what is expected.
    Finding = tuple[str, Any, str]

PIXELS = {Layout.PIXEL_COLUMNS, Layout.PIXEL_STRING}
# Which paths are templates.
TEMPLATES = {
    Layout.FILES: ("images.train", "images.test"),
    Layout.FOLDERS: ("images.test",),
}
CSV = re.compile(r"\.(csv|tsv|txt)(\.\w+)?$", re.IGNORECASE)
NPZ = re.compile(r"\.npz(:[^:/]+)?$")


def wrong_paths(competition: Competition) -> Iterator[Finding]:
    """The paths that lead out of the folder of the data, or do not suit the layout."""
    images = competition.images
    paths = {"images.train": images.train, "images.test": images.test}
    paths |= {f"images.further[{i}]": path for i, path in enumerate(images.further)}
    optional = {
        "labels.file": competition.labels.file,
        "submission.file": competition.submission.file,
    }
    paths |= {key: path for key, path in optional.items() if path}
    for key, path in paths.items():
        parts = path.split("/")
        if {"", ".", ".."} & set(parts) or re.match(r"[A-Za-z]:|~", path) or "\\" in path:
            yield key, path, "a path inside the folder of the data, with / between folders"
        if any(part != part.strip() for part in parts):
            yield key, path, "a path without spaces at the ends of names"
        if key not in TEMPLATES.get(images.layout, ()) and {"{", "}"} & set(path):
            yield key, path, "a path without braces"
    yield from _kinds_of_files(images, paths)
    if images.layout not in TEMPLATES and images.test == images.train:
        yield "images.test", images.test, "another file than images.train"
    if len({images.train, *images.further}) != 1 + len(images.further):
        yield "images.further", list(images.further), "different files, none of them images.train"
    yield from _templates(competition)


def _kinds_of_files(images: Images, paths: dict[str, str]) -> Iterator[Finding]:
    for key, path in paths.items():
        is_images = key.startswith("images.")
        if images.layout == Layout.NPZ and is_images and not NPZ.search(path):
            yield key, path, '"file.npz", or "file.npz:key" where it holds several arrays'
        is_csv = images.layout in PIXELS if is_images else images.layout != Layout.NPZ
        if (is_csv or key == "submission.file") and not CSV.search(path):
            yield key, path, 'a CSV such as "train.csv"'


def _templates(competition: Competition) -> Iterator[Finding]:
    images, labels = competition.images, competition.labels
    if images.layout == Layout.FILES:
        found = _fields(images.train)
        if not found:
            yield "images.train", images.train, 'a template such as "train/{id}.jpg"'
        elif "label" not in found and not labels.file:
            yield "labels.file", labels.file, "the CSV that has the labels"
        elif "id" in found and labels.file and not labels.id:
            yield "labels.id", labels.id, f"the column of {labels.file} that has the ids"
    if images.layout in TEMPLATES and _fields(images.test) != {"id"}:
        yield "images.test", images.test, 'a template such as "test/{id}.jpg"'


def _fields(template: str) -> set[str]:
    """The names in the braces of a template; empty if it is none."""
    try:
        parts = [(name, spec, how) for _, name, spec, how in Formatter().parse(template)]
    except ValueError:
        return set()
    named = [part for part in parts if part[0] is not None]
    if any(spec or how or not name or set(name) & set(".[") for name, spec, how in named):
        return set()
    return {name for name, *_ in named if name}
