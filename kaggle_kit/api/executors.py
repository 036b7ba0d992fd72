"""Choose where networks are trained: in this process, in a pool, on a GPU, or on a Dask cluster."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from kaggle_kit.api.job import check_installed

if TYPE_CHECKING:
    from kaggle_kit.api.reporter import Reporter
    from kaggle_kit.training.executors.base import FoldExecutor


@dataclasses.dataclass(frozen=True)
class Workers:
    """The workers that train.

    Attributes
    ----------
    count : int, optional
        The number of networks that train at the same time. The default is the number of cores; on
        a GPU or a cluster, the number of networks that it can train together.
    scheduler : str, optional
        The address of a Dask scheduler whose workers train instead, such as tcp://host:8786.
    """

    count: int | None = None
    scheduler: str | None = None


DEFAULT_WORKERS = Workers()


def make_executor(workers: Workers, most: int, reporter: Reporter) -> FoldExecutor:
    """The executor for the requested workers.

    Parameters
    ----------
    most : int
        The number of tasks that can run at the same time.

    Raises
    ------
    ClusterError
        The Dask cluster cannot be reached, or its workers cannot train.
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

    reporter.note(f"connecting to the Dask cluster at {scheduler}")
    cluster = Cluster(scheduler, count)
    reporter.note(f"{cluster.describe()} found; {cluster.workers} networks train at a time")
    return cluster
