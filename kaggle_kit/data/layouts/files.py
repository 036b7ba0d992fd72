"""Read images that are files: by a template with a CSV of labels, or in a folder for each class.

An id with another ending than its file, or with none, finds its file if there is just one.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from kaggle_kit.competition.description import Competition, Labels, Layout
from kaggle_kit.data.images import ENDINGS
from kaggle_kit.data.labels import shortened
from kaggle_kit.data.layouts.base import RawImages
from kaggle_kit.data.layouts.decoding import Decoding, Problems, Sources, decode_files
from kaggle_kit.data.layouts.file_list import FileList, encodable, listed, printable
from kaggle_kit.data.layouts.label_table import LabelTable, read_label_table
from kaggle_kit.data.layouts.templates import (
    FoundFiles,
    Template,
    find_files,
    in_natural_order,
)
from kaggle_kit.errors import DataError, InputError, counted

CORRECT = "correct the competition's description"


def read_files(
    folder: Path,
    competition: Competition,
    decoding: Decoding,
    *,
    labelled: bool,
    ids: Sequence[str] | None = None,
) -> RawImages:
    """Read the images of the layouts `files` and `folders`.

    Parameters
    ----------
    folder : Path
        The folder of the data. No file outside it is read, whatever ids and links say.
    competition : Competition
    decoding : Decoding
        Where the decoded images are kept, and how they are decoded.
    labelled : bool
        True for the training part, in the order of the CSV with the labels, or of the paths. False
        for the test part.
    ids : sequence of str, optional
        The ids of the test part, in its order; by default those of all files that match the
        template, in natural order.

    Raises
    ------
    DataError
        Files are missing, damaged or no images, have values outside the range, or the CSV with the
        labels is not valid.
    InputError
        A template of the description is not valid.
    KitError
        The decoded images cannot be written, or a process was killed.
    """
    files = _train_files(folder, competition) if labelled else _test_files(folder, competition, ids)

    def check(problems: Problems) -> None:
        files.check(problems, skip=decoding.skip_unreadable and labelled)

    sources = Sources(folder, files.paths, files.problems)
    decoded = decode_files(sources, competition.images, decoding, check)
    rows = decoded.rows
    told = files.told(decoded.problems)
    if decoded.resized.count:
        told.append(decoded.resized.describe(competition.images))
    places = [printable(files.paths[row]) for row in rows]
    return RawImages(
        images=decoded.images,
        ids=tuple(files.ids[row] for row in rows),
        labels=tuple(files.labels[row] for row in rows) if labelled else None,
        groups=tuple(files.groups[row] for row in rows) if files.groups else None,
        place=places.__getitem__,
        missing=0,
        sha256=files.digest(rows, decoded.digests),
        findings=tuple(told),
    )


def _train_files(folder: Path, competition: Competition) -> FileList:
    images, labels = competition.images, competition.labels
    key = "images.train"
    if images.layout == Layout.FOLDERS:
        return _by_path(folder, Template(f"{images.train.rstrip('/')}/{{label}}/{{}}", key), labels)
    if not labels.file:
        return _by_path(folder, Template(images.train, key), labels)
    return _by_table(folder, Template(images.train, key), labels)


def _by_table(folder: Path, template: Template, labels: Labels) -> FileList:
    """The files of the rows of the CSV with the labels."""
    columns = {name: _column_of(name, labels) for name in template.fields}
    own_columns = [column for name, column in columns.items() if name != "label"]
    id_column = labels.id or (own_columns[0] if len(own_columns) == 1 else "")
    needed = [*columns.values(), *(labels.columns or [labels.column]), id_column, labels.group]
    table = read_label_table(folder, labels.file, [column for column in needed if column])
    values = {name: table.column(column) for name, column in columns.items()}
    paths = [
        template.path(dict(zip(values, row, strict=True)))
        for row in zip(*values.values(), strict=True)
    ]
    ids = table.column(id_column) if id_column else paths
    names = table.labels(labels)
    groups = table.column(labels.group) if labels.group else []
    on_disk = find_files(folder, template.folder)
    files = FileList("training", content=table.content)
    for row in _different(table, ids, names):
        files.add(ids[row], paths[row], on_disk)
        files.labels.append(names[row])
        files.groups += groups[row : row + 1]
    files.findings += table.findings
    repeated = len(ids) - len(files.ids)
    if repeated:
        files.findings.append(f"{counted(repeated, 'repeated row')} of {labels.file} dropped")
    return files


def _column_of(name: str, labels: Labels) -> str:
    """The column for a name in a template."""
    return {"id": labels.id or "id", "label": labels.column}.get(name, name)


def _different(table: LabelTable, ids: list[str], labels: list[str]) -> list[int]:
    """The first row of each id; raises DataError if a later one has another label."""
    first_of: dict[str, int] = {}
    for row, name in enumerate(ids):
        first = first_of.setdefault(name, row)
        if labels[first] != labels[row]:
            raise DataError(
                f"{table.name}, lines {table.lines[first]} and {table.lines[row]}: "
                f"{printable(name)} is labelled {labels[first]} and {labels[row]}",
                "delete the line whose label is wrong, or both",
            )
    return list(first_of.values())


def _by_path(folder: Path, template: Template, labels: Labels) -> FileList:
    """The files that match a template, with the labels in their paths."""
    for key, name in (("labels.column", "label"), ("labels.group", labels.group)):
        if name and name not in template.fields:
            raise InputError(
                f"images.train is {template.text!r}, expected {{{name}}} in it for {key}", CORRECT
            )
    on_disk = find_files(folder, template.folder)
    files = FileList("training")
    for path, values in _matching(on_disk, template, files):
        files.add(_id_of(path, values, template), path, on_disk)
        files.labels.append(encodable(values["label"], path))
        if labels.group:
            files.groups.append(encodable(values[labels.group], path))
    return files


def _test_files(folder: Path, competition: Competition, ids: Sequence[str] | None) -> FileList:
    template = Template(competition.images.test, "images.test")
    on_disk = find_files(folder, template.folder)
    files = FileList("test")
    if ids is None:
        shared = _shared(folder, competition, template) & on_disk.paths
        if shared:
            on_disk.paths -= shared
            count = counted(len(shared), "training image")
            files.findings.append(f"{count} in the folder of the test images left out")
        for path, values in _matching(on_disk, template, files):
            files.add(_id_of(path, values, template), path, on_disk)
        files.check_unique()
        return files
    if set(template.fields) != {"id"}:
        found = f"images.test is {template.text!r}"
        raise InputError(f"{found}, expected a template with {{id}} alone", CORRECT)
    for name in ids:
        files.add(name, template.path({"id": name}), on_disk)
    return files


def _shared(folder: Path, competition: Competition, template: Template) -> set[str]:
    """The training images, if they are in the folder of the test images."""
    images = competition.images
    if images.layout == Layout.FOLDERS:
        return set()
    if Template(images.train, "images.train").folder != template.folder:
        return set()
    return set(_train_files(folder, competition).paths)


def _matching(
    on_disk: FoundFiles, template: Template, files: FileList
) -> list[tuple[str, dict[str, str]]]:
    """The image files that match a template, in natural order, with the values of its names."""
    found, others = [], []
    for path in in_natural_order(on_disk.paths | on_disk.outside):
        values = template.match(path)
        is_image = os.path.splitext(path)[1].lower() in ENDINGS  # noqa: PTH122  faster
        if values is not None and is_image:
            found.append((path, values))
        elif is_image or template.folder:  # beside the data are files of the kit's own
            others.append(printable(path))
    if not found:
        raise DataError(
            f"no image matches {template.text}; found: {shortened(others) or 'no files'}",
            "run `kaggle-kit download`, or correct the template in the competition's description",
        )
    if others:
        files.findings.append(f"{counted(len(others), 'other file')} left out: {listed(others)}")
    return found


def _id_of(path: str, values: dict[str, str], template: Template) -> str:
    own = values.get("id") or path.removeprefix(f"{template.folder}/")
    return encodable(own, path)
