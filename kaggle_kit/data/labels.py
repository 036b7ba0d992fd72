"""Labels: texts in the files and wherever a person reads them, indices inside the kit."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kaggle_kit.errors import DataError

SHOWN, MOST = 12, 8
NO_VALUE = {"", "na", "n/a", "nan", "null", "none"}
CORRECT_OR_FETCH = "correct the file, or fetch it again with `kaggle-kit download --force`"
Place = Callable[[int], str]


def find_classes(labels: Sequence[str], expected: Sequence[str], place: Place) -> tuple[str, ...]:
    """The names of the classes, in the order of the networks' outputs.

    Parameters
    ----------
    labels : sequence of str
        The labels of the training images.
    expected : sequence of str
        All labels that there can be; empty if that is not known. Then the classes are all labels
        that occur: numbers by size, other texts by alphabet.
    place : callable
        Where the label of a row stands, for messages.

    Raises
    ------
    DataError
        A label is missing or unexpected, or there is one class only.
    """
    names = [plain(label) for label in labels]
    known = set(expected)
    for row, name in enumerate(names):
        if not name or name.lower() in NO_VALUE - known:
            raise DataError(f"{place(row)}: expected a label, found nothing", CORRECT_OR_FETCH)
        if expected and name not in known:
            raise DataError(
                f"{place(row)}: expected the label {listed(expected)}, found {name[:40]!r}",
                "correct the file, or labels.classes in the competition's description",
            )
    if expected:
        return tuple(expected)
    found = sorted(set(names), key=_in_order)
    if len(found) < 2:
        raise DataError(f"all images have the label {found[0]!r}: there is nothing to learn")
    return tuple(found)


def encode(labels: Sequence[str], classes: Sequence[str]) -> NDArray[np.integer]:
    """The index of each label in `classes`: uint8, or uint16 if there are more than 256."""
    index = {name: position for position, name in enumerate(classes)}
    kind = np.uint8 if len(classes) <= 256 else np.uint16
    return np.array([index[plain(label)] for label in labels], kind)


def plain(label: str) -> str:
    """The label as its class is called: without blanks around it, and 3 for 3.0."""
    label = label.strip()
    whole = label.removesuffix(".0")
    return whole if whole.isascii() and whole.isdigit() else label


def from_one_hot(
    columns: Sequence[str], table: Mapping[str, Sequence[str]], place: Place
) -> list[str]:
    """The label of each row of a table with a column for each class, of which one is 1.

    Raises
    ------
    DataError
        A row does not have one 1 among zeros.
    """
    labels = []
    for row, values in enumerate(zip(*(table[column] for column in columns), strict=True)):
        ones = [
            column for column, value in zip(columns, values, strict=True) if plain(value) == "1"
        ]
        if len(ones) != 1 or any(plain(value) not in {"0", "1"} for value in values):
            raise DataError(
                f"{place(row)}: expected a 1 in one of {listed(columns)} and 0 in the others",
                CORRECT_OR_FETCH,
            )
        labels += ones
    return labels


def listed(names: Sequence[str]) -> str:
    """Names for a message: `0, 1, …, 9`."""
    if len(names) > SHOWN:
        return f"{', '.join(names[:3])}, … or {names[-1]}"
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def shortened(names: Sequence[str]) -> str:
    """Join names for a message.

    A long list is shortened to its first few names, its last name and the number of names.
    """
    shown = [name[:40] if name.isprintable() and name else repr(name[:40]) for name in names]
    if len(shown) <= MOST:
        return ", ".join(shown)
    return f"{', '.join(shown[:3])}, …, {shown[-1]} ({len(shown)} in all)"


def _in_order(name: str) -> tuple[bool, float, str]:
    try:
        return (False, float(name), name)
    except ValueError:
        return (True, 0.0, name)
