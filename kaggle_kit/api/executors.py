"""Where `tune`, `fit` and `submit` train: here, in processes, on a GPU, or on a Dask cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.job import check_installed
from kaggle_kit.cli import console

if TYPE_CHECKING:
    from argparse import Namespace
    from concurrent.futures import Executor


def executor_for(options: Namespace, most: int) -> Executor:
    """The executor that --workers and --scheduler ask for; `most` tasks can run side by side."""
    if options.scheduler:
        return _cluster(options)
    from kaggle_kit.networks.backend import has_accelerator
    from kaggle_kit.training.executors.process_pool import default_workers, make_executor

    if options.workers is None and has_accelerator():
        from kaggle_kit.training.executors.device_batch import BatchExecutor

        together = max(1, most)
        console.note(f"up to {together} networks train as one program on the accelerator")
        return BatchExecutor(together)
    workers = options.workers or default_workers(most, console.note)
    return make_executor(workers, console.note)


def _cluster(options: Namespace) -> Executor:
    check_installed("--scheduler", {"distributed": "distributed>=2025.1"})
    from kaggle_kit.training.executors.dask_cluster import Cluster

    console.note(f"asking the Dask cluster at {options.scheduler}")
    cluster = Cluster(options.scheduler, options.workers)
    console.note(f"{cluster.describe()} there; {cluster.workers} networks at a time")
    return cluster
