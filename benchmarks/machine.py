"""What a table of results was made with, and on what."""

import os
import sys
from pathlib import Path

from kaggle_kit.provenance import environment, processor


def footer() -> str:
    """The command, the processor, the versions and the kit's revision, as a paragraph."""
    script = Path(sys.argv[0])
    arguments = " ".join(argument for argument in sys.argv[1:] if "/" not in argument)
    about = environment()
    cores = f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} cores of {processor()}"
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return (
        f"Command: `python benchmarks/{script.name} {arguments}`; {cores}; "
        f"{versions}; revision {about['revision']}"
    )
