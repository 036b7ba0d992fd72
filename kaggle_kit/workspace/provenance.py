"""The record of what made a result: versions, code revision, machine and time."""

import importlib.metadata
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from kaggle_kit import system
from kaggle_kit._version import __version__

PACKAGE = Path(__file__).parent.parent
THIS = Path(__file__).relative_to(PACKAGE).as_posix()
PACKAGES = ("keras", "keras-tuner", "tensorflow", "jax", "numpy", "pandas", "scikit-learn")


def environment() -> dict[str, Any]:
    """Versions, code revision, machine, command and time: the record of what made a result."""
    return {
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "command": command(),
        "revision": revision(),
        "versions": {"python": platform.python_version()} | _installed(),
        "machine": machine(),
    }


def command() -> str:
    """The command line of this process, without the path of the program."""
    program, *arguments = map(system.as_typed, sys.argv)
    name = system.program_name(program)
    return system.join(["kaggle-kit" if name == "__main__.py" else name, *arguments])


def machine() -> dict[str, Any]:
    """The processor, the number of cores, and the memory in GiB."""
    return {
        "processor": platform.machine(),
        "model": system.processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(system.memory_size() / 2**30, 1),
    }


def revision(package: Path = PACKAGE) -> str:
    """The kit's git revision, with `-dirty` after changes; its version if there is no revision.

    A file of the package that git does not track is a change, too. An archive of the kit, such as
    the one in a notebook, has the revision in the file REVISION.
    """
    packed = package / "REVISION"
    if packed.exists():
        return packed.read_text(encoding="utf-8")
    describe = ("describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    described = _git(package, *describe) if tracked_files(package) else ""
    if not described:
        return __version__
    unknown = _git(package, "ls-files", "--others", "--exclude-standard")
    return f"{described.removesuffix('-dirty')}-dirty" if unknown else described


def tracked_files(package: Path) -> set[Path]:
    """The files of the package that git tracks; empty if git does not track this module."""
    names = _git(package, "ls-files", "-z").split("\0")
    return {package / name for name in names} if THIS in names else set()


def _git(package: Path, *arguments: str) -> str:
    """The output of git; "" if git fails or is not installed."""
    command = ["git", "-C", str(package), *arguments]
    try:
        return subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",  # the names of files may be anything
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _installed() -> dict[str, str]:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
