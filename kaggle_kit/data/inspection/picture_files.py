"""Images that are files: which train and test, and what their paths have to do with ids."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from kaggle_kit.competition.description import Layout
from kaggle_kit.data.inspection.findings import Sure, choose
from kaggle_kit.data.inspection.label_columns import find_labels, suggest_group
from kaggle_kit.data.inspection.picture_names import Match, Pictures
from kaggle_kit.data.inspection.pictures import look_at
from kaggle_kit.data.labels import listed
from kaggle_kit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kaggle_kit.data.inspection.findings import Findings
    from kaggle_kit.data.inspection.material import Material
    from kaggle_kit.data.inspection.tables import Table

PART = re.compile(r"^(train(ing)?|test(ing)?|val(id(ation)?)?|images?)([_-].*)?$", re.IGNORECASE)
NAMED = re.compile(r"(?P<label>.+?)[._-](?P<id>\d+)$")


def inspect_pictures(
    material: Material, tables: Sequence[Table], example: Table | None, findings: Findings
) -> tuple[Table | None, set[str]]:
    """Find train and test, labels, size, channels and kind.

    Returns
    -------
    table : Table or None
        The CSV with the labels.
    classes : set of str
        The labels, if the paths tell them.

    Raises
    ------
    InputError
        An option contradicts the files.
    """
    pictures = Pictures(material.pictures)
    tested = _tested(pictures, example, tables)
    classes: set[str] = set()
    parents = _class_folders(pictures, tested)
    layout = findings.given.layout
    matches = [] if layout == Layout.FOLDERS else _trained(pictures, tables, example, tested)
    table = None
    if parents and layout != Layout.FILES:
        classes = _take_folders(pictures, parents, findings)
    elif matches:
        table = _take_files(matches, tables, example, tested, findings)
    elif layout == Layout.FOLDERS:
        raise InputError(f"{material.label} has no folder with a folder of images for each class")
    else:
        classes = _take_names(pictures, tested, findings)
    _take_test(pictures, tested, example, findings)
    look_at(material, pictures.paths, findings)
    return table, classes


def _tested(pictures: Pictures, example: Table | None, tables: Sequence[Table]) -> Match | None:
    """Where the test images are, by the ids of the example or of a CSV called so."""
    columns = [(example, example.columns[0])] if example else []
    columns += [(table, name) for table in tables if _says_test(table) for name in table.columns]
    matches = (pictures.match(table, name, "test") for table, name in columns)
    return next((match for match in matches if match), None)


def _trained(
    pictures: Pictures, tables: Sequence[Table], example: Table | None, tested: Match | None
) -> list[Match]:
    """The columns that may be ids of training images."""
    asked = set(tested.table.first(tested.column)) if tested else set()
    found = []
    for table in tables:
        if table is example or len(table.columns) < 2:
            continue
        for column in table.columns:
            match = pictures.match(table, column, "train")
            values = set(table.first(column))
            is_test = tested and match and match.folder == tested.folder
            if match and not (is_test and len(values & asked) > len(values) / 2):
                found.append(match)
    return found


def _says_test(table: Table) -> bool:
    return bool(re.search("test", table.name, re.IGNORECASE))


def _take_files(
    matches: Sequence[Match],
    tables: Sequence[Table],
    example: Table | None,
    tested: Match | None,
    findings: Findings,
) -> Table | None:
    labelled = {match.table.name: match.table for match in matches}
    given = findings.given
    if given.train in labelled:
        name: str | None = given.train
    elif given.label and any(given.label in table.columns for table in labelled.values()):
        own = [name for name, table in labelled.items() if given.label in table.columns]
        name = _most(own, labelled, findings)
    else:
        name = _most(list(labelled), labelled, findings)
    if name is None:
        return None
    table = labelled[name]
    columns = {match.column: match for match in matches if match.table is table}
    if given.id and given.id not in columns:
        raise InputError(
            f"the images are not called as {name} says in {given.id!r}: columns whose values are "
            f"names of images are {', '.join(columns)}",
            f"give --id {next(iter(columns))}",
        )
    match = columns[given.id] if given.id else _best(list(columns.values()), tested)
    findings.take("images.layout", Layout.FILES.value, "image files, and a CSV with their names")
    if given.id:
        findings.option("labels.id", given.id)
    findings.take("labels.file", name, "its ids are names of images")
    findings.take("labels.id", match.column, "its values are names of images")
    findings.take("images.train", match.template, f"column {match.column} of {name}")
    same = [one for one in tables if _says_test(one) and match.column in one.columns]
    other = next((one for one in same if one not in (table, example)), None)
    asked = example.columns[1:] if example else []
    taken = set(columns)
    find_labels(table, taken, other, asked, findings)
    suggest_group(table, taken, other, findings)
    return table


def _most(names: Sequence[str], tables: dict[str, Table], findings: Findings) -> str | None:
    if len(names) == 1:
        return names[0]
    return choose("train", names, tables, findings)


def _best(matches: Sequence[Match], tested: Match | None) -> Match:
    """The column that is called as the ids of the test images, or has ids of the same form."""
    if tested:
        same = [m for m in matches if m.column.lower() == tested.column.lower()]
        alike = [m for m in matches if bool(m.ending) == bool(tested.ending)]
        return [*same, *alike, *matches][0]
    return matches[0]


def _class_folders(pictures: Pictures, tested: Match | None) -> list[str]:
    """The folders with a folder of images for each class."""
    children: dict[str, set[str]] = defaultdict(set)
    for folder in pictures.folders:
        parent, _, name = folder.rpartition("/")
        if folder:
            children[parent].add(name)
    test = tested.folder.rstrip("/") if tested else ""
    return [
        parent
        for parent, names in children.items()
        if parent and len({name for name in names if not PART.match(name)}) > 1 and parent != test
    ]


def _take_folders(pictures: Pictures, parents: Sequence[str], findings: Findings) -> set[str]:
    train = choose("train", parents, parents, findings)
    if train is None:
        return set()
    classes = {
        folder.removeprefix(f"{train}/")
        for folder in pictures.folders
        if folder.startswith(f"{train}/")
    }
    why = f"{train} has {len(classes)} folders of images"
    findings.take("images.layout", Layout.FOLDERS.value, why)
    findings.take("images.train", train, why)
    return classes


def _take_names(pictures: Pictures, tested: Match | None, findings: Findings) -> set[str]:
    """Labels in the names of files, as in `cat.0.jpg`."""
    test = tested.folder.rstrip("/") if tested else None
    folders = {}
    for folder, names in pictures.folders.items():
        parts = [NAMED.match(PurePosixPath(name).stem) for name in names]
        labels = {part["label"] for part in parts if part}
        if folder != test and all(parts) and 2 <= len(labels) <= len(names) / 2:
            folders[folder] = labels
    top = [folder for folder in pictures.folders if folder and not PART.match(folder)]
    if not folders and len(top) > 1 and not any("/" in folder for folder in top):
        raise InputError(
            f"the folders of the classes, {listed(sorted(top))}, are in no folder of their own",
            "move them into a folder train, beside the test images",
        )
    if not folders:
        findings.ask(
            "train",
            "no CSV has the names of the images and their labels, and there is no folder for each "
            "class: --train is the CSV with the labels",
            "LABELS.csv",
        )
        return set()
    train = choose("train", list(folders), folders, findings)
    if train is None:
        return set()
    name = pictures.folders[train][0]
    found = NAMED.match(PurePosixPath(name).stem)
    ends = Counter(PurePosixPath(name).suffix for name in pictures.folders[train])
    between = PurePosixPath(name).stem[found.end("label") : found.start("id")] if found else "."
    folder = f"{train}/" if train else ""
    template = f"{folder}{{label}}{between}{{id}}{ends.most_common(1)[0][0]}"
    why = f"names such as {name}"
    findings.take("images.layout", Layout.FILES.value, why)
    findings.take("images.train", template, why, Sure.LIKELY)
    return folders[train]


def _take_test(
    pictures: Pictures, tested: Match | None, example: Table | None, findings: Findings
) -> None:
    if findings.given.test and "{" in findings.given.test:
        findings.option("images.test", findings.given.test)
        return
    if tested and not findings.given.test:
        why = f"column {tested.column} of {tested.table.name}"
        findings.take("images.test", tested.template, why)
        if findings.value("images.train") == tested.template and example is None:
            findings.note("without an example submission, training images are tested as well")
        return
    flat = [folder for folder, names in pictures.folders.items() if names]
    train = str(findings.value("images.train", "")).partition("{")[0].rstrip("/")
    others = [f for f in flat if f != train and not f.startswith(f"{train}/")]
    nested = [folder for folder in others if re.match(r"(.*/)?test[^/]*/", folder, re.IGNORECASE)]
    if len(nested) > 1 and nested == others and not findings.given.test:
        raise InputError(
            f"the test images are in several folders: {listed(sorted(nested))}",
            "put them into one folder, such as test",
        )
    test = choose("test", others, pictures.folders, findings)
    if test is not None:
        ends = Counter(PurePosixPath(name).suffix for name in pictures.folders[test])
        folder = f"{test}/" if test else ""
        why = f"the images in {test}; no CSV has their names"
        template = f"{folder}{{id}}{ends.most_common(1)[0][0]}"
        findings.take("images.test", template, why, Sure.LIKELY)
