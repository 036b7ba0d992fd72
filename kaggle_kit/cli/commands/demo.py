"""`kaggle-kit demo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.demo import serve
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    job = job_of(options)
    serve(job, console.result, host=options.host, port=options.port, reporter=console)
