"""The names of a CSV's columns as the description has them: `match_columns`.

Other names are taken where they can mean one thing only, and told.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kaggle_kit.competition.description import Competition, Images, Layout
from kaggle_kit.data.csvs.pixel_names import find_pixels
from kaggle_kit.data.labels import CORRECT_OR_FETCH, plain, shortened
from kaggle_kit.errors import DataError

USUAL = (
    *("label", "labels", "class", "target", "category", "category_id", "species", "breed"),
    *("y", "diagnosis", "emotion", "character", "class_id", "digit"),
)
# Columns of no use. No column of a file is called so: blanks around names are dropped.
INDEX, EMPTY = " index", " empty"
UNNAMED = re.compile(r"|Unnamed: \d+")
MOST_EMPTY = 8  # empty columns at the end, as some spreadsheets leave them


@dataclass(frozen=True)
class Wanted:
    """The columns that a CSV should have.

    Attributes
    ----------
    labels : tuple of str
        The label column, or a column for each class; empty if labels are not needed.
    classes : tuple of str
        All labels that there can be, if they are known.
    id, group : str
        Empty if there is none.
    images : Images
    """

    labels: tuple[str, ...]
    classes: tuple[str, ...]
    id: str
    group: str
    images: Images

    @classmethod
    def of(cls, competition: Competition, *, labelled: bool) -> "Wanted":
        declared = competition.labels
        labels = declared.columns or (declared.column,)
        return cls(
            labels=labels if labelled else (),
            classes=declared.classes,
            id=declared.id,
            group=declared.group if labelled else "",
            images=competition.images,
        )

    @property
    def pixels(self) -> list[str]:
        """The columns of the images."""
        if self.images.layout == Layout.PIXEL_STRING:
            return [self.images.column]
        return self.images.pixel_columns

    @property
    def needed(self) -> list[str]:
        """All columns that must be there."""
        key = self.group if self.labels else self.id
        return [*self.labels, *([key] if key else []), *self.pixels]


@dataclass(frozen=True)
class Matched:
    """The columns of a CSV.

    Attributes
    ----------
    names : list of str
        As the description has them, in the order of the file.
    notes : tuple of str
        What was called otherwise, in words.
    class_of : dict of str to str
        The class of each column, if there is one for each class instead of a label column.
    is_header : bool
        Whether the first line has the names.
    """

    names: list[str]
    notes: tuple[str, ...] = ()
    class_of: dict[str, str] = field(default_factory=dict)
    is_header: bool = True


def match_columns(found: Sequence[str], first_row: Sequence[str], wanted: Wanted) -> Matched:
    """Give the columns of a CSV the names of the description, as far as that is clear.

    Parameters
    ----------
    found : sequence of str
        The names in the file, without blanks around them.
    first_row : sequence of str
        The fields of the first row, which tell columns that have no name.
    """
    names, notes = _fitted(list(found), list(first_row))
    names, told = _pixels_renamed(names, wanted)
    notes += told
    names, told = _in_case(names, (wanted.id, wanted.group, *wanted.labels))
    notes += told
    own = {*wanted.pixels, wanted.id, wanted.group}
    others = [name for name in names if name not in own and name not in {INDEX, EMPTY}]
    class_of: dict[str, str] = {}
    if len(wanted.labels) == 1 and wanted.labels[0] not in names:
        if len(others) == 1 and others[0].lower() in USUAL:
            names[names.index(others[0])] = wanted.labels[0]
            notes.append(f"column {others[0]} read as {wanted.labels[0]}")
        class_of = _one_hot(others, wanted.classes)
        if class_of:
            notes.append(f"columns {shortened(list(class_of))} read as one-hot labels")
    return Matched(names, tuple(notes), class_of)


def same_names(
    found: Sequence[str], first_row: Sequence[str], wanted: Sequence[str]
) -> tuple[list[str], list[str]]:
    """The columns of any CSV, with names in the case that is wanted, and notes; see above."""
    names, notes = _fitted(list(found), list(first_row))
    names, told = _in_case(names, wanted)
    return names, [*notes, *told]


def check_columns(name: str, matched: Matched, wanted: Wanted, line: str) -> None:
    """Check that a CSV has the columns that are needed, in any order.

    Other columns are taken, unless their names begin like those of pixels.

    Raises
    ------
    DataError
        Columns are missing, unexpected or there twice; the message names them.
    """
    count = Counter(matched.names)
    expected = [one for one in wanted.needed if not matched.class_of or one not in wanted.labels]
    known = {*expected, wanted.id, wanted.group} - {""}
    if not count.keys() & known:
        raise DataError(
            f"{name} is not the expected CSV: line 1 should hold the column names "
            f"{shortened(expected)}, separated by commas; it starts with {line[:40]!r}",
            CORRECT_OR_FETCH,
        )
    is_string = wanted.images.layout == Layout.PIXEL_STRING
    if not is_string:
        _check_size(name, matched.names, wanted.images)
    like_pixels = set() if is_string else {_without_digits(one) for one in wanted.pixels}
    missing = [column for column in expected if column not in count]
    wrong = {
        "missing": missing,
        "unexpected": [
            column
            for column in count
            if column not in known
            and column not in {INDEX, EMPTY, *matched.class_of}
            and (missing or not column or _without_digits(column) in like_pixels)
        ],
        "there twice": [column for column in count if count[column] > 1 and column != EMPTY],
    }
    found = "; ".join(f"{what}: {shortened(names)}" for what, names in wrong.items() if names)
    if found:
        hint = CORRECT_OR_FETCH
        if missing:
            hint = "correct the file, or the names of the columns in the competition's description"
        raise DataError(f"{name}, line 1: expected {shortened(expected)}; {found}", hint)


def _in_case(names: list[str], wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """The names, where one differs from what is wanted in upper and lower case alone, as wanted."""
    notes = []
    for name in wanted:
        same = [one for one in names if one.casefold() == name.casefold()]
        if name and name not in names and len(same) == 1:
            names[names.index(same[0])] = name
            notes.append(f"column {same[0]} read as {name}")
    return names, notes


def _check_size(name: str, names: Sequence[str], images: Images) -> None:
    """Raise DataError if there are more or fewer columns of pixels than the images have pixels."""
    found = find_pixels(names)
    height, width = images.size
    if found is None or len(found.names) == height * width:
        return
    size = found.size or ("height", "width")
    raise DataError(
        f"{name}, line 1: expected {height * width:,} columns of pixels, for images.size = "
        f"[{height}, {width}], found {len(found.names):,}",
        f"correct the file, or write images.size = [{size[0]}, {size[1]}] into the competition's "
        "description",
    )


def _fitted(names: list[str], row: list[str]) -> tuple[list[str], list[str]]:
    """The names, one for each field of the first row, with those of index and empty columns."""
    notes = []
    end = len(names)
    while end > 1 and not names[end - 1]:
        end -= 1
    if len(row) < len(names) and len(row) >= end:  # commas at the end of the header alone
        names = names[: len(row)]
    surplus = len(row) - len(names)
    if 0 < surplus <= MOST_EMPTY and not any(row[len(names) :]):
        names += [""] * surplus
    elif surplus == 1 and row[0] in {"0", "1"}:  # R writes no name for the names of rows
        names = [INDEX, *names]
        notes.append("a first column without a name not used")
    last = len(names)
    while last > 1 and not names[last - 1] and not any(row[last - 1 :]):
        last -= 1
        names[last] = EMPTY
    if last < len(names):
        notes.append("empty columns at the end left out")
    if UNNAMED.fullmatch(names[0]) and len(names) > 1:
        notes.append(f"index column {names[0] or 'without a name'} not used")
        names[0] = INDEX
    return names, notes


def _pixels_renamed(names: list[str], wanted: Wanted) -> tuple[list[str], list[str]]:
    """The names, with those of pixels as in the description, if they are as many."""
    if wanted.images.layout == Layout.PIXEL_STRING:
        column = wanted.images.column
        same = [name for name in names if name.casefold() == column.casefold()]
        if column in names or len(same) != 1:
            return names, []
        return [column if name == same[0] else name for name in names], [
            f"column {same[0]} read as {column}"
        ]
    pixels = wanted.pixels
    if set(pixels) <= set(names):
        return names, []
    found = find_pixels(names)
    if found is None or len(found.names) != len(pixels):
        return names, []
    if "{row" in found.pattern and found.size != wanted.images.size:
        return names, []
    there = replace(wanted.images, columns=found.pattern, first=found.first).pixel_columns
    meant = dict(zip(there, pixels, strict=True))
    note = f"pixel columns {there[0]} to {there[-1]} read as {pixels[0]} to {pixels[-1]}"
    return [meant.get(name, name) for name in names], [note]


def _one_hot(others: Sequence[str], classes: Sequence[str]) -> dict[str, str]:
    """The class of each column, if each class has one that is called so, as `label_7` or `7`."""
    found = {}
    for name in classes:
        own = [
            one for one in others if plain(one) == name or one.endswith((f"_{name}", f"={name}"))
        ]
        if len(own) != 1:
            return {}
        found[own[0]] = name
    return found


def _without_digits(column: str) -> str:
    return "".join(character for character in column if not character.isdigit())
