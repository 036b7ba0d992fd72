"""The kit itself as an archive, for notebooks and bundles that contain it, with plug-ins."""

import contextlib
import importlib.metadata
import io
import re
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from kaggle_kit.errors import InputError
from kaggle_kit.workspace.provenance import PACKAGE, revision, tracked_files
from kaggle_kit.workspace.requirements import DISTRIBUTION

ENDINGS = (".py", ".toml")
COMPILED = (".so", ".pyd", ".dll", ".dylib")


def pack(
    package: Path = PACKAGE,
    more: Mapping[str, str] | None = None,
    beside: Mapping[str, bytes] | None = None,
) -> bytes:
    """The package as a compressed tar (xz) of its sources and their revision.

    It leaves out files that git does not track, owners, times, and the path of the parent folder.
    `more` are texts to add, by their paths in the package; `beside` are files of other packages.
    """
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:xz") as archive:
        for path in sources(package):
            _add(archive, path.relative_to(package.parent).as_posix(), path.read_bytes())
        for name, text in (more or {}).items():
            _add(archive, f"kaggle_kit/{name}", text.encode())
        _add(archive, "kaggle_kit/REVISION", revision(package).encode())
        for name, content in (beside or {}).items():
            _add(archive, name, content)
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


def files_of(packages: Iterable[str]) -> dict[str, bytes]:
    """The files of installed packages, with their metadata, by their paths on `sys.path`.

    Raises
    ------
    InputError
        They cannot be copied: a package was installed to be edited, or has compiled parts.
    """
    return {name: content for package in packages for name, content in _files_of(package).items()}


def needed_by(packages: Iterable[str]) -> list[str]:
    """What packages need besides the kit, as requirements for pip, in the versions that are here.

    What is not installed here is left out.
    """
    needed = []
    for text in [text for one in packages for text in importlib.metadata.requires(one) or []]:
        name = re.split(r"[^A-Za-z0-9._-]", text)[0].lower().replace("_", "-")
        if "extra ==" not in text and name != DISTRIBUTION:
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                needed.append(f"{name}=={importlib.metadata.version(name)}")
    return needed


def _files_of(package: str) -> dict[str, bytes]:
    found = importlib.metadata.distribution(package)
    paths = [
        path
        for path in found.files or []
        if ".." not in path.parts and "__pycache__" not in path.parts
    ]
    if any(path.suffix in COMPILED for path in paths):
        raise InputError(
            f"the package {package} has compiled parts, which no notebook and no bundle can carry",
            "choose a family of another package",
        )
    code = [path for path in paths if path.suffix == ".py" and "editable" not in path.name]
    if not code or any(path.suffix == ".pth" for path in paths):
        raise InputError(
            f"the package {package} is installed as a link to its sources, which cannot be carried",
            f"run `pip install` with the folder of {package}, without -e",
        )
    return {path.as_posix(): Path(str(found.locate_file(path))).read_bytes() for path in paths}
