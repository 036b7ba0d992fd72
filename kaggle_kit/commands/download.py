"""Get the competition's data, verified, into data/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit import console
from kaggle_kit.commands.job import Job, load, warn_of_exposed_key

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    from kaggle_kit.kaggle_downloads import KaggleDownloads
    from kaggle_kit.sources import fetch, make_source

    job = Job.of(options)
    if options.source is None:
        warn_of_exposed_key()
    source = make_source(options.source, KaggleDownloads())
    console.note(f"{job.competition.slug} from {source.name}")
    manifest, fetched = fetch(source, job.competition, job.data, force=options.force)
    train, test = load(job)
    what = "fetched" if fetched else "already there"
    console.result(
        f"{what}: {len(train.images):,} training and {len(test.images):,} test images "
        f"in {job.data} (from {manifest.source})"
    )
    if options.source and manifest.source != source.name:
        console.note(f"{source.name} was not opened; --force takes the data from there")
