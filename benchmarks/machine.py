"""What a table of results was made with, and on what."""

import os
import shlex
import sys
from pathlib import Path

from kaggle_kit.workspace.provenance import environment, processor


def footer() -> str:
    """The command, the processor, the versions and the kit's revision, as a paragraph."""
    # Of each file the name alone: the folder says something only on this machine.
    arguments = shlex.join(Path(argument).name for argument in sys.argv[1:])
    command = f"python -m {sys.modules['__main__'].__spec__.name} {arguments}".strip()
    about = environment()
    cores = f"{len(os.sched_getaffinity(0))} of {os.cpu_count()} cores of {processor()}"
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return f"Command: `{command}`; {cores}; {versions}; revision {about['revision']}"
