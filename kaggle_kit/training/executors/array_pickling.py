"""Pickle tasks for a process on this machine; each large array is sent only once.

An array that is mapped from a file is not sent at all. The process maps the same file, so that all
processes share one copy in memory.
"""

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGE = 2**20  # bytes; smaller arrays and writeable arrays are sent with each task


class Packer:
    """The sender: it knows which arrays the receiver has."""

    def __init__(self) -> None:
        self._sent: dict[int, NDArray[Any]] = {}

    def pack(self, task: Any) -> bytes:
        """The task as bytes. If pickling raises an error, no array counts as sent."""
        file = io.BytesIO()
        pickler = _Pickler(file, self._sent)
        pickler.dump(task)
        self._sent = pickler.sent
        return file.getvalue()


class Unpacker:
    """The receiver: it keeps the large arrays."""

    def __init__(self) -> None:
        self._arrays: dict[int, NDArray[Any]] = {}

    def unpack(self, packed: bytes) -> Any:
        return _Unpickler(io.BytesIO(packed), self._arrays).load()


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, sent: dict[int, NDArray[Any]]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self.sent = dict(sent)  # kept, so that no other array gets the same id

    def persistent_id(self, obj: Any) -> Any:
        if type(obj) is not np.ndarray or obj.flags.writeable or obj.nbytes < LARGE:
            return None
        if id(obj) in self.sent:
            return (id(obj),)
        self.sent[id(obj)] = obj
        content = _place(obj) or obj.tobytes()
        return id(obj), obj.dtype.str, obj.shape, content


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, arrays: dict[int, NDArray[Any]]) -> None:
        super().__init__(file)
        self._arrays = arrays

    def persistent_load(self, pid: Any) -> NDArray[Any]:
        key, *sent = pid
        if sent:
            dtype, shape, content = sent
            if isinstance(content, bytes):
                array = np.frombuffer(content, dtype).reshape(shape)
            else:
                path, offset = content
                array = np.asarray(np.memmap(path, dtype, "r", offset, shape))
            self._arrays[key] = array
        return self._arrays[key]


def _place(array: NDArray[Any]) -> tuple[str, int] | None:
    """The file that the array is mapped from, and the offset in it; None if there is no file."""
    whole: Any = array
    while isinstance(whole.base, np.ndarray):
        whole = whole.base
    if not isinstance(whole, np.memmap) or not array.flags.c_contiguous:
        return None
    if whole.filename is None or not Path(whole.filename).exists():
        return None
    return str(whole.filename), whole.offset + array.ctypes.data - whole.ctypes.data
