"""What a table of results was made with, and on what."""

import os
import sys
from pathlib import Path

from kaggle_kit.provenance import environment, processor


def footer() -> str:
    """The command, the processor, the versions and the kit's revision, as a paragraph."""
    script = Path(sys.argv[0])
    # Of a file its name alone: where it lies is this machine's business.
    arguments = " ".join(Path(argument).name for argument in sys.argv[1:])
    about = environment()
    cores = f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} cores of {processor()}"
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return (
        f"Command: `python benchmarks/{script.name} {arguments}`; {cores}; "
        f"{versions}; revision {about['revision']}"
    )
