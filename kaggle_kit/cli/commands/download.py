"""Get the competition's data, verified, into data/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kaggle_kit.api.job import Job, load, warn_of_exposed_key
from kaggle_kit.cli import console

if TYPE_CHECKING:
    from argparse import Namespace


def run(options: Namespace) -> None:
    from kaggle_kit.data.sources import fetch, make_source
    from kaggle_kit.kaggle.downloads import KaggleDownloads

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
