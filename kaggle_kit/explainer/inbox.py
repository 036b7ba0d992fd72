"""What was sent, in memory and for a short time; nothing of it is written to a disk.

inbox = Inbox(folder)
paths = await receive_files(request, inbox)
inbox.take({SENT: paths[0]})
"""

import contextlib
import secrets
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from kaggle_kit.errors import InputError

if TYPE_CHECKING:
    from kaggle_kit.explainer.reader import Reading

Kept = TypeVar("Kept")

SENT = "sent"  # the key under which `gateway` hands on the path of a file
LARGEST_FILE = 20 * 1024**2  # bytes
MOST_SENT = LARGEST_FILE + 10_000  # with the form around the file
SHOWN = {f"image/{kind}" for kind in ("png", "jpeg", "gif", "webp", "bmp", "avif")}
SECONDS = 60  # for what was sent, and then for its reading: two minutes together
ROOM = 256_000_000  # bytes of all pictures
MOST = 1000  # readings
KINDS = {str: "a text", list: "a list", int: "a number", float: "a number"}
HOW = 'send a file, with gradio_client as handle_file("seven.png")'


class Brief(Generic[Kept]):
    """A dict whose entries last for a short time, and whose size is bounded; thread-safe.

    Parameters
    ----------
    room : int
        The most that all entries hold together; when more is put in, the oldest are deleted.
    seconds : float
        The time after which `tidy` deletes an entry.
    """

    def __init__(self, room: int, seconds: float = SECONDS) -> None:
        self._room, self._seconds, self._used = room, seconds, 0
        self._entries: dict[str, tuple[Kept, int, float]] = {}  # the oldest first
        self._lock = threading.Lock()

    def put(self, value: Kept, key: str = "", size: int = 1) -> str:
        """Keep a value under a key, by default one that nobody can guess; return the key."""
        key = key or secrets.token_hex(16)
        with self._lock:
            self._delete(key)
            self._entries[key] = value, size, time.monotonic() + self._seconds
            self._used += size
            while self._used > self._room:
                self._delete(next(iter(self._entries)))
        return key

    def get(self, key: str) -> Kept | None:
        with self._lock:
            entry = self._entries.get(key)
        return entry[0] if entry and time.monotonic() < entry[2] else None

    def delete(self, key: str) -> None:
        with self._lock:
            self._delete(key)

    def expire(self, key: str, seconds: float) -> None:
        """Let an entry last for so many seconds from now, unless its time is over before."""
        with self._lock:
            if key in self._entries:
                value, size, until = self._entries[key]
                self._entries[key] = value, size, min(until, time.monotonic() + seconds)
                if seconds <= 0:
                    self._delete(key)

    def tidy(self) -> None:
        """Delete the entries whose time is over."""
        now = time.monotonic()
        with self._lock:
            for key in [key for key, (_, _, until) in self._entries.items() if until <= now]:
                self._delete(key)

    def __len__(self) -> int:
        return len(self._entries)

    def _delete(self, key: str) -> None:
        _, size, _ = self._entries.pop(key, (None, 0, 0))
        self._used -= size


@dataclass(frozen=True)
class Picture:
    content: bytes
    media_type: str


class Inbox:
    """The pictures and drawings that were sent, and the readings that wait for their reasons.

    Parameters
    ----------
    folder : Path
        Where Gradio keeps the example pictures of the page; they may be asked about too.
    """

    def __init__(self, folder: Path) -> None:
        self.pictures: Brief[Picture] = Brief(ROOM)
        self.readings: Brief[Reading] = Brief(MOST)
        self._folder = folder.resolve()

    def tidy(self) -> None:
        self.pictures.tidy()
        self.readings.tidy()

    def take(self, sent: Any, seconds: float = 0) -> bytes | None:
        """The content of a file or a drawing, which is deleted; None if nothing was sent.

        Parameters
        ----------
        sent : object
            What a client sent, after the gateway: {SENT: path} for a file, {"id": key} for a
            drawing.
        seconds : float
            How long the file can still be fetched.

        Raises
        ------
        InputError
            It is no file, or it is not here.
        """
        while isinstance(sent, dict) and "composite" in sent:  # of a drawing, as a file
            sent = sent["composite"]
        if sent is None:
            return None
        key = sent.get(SENT, sent.get("id")) if isinstance(sent, dict) else None
        if not isinstance(key, str):
            found = KINDS.get(type(sent), "something else")
            raise InputError(f"expected a file, found {found}", hint=HOW)
        if "://" in key:
            raise InputError("expected a file, found an address", hint=f"download it, and {HOW}")
        picture = self.pictures.get(key)
        if picture is not None:
            self.pictures.expire(key, seconds if SENT in sent else 0)
            return picture.content
        if self.has_example(key):
            return Path(key).read_bytes()
        raise InputError("the picture is no longer here, or was never sent", hint="send it again")

    def has_example(self, path: str) -> bool:
        try:
            place = Path(path).resolve()
            return self._folder in place.parents and place.is_file()
        except (OSError, ValueError):  # not a path
            return False


def as_sent(component: Any) -> Any:
    """Let a component of Gradio hand on what was sent, for `Inbox.take`, and open no file."""
    component.data_model = _Lenient(component.data_model)
    component.preprocess = _unchanged
    return component


class _Lenient:
    """A data model that is described as before, and that takes anything."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def model_validate(self, sent: Any, **_: Any) -> Any:
        return sent


def _unchanged(sent: Any) -> Any:
    return sent


async def receive_files(request: Request, inbox: Inbox) -> list[str]:
    """Keep the files of a form; return the key of each, which is its path for Gradio's clients.

    Their names are of no use here, so no name can do harm.
    """
    async with _form(request) as form:
        files = [part for part in form.getlist("files") if isinstance(part, UploadFile)]
        if not files:
            raise HTTPException(400, "expected a file in the field 'files'")
        return [await _keep(file, inbox) for file in files]


async def receive_drawing(request: Request, inbox: Inbox) -> None:
    """Keep a drawing under the key that the page gave it; its layers are of no use."""
    async with _form(request) as form:
        drawing = form.get("file")
        if form.get("type") == "composite" and isinstance(drawing, UploadFile):
            await _keep(drawing, inbox, str(form.get("id", "")))


async def read_body(request: Request, most: int) -> bytes:
    """The body of a request, of at most so many bytes.

    If there are more, some of them are read all the same: most clients listen only after they sent.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= most:
            parts.append(part)
        elif size > 10 * most:
            break
    if size > most:
        raise HTTPException(413, f"expected at most {most / 1e6:.2g} MB, found more")
    return b"".join(parts)


class _InMemory(MultiPartParser):
    spool_max_size = MOST_SENT  # a larger file would be written to a disk


@contextlib.asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(400, "expected a file, as multipart/form-data")
    body = await read_body(request, MOST_SENT)

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = _InMemory(request.headers, stream(), max_files=10, max_fields=20)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400, error.message) from None
    try:
        yield form
    finally:
        await form.close()


async def _keep(file: UploadFile, inbox: Inbox, key: str = "") -> str:
    content = await file.read()
    kind = file.content_type or ""
    kind = kind if kind in SHOWN else "application/octet-stream"
    return inbox.pictures.put(Picture(content, kind), key, size=len(content) + 1)
