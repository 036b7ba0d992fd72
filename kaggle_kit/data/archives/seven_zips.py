"""A .7z as an archive; imported only for one, because py7zr takes a while to import."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import py7zr
from py7zr.io import Py7zIO, WriterFactory

from kaggle_kit.data.archives.members import (
    Advance,
    Listing,
    Member,
    damage_told,
    encrypted,
)

PLACE = PurePosixPath("/members")  # py7zr names the members by a path in a folder; it is not used


class SevenZip(AbstractContextManager["SevenZip", None]):
    """A .7z; raises DataError if it is damaged, and InputError if it is encrypted."""

    def __init__(self, path: Path, label: str) -> None:
        self.label, self.size = label, path.stat().st_size
        self._file = path.open("rb")  # given a path instead, py7zr starts threads
        try:
            with damage_told(label):
                try:
                    self._archive = py7zr.SevenZipFile(self._file)
                except py7zr.PasswordRequired:
                    raise encrypted(label) from None
                self.listing = self._listing()
        except BaseException:
            self._file.close()
            raise

    def __exit__(self, *_: object) -> None:
        self._archive.close()
        self._file.close()

    def copy(self, jobs: Sequence[tuple[Member, Path]], advance: Advance) -> None:
        if self._archive.needs_password():
            raise encrypted(self.label)
        names = [member.handle for member, _ in jobs]
        files = {str(PLACE / member.handle): target for member, target in jobs}
        with damage_told(self.label):
            self._archive.reset()
            output = _Output(files, advance)
            try:
                self._archive.extract(str(PLACE), names, factory=output)
            except py7zr.UnsupportedCompressionMethodError as error:
                raise NotImplementedError(str(error)) from error
            finally:
                output.finish()
            if files:
                raise py7zr.Bad7zFile(f"{next(iter(files.values())).name} is not in it")

    def _listing(self) -> Listing:
        listing = Listing()
        for info in self._archive.list():
            if not info.is_directory:
                listing.add(info.filename, info.uncompressed, info.filename, is_plain=info.is_file)
        return listing


class _Output(WriterFactory):
    """What py7zr asks for a file to write each member to, one after the other."""

    def __init__(self, files: dict[str, Path], advance: Advance) -> None:
        self._files, self._advance = files, advance
        self._open: BinaryIO | None = None

    def create(self, filename: str) -> Py7zIO:
        self.finish()
        target = self._files.pop(filename, None)
        if target is None:  # a second member of the same name
            return _File(BytesIO())
        self._open = target.open("wb")
        return _File(self._open)

    def finish(self) -> None:
        """Close the file that was created last."""
        if self._open:
            self._advance(self._open.tell())
            self._open.close()
            self._open = None


class _File(Py7zIO):
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, s: bytes | bytearray) -> int:
        return self._file.write(s)

    def read(self, size: int | None = None) -> bytes:  # noqa: ARG002  by the interface
        return b""

    def seek(self, offset: int, start: int = 0) -> int:  # noqa: ARG002  py7zr goes back to 0
        return 0

    def flush(self) -> None:
        pass

    def size(self) -> int:
        return self._file.tell()
