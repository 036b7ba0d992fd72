"""Tiny data of the layout of each competition that the kit describes, and of common other ones.

    made = make("aerial-cactus-identification", tmp_path)
    made.data        what a user gives to --from: a folder, or with `packed=True` a zip as Kaggle's
    made.solution    a CSV with columns id and label: the hidden labels of the test images

Names, headers, types and the form of ids are those of the competition. The images are not: each
class is a pattern of its own, which a small network learns in a few epochs. The same seed gives the
same files.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from layouts import copies, files, folders, odd_columns, pixels
from layouts.writing import Data, Made

if TYPE_CHECKING:
    from pathlib import Path

COMPETITIONS = {
    "digit-recognizer": pixels.digits,
    "Kannada-MNIST": pixels.kannada,
    "challenges-in-representation-learning-facial-expression-recognition-challenge": pixels.faces,
    "aerial-cactus-identification": files.cactus,
    "histopathologic-cancer-detection": files.tissue,
    "dog-breed-identification": files.dogs,
    "plant-seedlings-classification": folders.seedlings,
    "cassava-leaf-disease-classification": files.cassava,
    "paddy-disease-classification": folders.paddy,
    "cifar-10": files.cifar,
    "aptos2019-blindness-detection": files.retinas,
    "whale-categorization-playground": files.whales,
    "iwildcam-2019-fgvc6": files.camera_traps,
    "plant-pathology-2020-fgvc7": files.apple_leaves,
    "dogs-vs-cats-redux-kernels-edition": folders.dogs_and_cats,
    "leaf-classification": files.leaves,
}
COPIES = {
    "fashion-mnist": copies.fashion,
    "sign-mnist": copies.signs,
    "devanagari": copies.devanagari,
    "kmnist": copies.kmnist,
}
ODD = {
    "row-x-column": odd_columns.row_x_column,
    "one-hot": odd_columns.one_hot,
    "px-row-column": odd_columns.px_row_column,
    "label-in-the-middle": odd_columns.label_in_the_middle,
    "scaled": odd_columns.scaled,
    "sixteen": odd_columns.sixteen,
    "semicolons": odd_columns.semicolons,
    "index-column": odd_columns.index_column,
    "no-header": odd_columns.no_header,
}
GENERATORS = COMPETITIONS | COPIES | ODD


def make(
    name: str,
    folder: Path,
    *,
    train: int | None = None,
    test: int | None = None,
    side: int | None = None,
    seed: int = 0,
    packed: bool = False,
) -> Made:
    """Write data of a layout into `folder`, and the hidden labels next to it.

    `train` and `test` are numbers of images; `side` is about the size of photographs whose size the
    competition leaves open (it is an error for others). `packed` writes the zip that Kaggle gives,
    with the archives in it, instead of a folder.
    """
    generator = GENERATORS[name]
    options = {"train": train, "test": test, "side": side}
    given = {option: value for option, value in options.items() if value is not None}
    unknown = given.keys() - inspect.signature(generator).parameters.keys()
    if unknown:
        raise ValueError(f"{name} has a fixed {', '.join(sorted(unknown))}")
    data = Data(folder, name, seed)
    generator(data, **given)
    return data.finish(packed=packed)
