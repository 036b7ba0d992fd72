"""`kaggle-kit download`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.download import download
from kaggle_kit.cli import console
from kaggle_kit.cli.arguments import job_of
from kaggle_kit.cli.output import document, results

if TYPE_CHECKING:
    from argparse import Namespace


CHOICES = ("conflicts", "skip_unreadable", "any_rows")


def run(options: Namespace) -> None:
    job = job_of(options)
    choices = {name: getattr(options, name) for name in CHOICES}
    asked = {name: choice for name, choice in choices.items() if choice is not None}
    found = download(job, options.source, asked, force=options.force, reporter=console)
    document.answer(results.downloaded, job, found)
    train, test, source = found.images.train, found.images.test, found.manifest.source
    what = "fetched" if found.is_new else "already there"
    console.result(
        f"{what}: {len(train.images):,} training and {len(test.images):,} test images "
        f"in {job.data} (from {source})"
    )
    if options.source and source != found.asked:
        console.note(f"{found.asked} was not read; --force takes the data from there")
