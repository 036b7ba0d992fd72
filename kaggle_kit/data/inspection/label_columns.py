"""Which columns of a CSV hold the labels, and which may be groups."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kaggle_kit.data.csvs.columns import USUAL
from kaggle_kit.data.labels import listed, plain
from kaggle_kit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from kaggle_kit.data.inspection.findings import Findings
    from kaggle_kit.data.inspection.tables import Table

GROUPS = re.compile(
    r"(^|_)(patient|subject|person|writer|user|author|camera|location|site|session|seq|sequence"
    r"|group|individual|slide|study|lesion|family|source)(_?(id|no|number|name))?$",
    re.IGNORECASE,
)
SHOWN = 6


def find_labels(
    table: Table,
    taken: Collection[str],
    tested: Table | None,
    asked: Sequence[str],
    findings: Findings,
) -> None:
    """Find the label column, or a column for each class.

    Parameters
    ----------
    table : Table
        It has the labels.
    taken : collection of str
        Columns that are something else: pixels and ids.
    tested : Table, optional
        The CSV of the test images; what it has too is no label.
    asked : sequence of str
        The columns of the example submission after the ids.

    Raises
    ------
    InputError
        The column that the user named is not there, or the labels are no classes.
    """
    said = findings.given.label
    own = [name for name in table.columns if name and name not in taken]
    if said:
        if said not in table.columns:
            raise InputError(
                f"{table.name} has no column {said!r}: it has {_shown(own)}",
                f"give one of them, as in --label {own[0] if own else 'COLUMN'}",
            )
        findings.option("labels.column", said)
        return
    known = set(tested.columns) if tested else set()
    names = [name for name in own if name not in known]
    if len(names) > 1 and _take_classes(table, names, asked, findings):
        return
    if len(names) != 1:
        same = [name for name in own if name in asked]
        usual = [name for name in own if name.lower() in USUAL]
        names = next((some for some in (same, usual) if len(some) == 1), names)
    if len(names) == 1:
        _check_classes(table, names[0])
        why = "the only other column" if names == own else f"of {_shown(own)}"
        if tested and names[0] not in known and names != own:
            why = f"not in {tested.name}"
        findings.take("labels.column", names[0], f"{table.name}: {why}")
        return
    example = next(
        (name for name in names or own if name.lower() in USUAL), (names or own or ["COLUMN"])[0]
    )
    findings.ask("label", f"the labels could be in {_shown(names or own)} of {table.name}", example)


def suggest_group(
    table: Table, taken: Collection[str], tested: Table | None, findings: Findings
) -> None:
    """Note a column of groups that folds could respect, or take the one that the user named.

    Raises
    ------
    InputError
        The column that the user named is not there.
    """
    said = findings.given.group
    if said:
        if said not in table.columns:
            own = [name for name in table.columns if name not in taken]
            raise InputError(
                f"{table.name} has no column {said!r} for groups: it has {_shown(own)}",
                "give one of them, or leave --group out",
            )
        findings.option("labels.group", said)
        return
    for name in table.columns:
        if name in taken or name == findings.value("labels.column") or not GROUPS.search(name):
            continue
        values = set(table.first(name))
        if 2 <= len(values) <= len(table.head) / 2:
            apart = tested and name in tested.columns and values.isdisjoint(tested.first(name))
            more = f", and none of its values is in {tested.name}" if tested and apart else ""
            findings.note(
                f"column {name} of {table.name} may be groups{more}: --group {name} keeps the "
                "images of a group in one fold"
            )


def _take_classes(
    table: Table, names: Sequence[str], asked: Sequence[str], findings: Findings
) -> bool:
    """Take a column for each class, if these are such columns."""
    same = [name for name in names if name in asked]
    classes = same if len(same) > 1 else list(names)
    rows = list(zip(*(map(plain, table.first(name)) for name in classes), strict=True))
    if not all(value in {"0", "1"} for row in rows for value in row):
        return False
    ones = {row.count("1") for row in rows}
    if ones != {1}:
        if len(same) > 1:
            raise InputError(
                f"{table.name} has rows with several labels, or none, in {_shown(classes)}: "
                "expected one label for each image",
                "the kit takes competitions with one label for each image alone",
            )
        return False
    findings.take("labels.columns", classes, f"{table.name}: one of them is 1 in each row")
    return True


def _check_classes(table: Table, name: str) -> None:
    values = table.first(name)
    numbers = [value for value in values if re.fullmatch(r"-?\d*\.\d+(e-?\d+)?", value)]
    broken = [value for value in numbers if float(value) != int(float(value))]
    if len(broken) > len(values) / 2 and len(set(values)) > len(values) / 2:
        raise InputError(
            f"{table.name}, column {name}: expected classes, found numbers such as "
            f"{broken[0][:20]}",
            "the kit classifies; if another column has the labels, give --label",
        )
    if len(set(values)) < 2:
        raise InputError(
            f"{table.name}, column {name}: expected two classes or more, found {values[0][:40]!r} "
            "in every row",
            "if another column has the labels, give --label",
        )


def _shown(names: Sequence[str]) -> str:
    return listed([name[:40] for name in names]) if names else "no other column"
