"""Get the competition's data, verified, into data/."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from kaggle_kit.api.job import Images, Job, load, warn_of_exposed_key
from kaggle_kit.api.reporter import SILENCE, Reporter

if TYPE_CHECKING:
    from kaggle_kit.data.manifest import Manifest


@dataclasses.dataclass(frozen=True, eq=False)
class Download:
    """What came of a download.

    Attributes
    ----------
    is_new : bool
        Whether the data were fetched now; False if they were there.
    asked : str
        The name of the source that was asked for; `manifest.source` is where the data are from.
    """

    images: Images
    manifest: Manifest
    is_new: bool
    asked: str


def download(
    job: Job, source: str | None = None, *, force: bool = False, reporter: Reporter = SILENCE
) -> Download:
    """Fetch the data if they are not there, and load them.

    Parameters
    ----------
    source : str, optional
        The path of a zip or folder, or "sample"; by default Kaggle.
    force : bool
        Fetch again what is there.

    Raises
    ------
    DataError
        What arrived is not the competition's data.
    InputError
        Files that the user changed would be lost.
    KaggleError
        Kaggle does not give the data.
    """
    from kaggle_kit.data.sources import fetch, make_source
    from kaggle_kit.kaggle.downloads import KaggleDownloads

    if source is None:
        warn_of_exposed_key(reporter)
    origin = make_source(source, KaggleDownloads(job.competition))
    reporter.note(f"{job.competition.slug} from {origin.name}")
    manifest, is_new = fetch(origin, job.competition, job.data, force=force)
    return Download(load(job, reporter), manifest, is_new, origin.name)
