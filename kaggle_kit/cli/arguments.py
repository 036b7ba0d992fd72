"""Convert the parsed options into the arguments of `api`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.executors import Workers
from kaggle_kit.api.job import Job
from kaggle_kit.competition.registry import ENDING, get_competition
from kaggle_kit.errors import InputError
from kaggle_kit.workspace.config import check_packages
from kaggle_kit.workspace.paths import Home

if TYPE_CHECKING:
    from argparse import Namespace


def job_of(options: Namespace) -> Job:
    """The competition, home and run of the options; raises InputError if one of them is invalid."""
    home, name = Home(options.home), options.competition.strip()
    run = home.run(options.run)
    try:
        competition = get_competition(name, options.home)
    except InputError:
        check_packages(run)  # the description may have come with one that is gone
        raise
    return Job(competition, home, run, name if name.endswith(ENDING) else "")


def trackers_of(options: Namespace) -> list[str]:
    """The trackers of --log; the default of a home names one."""
    given: list[str] | str | None = options.log
    return [given] if isinstance(given, str) else given or []


def workers_of(options: Namespace) -> Workers:
    return Workers(options.workers, options.scheduler)
