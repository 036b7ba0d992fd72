"""A real Dask cluster on this machine: a scheduler and workers, each in its own folder."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from repository import SUPPORT

PATHS = [str(SUPPORT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]


class DaskCluster:
    """The processes of a cluster, which end with the `with` block; all get `environment`."""

    def __init__(self, folder, **environment):
        self.folder = folder
        self.environment = {"PYTHONPATH": os.pathsep.join(PATHS)} | environment
        self.processes = []
        self.address = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def start_scheduler(self, *options, host="127.0.0.1", port=0, within=()):
        """Start the scheduler and wait for its address; `within` is a command that runs it."""
        file = self.folder / "scheduler.json"
        file.unlink(missing_ok=True)
        where = ("--host", host, "--port", str(port), "--scheduler-file", str(file))
        command = (*within, sys.executable, "-m", "distributed.cli.dask_scheduler")
        scheduler = self._start(*command, "--dashboard-address", f"{host}:0", *where, *options)
        for _ in patience():
            assert scheduler.poll() is None, self.log(scheduler)
            with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
                self.address = json.loads(file.read_text())["address"]
                return scheduler
        raise TimeoutError(self.log(scheduler))

    def start_worker(self, *options, threads=1, within=(), python=(), **environment):
        command = (*within, *(python or (sys.executable,)), "-m", "distributed.cli.dask_worker")
        size = ("--nthreads", str(threads), "--no-dashboard")
        return self._start(*command, self.address, *size, *options, **environment)

    def log(self, process):
        return Path(self.folder / str(self.processes.index(process)) / "log").read_text()

    def _start(self, *command, **environment):
        folder = self.folder / str(len(self.processes))
        folder.mkdir()
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=os.environ | {"TMPDIR": str(folder)} | self.environment | environment,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        self.processes.append(process)
        return process


def patience(seconds=60.0, pause=0.05):
    """Count from 0 until `seconds` seconds have passed."""
    deadline, count = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        yield count
        count += 1
        time.sleep(pause)
