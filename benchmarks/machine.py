"""Prints and saves tables of results, with the machine that they were made on."""

import os
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from kaggle_kit.system import processor
from kaggle_kit.workspace.provenance import environment


def footer() -> str:
    """Return the command, the processor, the versions and the kit's revision as a paragraph."""
    # Keep only the name of each file: its folder has a meaning only on this machine.
    arguments = shlex.join(Path(argument).name for argument in sys.argv[1:])
    command = f"python -m {sys.modules['__main__'].__spec__.name} {arguments}".strip()
    about = environment()
    cores = f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} cores of {processor()}"
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return f"Command: `{command}`; {cores}; {versions}; revision {about['revision']}"


def publish(lines: Iterable[str], out: Path | None) -> None:
    """Print the lines and the footer, and write them to the file `out` if there is one."""
    text = "\n".join([*lines, "", footer()]) + "\n"
    print(text)
    if out:
        out.write_text(text, encoding="utf-8")
