"""A zip as an archive."""

import stat
import zipfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from kaggle_kit.data.archives.members import (
    Advance,
    Listing,
    Member,
    damage_told,
    encrypted,
    shown,
    write,
)
from kaggle_kit.errors import DataError

ENCRYPTED, IS_UTF8 = 0x1, 0x800
UNIX = 3


class Zip(AbstractContextManager["Zip", None]):
    """A zip; raises DataError if it is damaged."""

    def __init__(self, path: Path, label: str) -> None:
        self.label, self.size = label, path.stat().st_size
        with damage_told(label):
            self._zip = zipfile.ZipFile(path)
            self.listing = _listing(self._zip)

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def copy(self, jobs: Sequence[tuple[Member, Path]], advance: Advance) -> None:
        for member, target in sorted(jobs, key=lambda job: job[0].handle.header_offset):
            info, label = member.handle, f"{shown(member.parts)} in {self.label}"
            if info.flag_bits & ENCRYPTED:
                raise encrypted(label)
            try:
                with damage_told(label), self._zip.open(info) as stream:
                    if not info.file_size and info.CRC:  # zipfile checks no empty member
                        raise zipfile.BadZipFile("its size is wrong")
                    write(stream, target, advance)
            except DataError as error:
                if isinstance(error.__cause__, NotImplementedError):
                    raise DataError(
                        f"{label} is packed by method {info.compress_type}, which cannot be "
                        f"unpacked here ({error.__cause__})",
                        error.hint,
                    ) from error
                raise


def _listing(archive: zipfile.ZipFile) -> Listing:
    listing = Listing()
    for info in {_name(info): info for info in archive.infolist()}.values():  # the last one counts
        mode = info.external_attr >> 16 if info.create_system == UNIX else 0
        kind = stat.S_IFMT(mode)
        name = _name(info)
        if not name.endswith("/"):
            is_plain = kind in {0, stat.S_IFREG}
            listing.add(name, info.file_size, info, is_plain=is_plain)
    return listing


def _name(info: zipfile.ZipInfo) -> str:
    """The name of a member, which some programs write as UTF-8 without saying so."""
    name = info.filename.replace("\\", "/")
    if info.flag_bits & IS_UTF8 or name.isascii():
        return name
    try:
        return name.encode("cp437").decode()
    except UnicodeError:
        return name
