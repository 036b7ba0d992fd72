"""Read images and labels that are NumPy arrays, in .npz or .npy files.

A place is a file, or `file.npz:key` where the file holds several arrays.
"""

import hashlib
import lzma
import struct
import tokenize
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from kaggle_kit.competition.description import Competition, Images, Labels
from kaggle_kit.data.images import BYTES, OutOfRangeError, to_bytes
from kaggle_kit.data.labels import CORRECT_OR_FETCH, shortened
from kaggle_kit.data.layouts.base import RawImages
from kaggle_kit.data.layouts.label_table import read_label_table
from kaggle_kit.data.layouts.templates import LEADS_OUT
from kaggle_kit.errors import DataError, in_words

LARGEST = 16 << 30  # bytes of one array; a file of a few kB can declare far more
PIECE = 8 << 20  # values that are mapped at a time
STARTS = (b"PK", b"\x93NUMPY")
DAMAGE = (
    *(OSError, ValueError, EOFError, KeyError, MemoryError, NotImplementedError, RuntimeError),
    *(TypeError, SyntaxError, OverflowError, tokenize.TokenError, struct.error),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
SYNTAX = (TypeError, SyntaxError, tokenize.TokenError, struct.error, RuntimeError)
CORRECT = "correct the competition's description, or fetch the file again"


@dataclass(frozen=True)
class _Stored:
    """An array, and what messages call it."""

    array: NDArray[np.generic]
    place: str


def read_npz(folder: Path, competition: Competition, *, labelled: bool) -> RawImages:
    """Read the images of the layout `npz`.

    The images are an array (n, height, width), (n, height, width, channels), (n, channels, height,
    width) or (n, pixels) of numbers in `images.range`. The labels are an array (n,) of numbers or
    texts, or (n, classes) with 1 for the class of the image.

    Raises
    ------
    DataError
        If a file or an array is missing, is damaged, has the wrong shape or type, or has values
        outside the range; the message says what was expected and what was found.
    """
    images = competition.images
    place = images.train if labelled else images.test
    stored = _read(folder, place, "images.train" if labelled else "images.test")
    values = _shaped(stored, images)
    labels, groups = _labels(folder, competition, stored) if labelled else (None, None)
    pixels = _mapped(values, stored.place, images)
    digest = hashlib.sha256(pixels.data)
    digest.update("\0".join([*(labels or ()), *(groups or ())]).encode())
    return RawImages(
        images=pixels,
        ids=(),
        labels=labels,
        groups=groups,
        place=lambda row: f"{stored.place}[{row}]",
        missing=0,
        sha256=digest.hexdigest(),
    )


def _read(folder: Path, place: str, key_of: str) -> _Stored:
    """Read an array; errors call the place by `key_of`, its key in the description."""
    name, key = _file_of(folder, place), ""
    if name != place:
        key = place.removeprefix(f"{name}:")
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise DataError(f"{name}: {LEADS_OUT}", "put the file there instead of a link")
    try:
        array = _array(path, key, key_of)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist", "run `kaggle-kit download`") from None
    except DAMAGE as error:
        if "allow_pickle" in str(error) or "Python objects" in str(error):
            raise DataError(
                f"{place} holds Python objects, which can run any code and so are not read; "
                "expected an array of numbers or texts",
                "save it again as such an array with numpy.savez",
            ) from None
        words = "it is damaged" if isinstance(error, SYNTAX) else in_words(error)
        raise DataError(f"{place} cannot be read: {words}", CORRECT_OR_FETCH) from None
    return _Stored(array, place)


def _file_of(folder: Path, place: str) -> str:
    """The file of a place: the part before the last colon, unless there is such a file."""
    return place if (folder / place).exists() else place.rpartition(":")[0] or place


def _array(path: Path, key: str, key_of: str) -> NDArray[np.generic]:
    with path.open("rb") as file:
        start = file.read(6)
        file.seek(0)
        if not start.startswith(STARTS):
            found = f"it starts with {start!r}" if start else "it is empty"
            raise DataError(f"{path.name} is no .npz or .npy file: {found}", CORRECT)
        if start.startswith(STARTS[1]):
            if key:
                found = f"but {path.name} holds one array"
                raise DataError(f"{key_of} asks for {key!r}, {found}", CORRECT)
            whole: NDArray[np.generic] = np.load(path, mmap_mode="r", allow_pickle=False)
            return whole
        with np.load(file, allow_pickle=False) as loaded:
            array = loaded[_wanted(loaded, key, path.name, key_of)]
    if not isinstance(array, np.ndarray):
        raise DataError(f"{path.name} holds a file that is no array", CORRECT_OR_FETCH)
    return array


def _wanted(loaded: NpzFile, key: str, name: str, key_of: str) -> str:
    """The key of the wanted array in a .npz file."""
    keys = loaded.files
    wanted = key or (keys[0] if len(keys) == 1 else "")
    if wanted not in keys:
        what = f"no array {key!r}" if key else "not one array"
        hint = f'write {key_of} = "{name}:{keys[0]}"' if keys else CORRECT_OR_FETCH
        raise DataError(f"{name} has {what}; found: {shortened(keys) or 'none'}", hint)
    if loaded.zip and max(member.file_size for member in loaded.zip.infolist()) > LARGEST:
        raise DataError(f"{name} claims to hold more than {LARGEST:,} bytes", CORRECT)
    return wanted


def _shaped(stored: _Stored, images: Images) -> NDArray[np.generic]:
    """The values in the shape (n, *images.shape)."""
    (height, width), channels = images.size, images.channels
    array = stored.array
    rest = array.shape[1:]
    if array.dtype.kind not in "biuf":
        raise DataError(f"{stored.place}: expected numbers, found type {array.dtype}", CORRECT)
    if rest in {images.shape, (height, width, channels), (height * width * channels,)}:
        if not len(array):
            raise DataError(f"{stored.place} holds no images: its shape is {array.shape}", CORRECT)
        return array.reshape(len(array), *images.shape)
    if rest == (channels, height, width):
        return np.moveaxis(array, 1, -1).reshape(len(array), *images.shape)
    wanted = ", ".join(str(side) for side in images.shape)
    raise DataError(
        f"{stored.place}: expected an array of shape (n, {wanted}) or "
        f"(n, {height * width * channels}), found shape {array.shape}",
        CORRECT,
    )


def _mapped(values: NDArray[np.generic], place: str, images: Images) -> NDArray[np.uint8]:
    """The values as 0 to 255."""
    limits = (0.0, 1.0) if values.dtype == bool else images.range
    if values.dtype.kind == "f" and limits == BYTES and values.max() <= 1:
        raise DataError(
            f"{place}: expected values from 0 to 255, found none above 1",
            "write images.range = [0, 1] in the competition's description",
        )
    pixels = np.empty(values.shape, np.uint8)
    step = max(1, PIECE // values[0].size)
    for start in range(0, len(values), step):
        piece = values[start : start + step]
        try:
            pixels[start : start + step] = to_bytes(piece, limits)
        except OutOfRangeError as error:
            row, *where = (int(i) for i in np.unravel_index(error.position, piece.shape))
            index = ", ".join(str(i) for i in [start + row, *where])
            raise DataError(
                f"{place}[{index}]: {error}", "correct images.range in the description"
            ) from None
    return pixels


Names = tuple[str, ...]


def _labels(folder: Path, competition: Competition, images: _Stored) -> tuple[Names, Names | None]:
    """The labels and the groups of the images."""
    labels = competition.labels
    place = labels.file or f"{_file_of(folder, images.place)}:{labels.column}"
    groups = None
    if place.lower().endswith(".csv"):
        own = labels.columns or (labels.column,)
        table = read_label_table(folder, place, [*own, *filter(None, [labels.group])])
        names = table.labels(labels)
        groups = tuple(table.column(labels.group)) if labels.group else None
    elif labels.group:
        raise DataError(
            f"labels.group is {labels.group!r}, expected labels.file to be a CSV with this column",
            "correct the competition's description",
        )
    else:
        names = _names(_read(folder, place, "labels.file"), labels)
    if len(names) != len(images.array):
        raise DataError(
            f"{place}: expected {len(images.array):,} labels, one for each image in "
            f"{images.place}, found {len(names):,}",
            CORRECT_OR_FETCH,
        )
    return tuple(names), groups


def _names(stored: _Stored, labels: Labels) -> list[str]:
    """The labels in an array, as text; numbers without a fraction are whole numbers."""
    array = stored.array
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and array.dtype.kind in "biuf":
        return _from_one_hot(array, stored.place, labels)
    if labels.columns:
        raise DataError(
            f"{stored.place}: expected a column for each of labels.columns, found shape "
            f"{array.shape}",
            CORRECT,
        )
    if array.ndim != 1 or array.dtype.kind not in "biufUS":
        raise DataError(
            f"{stored.place}: expected an array of shape (n,) of numbers or texts, found shape "
            f"{array.shape} of type {array.dtype}",
            CORRECT,
        )
    if array.dtype.kind == "f":
        wrong = np.flatnonzero(~np.isfinite(array) | (array != np.floor(array)))
        if len(wrong):
            found = array[wrong[0]]
            raise DataError(
                f"{stored.place}[{wrong[0]}]: expected a whole number, found {found}", CORRECT
            )
    return [_name(value, f"{stored.place}[{i}]") for i, value in enumerate(array.tolist())]


def _name(value: bytes | str | float, place: str) -> str:
    try:
        text = value.decode() if isinstance(value, bytes) else str(value)
        text.encode()
    except UnicodeError:
        raise DataError(f"{place}: expected UTF-8 text, found other bytes", CORRECT) from None
    if isinstance(value, float):
        text = str(int(value))
    if not text.strip():
        raise DataError(f"{place}: expected a label, found nothing", CORRECT_OR_FETCH)
    return text.strip()


def _from_one_hot(array: NDArray[np.generic], place: str, labels: Labels) -> list[str]:
    classes = labels.columns or labels.classes or [str(i) for i in range(array.shape[1])]
    if len(classes) != array.shape[1]:
        raise DataError(
            f"{place}: expected a column for each of the {len(classes)} classes, "
            f"found shape {array.shape}",
            CORRECT,
        )
    is_one = array == 1
    wrong = np.flatnonzero((is_one.sum(axis=1) != 1) | ((array != 0) & ~is_one).any(axis=1))
    if len(wrong):
        raise DataError(
            f"{place}[{wrong[0]}]: expected 1 in exactly one column and 0 elsewhere", CORRECT
        )
    return [classes[i] for i in is_one.argmax(axis=1)]
