"""The kit itself as an archive, for notebooks and bundles that contain it."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from kaggle_kit.workspace.provenance import PACKAGE, revision, tracked_files

ENDINGS = (".py", ".toml")


def pack(package: Path = PACKAGE, more: Mapping[str, str] | None = None) -> bytes:
    """The package as a compressed tar (xz) of its sources and their revision.

    It leaves out files that git does not track, owners, times, and the path of the parent folder.
    `more` are texts to add, by their paths in the package.
    """
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:xz") as archive:
        for path in sources(package):
            _add(archive, path.relative_to(package.parent).as_posix(), path.read_bytes())
        for name, text in (more or {}).items():
            _add(archive, f"kaggle_kit/{name}", text.encode())
        _add(archive, "kaggle_kit/REVISION", revision(package).encode())
    return memory.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o644
    archive.addfile(member, io.BytesIO(content))


def sources(package: Path = PACKAGE) -> list[Path]:
    """The package's files of code and descriptions that git tracks; all outside a checkout."""
    every = sorted(path for ending in ENDINGS for path in package.rglob(f"*{ending}"))
    tracked = tracked_files(package)
    return [path for path in every if path in tracked] if tracked else every
