"""What made a result: versions, code revision, machine and time."""

import importlib.metadata
import os
import platform
import subprocess
import time
from pathlib import Path
from typing import Any

from kaggle_kit import __version__

PACKAGES = ("keras", "keras-tuner", "tensorflow", "jax", "numpy", "pandas", "scikit-learn")


def environment() -> dict[str, Any]:
    """Versions, code revision, machine and time, to say later what made a result."""
    return {
        "created": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "revision": revision(),
        "versions": {"python": platform.python_version()} | _installed(),
        "machine": {"processor": platform.machine(), "cores": os.cpu_count()},
    }


def revision() -> str:
    """The kit's git revision, `-dirty` if changed since; its version where that is not known.

    An archive of the kit, as a notebook carries it, has the revision in a file.
    """
    package = Path(__file__).parent
    packed = package / "REVISION"
    if packed.exists():
        return packed.read_text()

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(package), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        git("ls-files", "--error-unmatch", Path(__file__).name)
        return git("describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    except (OSError, subprocess.CalledProcessError):
        return __version__


def _installed() -> dict[str, str]:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
