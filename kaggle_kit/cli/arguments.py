"""Convert the parsed options into the arguments of `api`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.executors import Workers
from kaggle_kit.api.job import Job
from kaggle_kit.competition.registry import get_competition
from kaggle_kit.workspace.paths import Home

if TYPE_CHECKING:
    from argparse import Namespace


def job_of(options: Namespace) -> Job:
    """The competition, home and run of the options; raises InputError if one of them is invalid."""
    home = Home(options.home)
    return Job(get_competition(options.competition, options.home), home, home.run(options.run))


def workers_of(options: Namespace) -> Workers:
    return Workers(options.workers, options.scheduler)
