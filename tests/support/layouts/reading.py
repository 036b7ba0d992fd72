"""A plain reader of described data, to hold descriptions and generators against each other."""

import re
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from kaggle_kit.competition.description import Layout


class Read(NamedTuple):
    """Pictures are arrays as they are in the files; ids are None if there are none."""

    train: list
    labels: list
    test: list
    ids: list | None
    example: pd.DataFrame
    table: pd.DataFrame | None


def read(folder, competition):
    """Read the data in `folder` as the description says, without any tolerance."""
    images, labels = competition.images, competition.labels
    example = _csv(folder / competition.submission.file)
    table = _csv(folder / labels.file) if labels.file.endswith(".csv") else None
    if images.layout in {Layout.FILES, Layout.FOLDERS}:
        ids = list(example.iloc[:, 0])
        test = [_picture(folder / images.test.format(id=i)) for i in ids]
        paths, names = _by_folder(folder, images)
        if table is not None and images.layout == Layout.FILES:
            rows = table.rename(columns={labels.id: "id"}).to_dict("records")
            paths = [folder / images.train.format(**row) for row in rows]
            names = _names(table, labels)
        return Read([_picture(path) for path in paths], names, test, ids, example, table)
    if images.layout == Layout.NPZ:
        train, test, names = (
            np.load(folder / name)["arr_0"] for name in (images.train, images.test, labels.file)
        )
        return Read(list(train), [str(name) for name in names], list(test), None, example, None)
    tables = [_csv(folder / name) for name in (images.train, *images.further)]
    train = [picture for one in tables for picture in _pixels(one, images)]
    names = [name for one in tables for name in _names(one, labels)]
    asked = _csv(folder / images.test)
    ids = list(asked[labels.id]) if labels.id else None
    return Read(train, names, _pixels(asked, images), ids, example, tables[0])


def _csv(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _picture(path):
    with Image.open(path) as picture:
        assert picture.format == {"jpg": "JPEG", "png": "PNG", "tif": "TIFF"}[path.suffix[1:]]
        return np.asarray(picture)


def _by_folder(folder, images):
    """Return the paths and labels of templates with {label}, and of a folder a class."""
    template = images.train if images.layout == Layout.FILES else f"{images.train}/{{label}}/{{id}}"
    if "{label}" not in template:
        return [], []
    pattern = re.escape(template).replace(r"\{label\}", "([^/]+?)").replace(r"\{id\}", "[^/]+")
    found = {}
    for path in sorted(folder.rglob("*")):
        match = re.fullmatch(pattern, path.relative_to(folder).as_posix())
        if match and path.is_file():
            found[path] = match[1]
    return list(found), list(found.values())


def _names(table, labels):
    if not labels.columns:
        return list(table[labels.column])
    ones = table[list(labels.columns)].astype(int).to_numpy()
    assert (ones.sum(axis=1) == 1).all()
    return [labels.columns[i] for i in ones.argmax(axis=1)]


def _pixels(table, images):
    if images.layout == Layout.PIXEL_STRING:
        rows = [np.array(text.split(), float) for text in table[images.column]]
    else:
        rows = table[images.pixel_columns].astype(float).to_numpy()
    return [row.reshape(images.size) for row in rows]
