"""A tar, plain or compressed, as an archive."""

import tarfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from kaggle_kit.data.archives.members import (
    Advance,
    Listing,
    Member,
    check_ratio,
    damage_told,
    shown,
    write,
)


class Tar(AbstractContextManager["Tar", None]):
    """A tar; raises DataError if it is damaged, and InputError if it claims too much.

    A compressed tar has no list of its members, so it is read to its end once for the list, which
    also checks it, and once more for all copies.
    """

    def __init__(self, path: Path, label: str) -> None:
        self.label, self.size = label, path.stat().st_size
        with damage_told(label):
            self._tar = tarfile.open(path)  # noqa: SIM115  closed by __exit__
            try:
                self.listing = self._listing()
            except BaseException:
                self._tar.close()
                raise

    def __exit__(self, *_: object) -> None:
        self._tar.close()

    def copy(self, jobs: Sequence[tuple[Member, Path]], advance: Advance) -> None:
        for member, target in sorted(jobs, key=lambda job: job[0].handle.offset):
            with damage_told(f"{shown(member.parts)} in {self.label}"):
                stream = self._tar.extractfile(member.handle)
                if stream is None:
                    raise tarfile.ReadError("it is not a file")
                with stream:
                    write(stream, target, advance)

    def _listing(self) -> Listing:
        members: dict[str, tarfile.TarInfo] = {}
        total = offset = 0
        for info in self._tar:
            total += info.size
            if info.size < 0 or info.offset < offset:
                raise tarfile.ReadError("a member has a size below zero")
            check_ratio(self.label, total, self.size)
            offset = info.offset
            if not info.isdir():
                members[info.name] = info  # the last one counts, as tar does
        self._check_end(is_compressed=not self._is_plain())
        listing = Listing()
        for name, info in members.items():
            is_plain = info.isreg() and not info.issparse()
            listing.add(name, info.size, info, is_plain=is_plain)
        return listing

    def _is_plain(self) -> bool:
        return type(self._tar.fileobj).__module__ == "_io"

    def _check_end(self, *, is_compressed: bool) -> None:
        """Read to the end: `tarfile` takes any bad header for it, and checks no checksum there.

        A tar ends with two blocks of zeros, of which `tarfile` reads the first.
        """
        stream = self._tar.fileobj
        assert stream is not None  # noqa: S101  it is open
        read = 0
        while chunk := stream.read(1 << 20):
            read += len(chunk)
            if chunk.count(0) != len(chunk):
                raise tarfile.ReadError("its list of members breaks off")
            check_ratio(self.label, read, self.size)
        if not read and not is_compressed:
            raise tarfile.ReadError("its end is missing")
