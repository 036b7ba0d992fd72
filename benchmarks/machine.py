"""What a table of results was made with, and on what."""

import os
import shlex
import sys
from pathlib import Path

from kaggle_kit.workspace.provenance import environment, processor


def footer() -> str:
    """The command, the processor, the versions and the kit's revision, as a paragraph."""
    # Of a file its name alone: where it lies is this machine's business.
    command = shlex.join(Path(argument).name for argument in sys.argv)
    about = environment()
    cores = f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} cores of {processor()}"
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return (
        f"Command: `python benchmarks/{command}`; {cores}; {versions}; revision {about['revision']}"
    )
