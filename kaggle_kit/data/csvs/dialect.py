"""A CSV of any packing, encoding and separator, as UTF-8 with commas: `plain_csv`."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kaggle_kit.data.csvs.kinds import SAVE_AS_CSV, unpacked
from kaggle_kit.errors import DataError, in_words
from kaggle_kit.workspace.storage import ENCODINGS, point

LOOK = 1 << 16  # bytes at the beginning that tell what a file is
LONGEST_HEADER = 1 << 20
LONGEST = 1 << 24  # characters of a field
SEPARATORS = {",": "", ";": "semicolons", "\t": "tabs", "|": "bars"}
NUMBERS = re.compile(r'[\s\d.,eE+"-]*', re.ASCII)
UTF_8 = {"utf-8-sig", "utf-8"}


@dataclass(frozen=True)
class Plain:
    """A CSV as UTF-8 with commas.

    Attributes
    ----------
    content : bytes
        It may begin with a byte order mark. Each line is that of the file, but for `first`.
    notes : tuple of str
        How the file differs from that, in words.
    first : int
        The line of the file that the content begins with: 2 after a line `sep=;`.
    """

    content: bytes
    notes: tuple[str, ...] = ()
    first: int = 1


def plain_csv(name: str, content: bytes, columns: Sequence[str] = ()) -> Plain:
    """Read the bytes of a file; those of a plain CSV are given back as they are.

    Only the first bytes are looked at: `in_utf8` finds other encodings further down.

    Parameters
    ----------
    name : str
        The name of the file in error messages.
    columns : sequence of str
        Names that its first line may have, by which the separator is found.

    Raises
    ------
    DataError
        The file is no text, or its quotes cannot be read as CSV.
    """
    content, packing = unpacked(name, content)
    notes = [f"compressed with {packing}"] if packing else []
    content, encoding = in_utf8(name, content, LOOK)
    notes += [encoding] if encoding else []
    first = 1
    separator = re.match(rb"(?:\xef\xbb\xbf)?sep=(.)\r?\n", content[:16])
    if separator:  # for Excel
        content, first = content[separator.end() :], 2
    sign = separator[1].decode(errors="replace") if separator else _separator(content, columns)
    if sign != ",":
        notes.append(f"separated by {SEPARATORS.get(sign) or repr(sign)}")
        content, has_decimal_commas = _with_commas(name, content, sign)
        notes += ["with decimal commas"] if has_decimal_commas else []
    return Plain(content, tuple(notes), first)


def in_utf8(name: str, content: bytes, look: int | None = None) -> tuple[bytes, str]:
    """The bytes of a text in UTF-8, and its encoding in words; empty if it was UTF-8.

    What is not UTF-8 and has no mark of another encoding is Windows-1252, which has all letters of
    Latin-1, unless some of it is UTF-8: that is damaged.

    Parameters
    ----------
    look : int, optional
        How many bytes to look at; all by default.

    Raises
    ------
    DataError
        It is no text; the message names the line.
    """
    encoding = next((code for mark, code in ENCODINGS.items() if content.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in content[:2]:  # UTF-16 without a mark
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    try:
        if encoding not in UTF_8:
            return content.decode(encoding).encode(), f"in {encoding[:6].upper()}"
        content[:look].decode()
    except UnicodeDecodeError as error:
        if encoding in UTF_8 and look and error.start > look - 4:  # cut in a character
            return content, ""
        if encoding not in UTF_8 or _has_utf8(content):
            raise _no_text(name, content, error) from None
    else:
        return content, ""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise _no_text(name, content, error) from None
    if re.search(r"[\0-\x08\x0e-\x1f\x7f]", text):
        raise DataError(f"{name} is no text, expected a CSV", SAVE_AS_CSV)
    return text.encode(), "in Windows-1252"


def parsed(
    name: str, content: bytes, separator: str = ",", *, first: int = 1
) -> tuple[list[list[str]], list[int]]:
    """The rows of a CSV in UTF-8, blank ones as [], and the line that each begins on.

    Raises
    ------
    DataError
        Its quotes are wrong; the message names the line.
    """
    before = csv.field_size_limit(LONGEST)
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    reader = csv.reader(text, delimiter=separator, strict=True)
    rows, lines = [], []
    line = first
    try:
        for row in reader:
            rows.append(row if any(field.strip() for field in row) else [])
            lines.append(line)
            line = reader.line_num + first
    except csv.Error as error:
        raise DataError(
            f"{name}, line {line}: it cannot be read as CSV ({in_words(error)})",
            "correct the file, or fetch it again with `kaggle-kit download --force`",
        ) from None
    finally:
        csv.field_size_limit(before)
    return rows, lines


def first_line(content: bytes) -> str:
    """The first line of a text in UTF-8, without its end."""
    lines = content[:LONGEST_HEADER].splitlines()
    return lines[0].decode("utf-8-sig", "backslashreplace") if lines else ""


def split(line: str) -> list[str]:
    """Return the fields of one line; raise csv.Error if its quotes are wrong."""
    return next(csv.reader([line], strict=True)) if '"' in line else line.split(",")


def _separator(content: bytes, columns: Sequence[str]) -> str:
    """The separator that finds most of the columns in the first line, or else any number there."""
    line = first_line(content)
    known = {name.casefold() for name in columns}

    def found(separator: str) -> int:
        names = {name.strip().strip('"').casefold() for name in line.split(separator)}
        return len(known & names)

    best = max(SEPARATORS, key=found)
    if found(best):
        return best
    others = [sign for sign in SEPARATORS if sign != "," and sign in line]
    if len(others) != 1:
        return ","
    rest = line.replace(others[0], "")
    decimal = NUMBERS.fullmatch(rest) and line.count(others[0]) + 1 >= line.count(",")
    return others[0] if "," not in line or decimal else ","


def _with_commas(name: str, content: bytes, separator: str) -> tuple[bytes, bool]:
    """The content with commas, and whether numbers had decimal commas."""
    if b'"' not in content and b"," not in content:
        return content.replace(separator.encode(), b","), False
    rows, _ = parsed(name, content, separator)
    texts: dict[str, str] = _Pointed()
    plain = io.StringIO(newline="")
    csv.writer(plain, lineterminator="\n").writerows([texts[field] for field in r] for r in rows)
    return plain.getvalue().encode(), any(one != other for one, other in texts.items())


class _Pointed(dict[str, str]):
    """From a text to the same with a decimal point; a CSV has few different texts."""

    def __missing__(self, text: str) -> str:
        self[text] = found = point(text)
        return found


def _has_utf8(content: bytes) -> bool:
    """Whether letters in UTF-8 are among the bytes that are not ASCII."""
    return re.search(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", content) is not None


def _no_text(name: str, content: bytes, error: UnicodeDecodeError) -> DataError:
    line = content[: error.start].count(b"\n") + 1
    kind = "UTF-8" if error.encoding in {"utf-8", "charmap"} else error.encoding[:6].upper()
    return DataError(
        f"{name}, line {line}: expected {kind} text, found other bytes",
        "correct the file, or fetch it again with `kaggle-kit download --force`",
    )
