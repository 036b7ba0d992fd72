"""What a file is that is called .csv and is none: unpacked if it is clear, or refused by its name.

Everything is told from the first bytes.
"""

import bz2
import gzip
import io
import lzma
import re
import zipfile
from typing import TYPE_CHECKING, Any

from kaggle_kit.data.archives.members import check_ratio, damage_told, is_junk
from kaggle_kit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

SAVE_AS_CSV = "save it as CSV, and give that"
PIECE = 1 << 20
ZIP = b"PK\x03\x04"
PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", ZIP: "zip"}
KINDS = (
    (rb"\xd0\xcf\x11\xe0", "an Excel workbook (xls)"),
    (rb"PAR1", "a Parquet file"),
    (rb"ARROW1|FEA1", "a Feather file"),
    (rb"\x89HDF", "an HDF5 file"),
    (rb"\x93NUMPY", "a NumPy array"),
    (rb"\x80[\x02-\x05]", "a Python pickle"),
    (rb"SQLite format 3", "an SQLite database"),
    (rb"%PDF", "a PDF"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\0|MM\0\*", "an image"),
    (rb"7z\xbc\xaf", "a .7z archive"),
    (rb"Rar!", "a RAR archive"),
    (rb"\x28\xb5\x2f\xfd", "a zstd archive"),
    (rb"version https://git-lfs", "a pointer of Git LFS (`git lfs pull` fetches the file)"),
    (rb"(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml|head|body)", "a web page"),
    (rb"(\xef\xbb\xbf)?\s*([{]|\[\s*[\[{])", "JSON"),
)
INSIDE = (
    ("xl/", "an Excel workbook (xlsx)"),
    ("mimetype", "a spreadsheet (ods)"),
    ("Index/", "a Numbers spreadsheet"),
)


def unpacked(name: str, content: bytes) -> tuple[bytes, str]:
    """The text of a file, and what it was compressed with; empty if with nothing.

    Raises
    ------
    DataError
        It is something else than a CSV, or is damaged; the message says what it is.
    InputError
        It claims to unpack to incredibly many bytes.
    """
    how = next((how for start, how in PACKED.items() if content.startswith(start)), "")
    if how:
        with damage_told(name):
            content = _unzipped(name, content) if how == "zip" else _read(name, how, content)
    kind = next((kind for start, kind in KINDS if re.match(start, content[:64], re.IGNORECASE)), "")
    if kind:
        raise _no_csv(name, kind)
    return content, how


def _unzipped(name: str, content: bytes) -> bytes:
    """The one file in a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = [one for one in archive.infolist() if not one.is_dir()]
        files = [one for one in files if not is_junk(one.filename.split("/"))]
        for start, kind in INSIDE:
            if any(one.filename.startswith(start) for one in files):
                raise _no_csv(name, kind)
        if len(files) != 1:
            raise _no_csv(name, f"a zip of {len(files)} files")
        if files[0].flag_bits & 1:
            raise _no_csv(name, "an encrypted zip")
        with archive.open(files[0]) as stream:
            return _whole(name, stream, len(content))


def _read(name: str, how: str, content: bytes) -> bytes:
    packed = io.BytesIO(content)
    opened: dict[str, Callable[..., Any]] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
    with opened[how](packed) as stream:
        return _whole(name, stream, len(content))


def _whole(name: str, stream: Any, size: int) -> bytes:
    pieces: list[bytes] = []
    total = 0
    while piece := stream.read(PIECE):
        pieces.append(piece)
        total += len(piece)
        check_ratio(name, total, size)
    return b"".join(pieces)


def _no_csv(name: str, kind: str) -> DataError:
    return DataError(f"{name} is {kind}, expected a CSV", SAVE_AS_CSV)
