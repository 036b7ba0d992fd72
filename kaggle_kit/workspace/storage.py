"""Read and write the files of a run. Errors about missing or damaged files say what to do."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from kaggle_kit.errors import RunError, in_words
from kaggle_kit.workspace.files import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pandas import DataFrame

# UTF-32 first: its mark begins with that of UTF-16.
ENCODINGS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}
SEPARATORS = (",", ";", "\t", "|")
HISTORY = ("fold", "member", "epoch", "seconds")  # the columns that every history has
RESTORE = "restore it, or start the run again with `kaggle-kit tune --restart`"


def read_json(path: Path, *keys: str) -> dict[str, Any]:
    """The object in a JSON file of a run; raises RunError if it is missing or damaged.

    A file without one of `keys` is damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError) as error:
        raise damaged(path, error) from None
    if not isinstance(content, dict):
        raise damaged(path, "it is not a JSON object")
    return _having(path, content, keys)


def read_arrays(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """The arrays in a .npz file of a run; raises RunError if it is missing or damaged.

    A file without one of the arrays `names` is damaged.
    """
    try:
        with path.open("rb") as file, np.load(file) as stored:
            content = dict(stored)
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise damaged(path, error) from None
    return _having(path, content, names)


def write_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # its stubs do not allow **


def read_table(path: Path, *, numbers: Sequence[str] = (), texts: Sequence[str] = ()) -> DataFrame:
    """A CSV that the kit wrote into a run, even if a spreadsheet saved it again.

    Parameters
    ----------
    numbers, texts : sequence of str
        The columns that are needed, and those among them that hold text.

    Raises
    ------
    RunError
        The file is missing, or lacks a column, or has other text in a column of numbers.
    """
    import pandas as pd

    try:
        header, *rows = parse_csv(path.read_bytes(), [*texts, *numbers])
        lines = io.StringIO(newline="")
        csv.writer(lines).writerows([header, *([point(value) for value in row] for row in rows)])
        lines.seek(0)
        table = pd.read_csv(lines)
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError, csv.Error) as error:
        raise damaged(path, error) from None
    for name in numbers:
        wrong = table[name][
            pd.to_numeric(table[name], errors="coerce").isna() & table[name].notna()
        ]
        if len(wrong):
            found = f"{name} is {short(wrong.iloc[0])!r} in row {wrong.index[0] + 2}"
            raise damaged(path, f"{found}, expected a number")
    return table


def parse_csv(
    content: bytes, columns: Sequence[str], others: Sequence[str] = ()
) -> list[list[str]]:
    """The cells of a CSV, as many in each row as in the header, which is the first row.

    Blanks around the names of columns and empty cells behind the last column are dropped, and
    cells that are missing at the end of a row are "". Blank rows are left out.

    Parameters
    ----------
    columns, others : sequence of str
        Names of columns that must be there, and of columns that may be.

    Raises
    ------
    ValueError, csv.Error
        The content is no CSV, has a row that is too long, or lacks one of `columns`.
    """
    rows = split_csv(content, [*columns, *others])
    header = [name.strip() for name in rows[0]]
    while header and not header[-1]:
        header.pop()
    lacking = [name for name in columns if name not in header]
    if lacking:
        found = ", ".join(header)[:80]
        raise ValueError(f"it has no column {lacking[0]}, found {found!r}")
    for number, row in enumerate(rows[1:], start=2):
        if any(row[len(header) :]):
            raise ValueError(f"row {number} has {len(row)} cells, expected {len(header)}")
    filled = (row for row in rows[1:] if "".join(row).strip())
    return [header, *(row[: len(header)] + [""] * (len(header) - len(row)) for row in filled)]


def split_csv(content: bytes, columns: Sequence[str]) -> list[list[str]]:
    """The rows of a CSV, without blank lines at the end.

    A spreadsheet may have saved it: as UTF-8, UTF-16 or Windows-1252, with any line ends, and with
    commas, semicolons or tabs between the cells.

    Parameters
    ----------
    columns : sequence of str
        Names in the first row, by which the separator is found.

    Raises
    ------
    ValueError, csv.Error
        The content is no CSV, or is empty.
    """
    text = decode(content)
    first = next(iter(text.splitlines()), "")
    if re.fullmatch("sep=.", first):  # for Excel
        text = text[len(first) :].lstrip("\r\n")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text, columns)))
    while rows and not "".join(rows[-1]).strip():
        rows.pop()
    if not rows:
        raise ValueError("it is empty")
    return rows


def decode(content: bytes) -> str:
    """The text of a file; raises ValueError if its encoding is not one that spreadsheets use."""
    for mark, encoding in ENCODINGS.items():
        if content.startswith(mark):
            return content.decode(encoding)
    if b"\0" in content[:2]:  # UTF-16 without a mark; no text begins with a zero
        return content.decode("utf-16-le" if content[1:2] == b"\0" else "utf-16-be")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252")


def point(value: str) -> str:
    """A number with a decimal comma, with a point instead; other text as it is."""
    is_number = re.fullmatch(r"[-+]?\d*,\d+([eE][-+]?\d+)?", value.strip())
    return value.strip().replace(",", ".") if is_number else value


def _separator(text: str, columns: Sequence[str]) -> str:
    """The separator with which the first line has most of the columns.

    If it has none of them, it is the only other sign in a line without commas; else a comma.
    """
    first = next(iter(text.splitlines()), "")

    def known(separator: str) -> int:
        header = next(csv.reader([first], delimiter=separator), [])
        return len(set(columns) & {name.strip() for name in header})

    best = max(SEPARATORS, key=known)
    if known(best):
        return best
    there = [separator for separator in SEPARATORS if separator in first]
    return there[0] if len(there) == 1 else ","


def _having(path: Path, content: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    lacking = [key for key in keys if key not in content]
    if lacking:
        raise damaged(path, f"it has no {', '.join(lacking)}")
    return content


def _step(path: Path) -> str:
    made_by_fit = ("oof.npz", "test.npz", "familiar.npz", "history.csv", "made_from.json")
    return "fit" if path.name.endswith(made_by_fit) else "tune"


def _missing(path: Path) -> RunError:
    return RunError(f"{path} is missing", hint=f"run `kaggle-kit {_step(path)}` first")


def damaged(path: Path, found: object) -> RunError:
    """The error to raise for a damaged file; `found` says what is wrong."""
    remedy = f"delete it, and `kaggle-kit {_step(path)}` makes it again"
    if path.name in {"config.json", "folds.npz"}:
        remedy = RESTORE
    return RunError(f"{path} is damaged: {in_words(found)}", hint=remedy)


def short(value: Any) -> str:
    """A value as text of 24 characters at most."""
    text = str(value)
    return text if len(text) <= 24 else text[:21] + "…"
