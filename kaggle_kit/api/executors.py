"""Where networks are trained: here, in processes, on a GPU, or on a Dask cluster."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from kaggle_kit.api.job import check_installed

if TYPE_CHECKING:
    from kaggle_kit.api.reporter import Reporter
    from kaggle_kit.training.executors.base import FoldExecutor


@dataclasses.dataclass(frozen=True)
class Workers:
    """Who trains.

    Attributes
    ----------
    count : int, optional
        Networks trained side by side; by default as many as there are cores, and on a GPU, or a
        cluster, as many as it can train together.
    scheduler : str, optional
        The address of a Dask scheduler, as in tcp://host:8786, whose workers train instead.
    """

    count: int | None = None
    scheduler: str | None = None


def make_executor(workers: Workers, most: int, reporter: Reporter) -> FoldExecutor:
    """The executor that is asked for; `most` tasks can run side by side.

    Raises
    ------
    ClusterError
        The Dask cluster is not there, or cannot train.
    """
    if workers.scheduler:
        return _cluster(workers.scheduler, workers.count, reporter)
    from kaggle_kit.networks.backend import has_accelerator
    from kaggle_kit.training.executors import process_pool

    if workers.count is None and has_accelerator():
        from kaggle_kit.training.executors.device_batch import BatchExecutor

        together = max(1, most)
        reporter.note(f"up to {together} networks train as one program on the accelerator")
        return BatchExecutor(together)
    count = workers.count or process_pool.default_workers(most, reporter.note)
    return process_pool.make_executor(count, reporter.note)


def _cluster(scheduler: str, count: int | None, reporter: Reporter) -> FoldExecutor:
    check_installed("--scheduler", {"distributed": "distributed"})
    from kaggle_kit.training.executors.dask_cluster import Cluster

    reporter.note(f"asking the Dask cluster at {scheduler}")
    cluster = Cluster(scheduler, count)
    reporter.note(f"{cluster.describe()} there; {cluster.workers} networks at a time")
    return cluster
